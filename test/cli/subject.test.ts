/** `lethe subject`: what a model holds of a person is what was given and learned, and what would go is what forgetting takes. */

import { beforeAll, describe, expect, test } from "vitest";
import type { SubjectReport } from "../../src/study/cases/subject.ts";
import { expectReadable, sandbox, tinyRows, tinyUserIds } from "../support/sandbox.ts";
import { csvOf, itemId, userId } from "../support/sets.ts";

const { json, run, write } = sandbox();
const [user] = tinyUserIds;
const models = {
  mf: "--factors 2 --l2 3 --l2-bias 1",
  plain: "--factors 2 --l2 3 --biases none --mean 3",
  ials: "--model ials --factors 2 --l2 3",
  gmf: "--model gmf --factors 2 --epochs 2",
  vae: "--model mult-vae --set latent=2 --set hidden=3 --epochs 1",
  shards: "--factors 2 --l2 3 --l2-bias 1 --shards 2",
} as const;

type Name = keyof typeof models;
const day = 86_400;
const own = tinyRows.filter(([u]) => userId(u) === user);

const ask = (model: string, who = user, more = "") => json<SubjectReport>(`subject ${model} --user ${who}${more}`);

beforeAll(async () => {
  const timed = csvOf(tinyRows)
    .trimEnd()
    .split("\n")
    .map((line, k) => `${line},${k * day}`);
  write("timed.csv", `user,item,rating,time\n${timed.join("\n")}\n`);
  for (const [name, flags] of Object.entries(models)) await json(`train timed.csv ${flags} --out ${name}`);
});

describe.each(Object.keys(models) as Name[])("%s", (name) => {
  test("tells every interaction, in the file's order, and is readable", async () => {
    const report = await ask(name);
    expect(report.interactions.map(({ item, rating }) => [item, rating])).toEqual(
      own.map(([, i, r]) => [itemId(i), r]),
    );
    expect(report.interactions.map(({ time }) => time)).toEqual(own.map((row) => tinyRows.indexOf(row) * day));
    expectReadable(await run(`subject ${name} --user ${user}`));
  });

  test("what cannot be told has a reason, and everything else its number", async () => {
    const { embedding, memorisation, without } = await ask(name);
    expect("notDetermined" in embedding).toBe(name === "vae");
    expect("notDetermined" in memorisation).toBe(["gmf", "vae", "shards"].includes(name));
    expect("notDetermined" in without).toBe(["gmf", "vae"].includes(name));
  });
});

test("the numbers are those of the model, and their length stands beside others'", async () => {
  const { embedding, numbers } = await ask("mf");
  expect(numbers.map((table) => [table.name, table.values.length])).toEqual([
    ["user_factors", 2],
    ["user_bias", 1],
  ]);
  if ("notDetermined" in embedding) return expect.fail();
  expect(embedding.norm).toBeCloseTo(Math.hypot(...numbers[0].values), 12);
  const all = await Promise.all(tinyUserIds.map((one) => ask("mf", one)));
  const norms = all.map((one) => ("norm" in one.embedding ? one.embedding.norm : Number.NaN)).sort((a, b) => a - b);
  expect(embedding.median).toBeCloseTo((norms[11] + norms[12]) / 2, 12);
  expect(embedding.longerThan).toBeCloseTo(norms.indexOf(embedding.norm) / (norms.length - 1), 12);
});

test("memorisation is what leave-one-out with fixed items says, and its words are its mean", async () => {
  const { memorisation, interactions } = await ask("plain");
  if ("notDetermined" in memorisation) return expect.fail();
  const { values, mean, fit } = memorisation;
  expect(values).toHaveLength(interactions.length);
  expect(mean).toBeCloseTo(values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length, 12);
  // ½·error² without, less ½·error² with.
  expect((fit.without ** 2 - fit.with ** 2) / 2).toBeCloseTo(mean, 12);
  expect(fit.without).toBeGreaterThan(fit.with);
  write("own.csv", own.map(([, i]) => `${user},${itemId(i)}\n`).join(""));
  const { scores } = await json<{ scores: number[] }>("predict plain --pairs own.csv");
  const error = Math.sqrt(scores.reduce((sum, score, k) => sum + (score - own[k][2]) ** 2, 0) / own.length);
  expect(fit.with).toBeCloseTo(error, 10);
});

test("what would go from others' lists is what forgetting takes", async () => {
  const { without } = await ask("mf", user, " -n 4");
  if ("notDetermined" in without) return expect.fail();
  expect(without).toMatchObject({ method: "exact", guarantee: "certified", status: "converged", count: 4 });
  await json(`forget mf --users ${user} --out less`);
  const listOf = async (model: string, other: string) =>
    (await json<{ items: { item: string }[] }>(`recommend ${model} --user ${other} -n 4`)).items.map(
      ({ item }) => item,
    );
  let [changed, first, gone] = [0, 0, 0];
  for (const other of tinyUserIds.slice(1)) {
    const [before, after] = [await listOf("mf", other), await listOf("less", other)];
    if (before.join() !== after.join()) changed++;
    if (before[0] !== after[0]) first++;
    gone += before.filter((item) => !after.includes(item)).length;
  }
  expect(without.others).toEqual({ users: tinyUserIds.length - 1, changed, firstChanged: first, itemsGone: gone });
  expect(changed).toBeGreaterThan(0);
  expect(without.own.items.map(({ item }) => item)).toEqual(await listOf("mf", user));
  expect(without.own.going).toBe(without.own.items.filter(({ goes }) => goes).length);
});

test("of somebody of whom nothing is known a model without biases has no list: all of theirs would go", async () => {
  for (const name of ["plain", "ials"]) {
    const { without } = await ask(name);
    if ("notDetermined" in without) return expect.fail();
    expect(without.own.going).toBe(without.own.items.length);
  }
});

test("a model at no optimum is compared where a method is named", async () => {
  expect(await ask("gmf", user, " --method retrain")).toMatchObject({
    without: { method: "retrain", guarantee: "exact" },
  });
  const told = (await run(`subject gmf --user ${user}`)).stdout;
  expect(told.replace(/\s+/g, " ")).toContain("Not determined: training ended at no optimum, as by batches");
  expect(told).toContain("--method retrain");
});

test("ids that look alike are named, and an unknown id is refused with those near it", async () => {
  write("forms.csv", "3,a,1\n3.0,a,2\n4,b,3\n4,a,1\n3,b,5\n");
  await json("train forms.csv --factors 1 --l2 1 --out forms");
  expect((await ask("forms", "3")).lookAlikes).toEqual([{ user: "3.0", interactions: 1 }]);
  const ran = await run("subject forms --user 03");
  expect([ran.status, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toMatch(/"3".*"3.0"/);
});

test("the only person of a model leaves nothing to compare with", async () => {
  write("one.csv", "3,a,1\n3,b,5\n3,c,2\n");
  await json("train one.csv --factors 1 --l2 1 --out one");
  expect((await ask("one", "3")).without).toMatchObject({ notDetermined: expect.stringContaining("nobody else") });
});
