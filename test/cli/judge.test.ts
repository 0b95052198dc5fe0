/** `lethe judge` on the command line: what it prints, which flags its messages name, and that it writes nothing but the page. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Judged } from "../../src/study/cases/judge/judged.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";
import { ratingsCsv, small } from "../support/sets.ts";

const box = sandbox();
const few = "-n 8 --pairs 2 --set lds.subsets=6 --set flipped.rows=20 --set planted.users=10";
const subsets = "--judges lds --pairs 1 --set lds.subsets=5";

beforeAll(async () => {
  box.write("ratings.csv", ratingsCsv);
  await box.json(`train ratings.csv ${small} --out model`);
});

/** A document without what differs from run to run. */
function withoutSeconds(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document, (key, value) => (key === "seconds" ? undefined : value)));
}

describe("lethe judge", () => {
  test("prints one table of methods by judges, and a page; the model is left as it is", async () => {
    const before = treeOf(box.at("model"));
    const ran = await box.run(`judge model ${few} --methods fast-influence,newton-step --html page.html`);
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining("8 players are few") });
    expectReadable(ran);
    for (const name of ["fast-influe", "newton-step", "(ceiling)", "(judges)"]) expect(ran.stdout).toContain(name);
    expect(ran.stdout).toMatch(/method +lds +loo +removal +flipped +planted +random +s +trained/);
    expect(ran.stdout.trimEnd()).toMatch(/the report is in page.html$/);
    expect(readFileSync(box.at("page.html"), "utf8")).toContain("Which method of influence may be trusted here?");
    expect(treeOf(box.at("model"))).toEqual(before);
  });

  test("has the same document each time, whatever the threads, but for the seconds", async () => {
    const asked = `judge model ${few} --methods leave-one-out,influence-function --players interactions`;
    const [one, two] = [await box.json<Judged>(`${asked} --threads 1`), await box.json<Judged>(`${asked} --threads 2`)];
    expect(withoutSeconds(two)).toEqual(withoutSeconds(one));
    const [truth, first] = one.rows;
    expect(one.rows.map(({ method }) => method)).toEqual(["leave-one-out", "influence-function"]);
    expect(truth.judgements.loo.value).toBeCloseTo(1, 12);
    expect(truth.trainings).toBe(8);
    expect(truth.judgements.random).toMatchObject({ value: null, reason: expect.stringContaining("trains again") });
    expect(Object.keys(first.judgements)).toEqual(one.judges.map(({ judge }) => judge));
    expect(one.judges.find(({ judge }) => judge === "lds")?.figures.ceiling).toBeCloseTo(1, 9);
    expect(one.players).toEqual({ kind: "interactions", count: 8 });
    expect(one.measures.map(({ name }) => name.startsWith("score:"))).toEqual([true, true]);
  });

  test("never trains a judging subset that fitted a method, and refuses where there is no other", async () => {
    const { skippedJudges, rows, judges } = await box.json<Judged>(`judge model ${subsets} -n 3 --methods shapley`);
    expect(rows.map(({ method, trainings }) => [method, trainings])).toEqual([["shapley", 8]]);
    expect(judges).toEqual([]);
    expect(skippedJudges.lds).toContain("that no estimator was fitted to");
  });

  test("lists methods that were not run, and why", async () => {
    const { rows, skipped } = await box.json<Judged>(`judge model -n 6 ${subsets}`);
    const names = rows.map(({ method }) => method);
    expect(names).toEqual(expect.arrayContaining(["fast-influence", "influence-function"]));
    expect(skipped["leave-one-out"]).toContain("only where it is named");
    expect(names).not.toContain("leave-one-out");
  });

  test("asks about measures in words, within a budget of trainings, and leaves out who cannot be asked", async () => {
    const { rows, measures, skipped } = await box.json<Judged>(
      `judge model -n 6 --judges lds --set lds.subsets=5 --test ratings.csv --measure fit --measure hr@10 --budget 30 --methods leave-one-out,tmc-shapley,influence-function`,
    );
    expect(measures.map(({ name }) => name)).toEqual(["fit", "hr@10"]);
    expect(rows.map(({ method }) => method)).toEqual(["leave-one-out", "tmc-shapley"]);
    expect(rows[1]).toMatchObject({ settings: { trainings: 30 } });
    expect(rows[1].trainings).toBeLessThanOrEqual(30);
    expect(skipped["influence-function"]).toContain("no slopes");
  });

  test("lists its judges in lethe methods", async () => {
    const { judges } = await box.json<Record<string, { name: string }[]>>("methods");
    expect(judges.map(({ name }) => name)).toEqual(["lds", "loo", "removal", "flipped", "planted", "random"]);
  });

  test.each([
    ["judge model --methods magic", "magic"],
    ["judge model --judges magic", "magic"],
    ["judge model --methods newton-step --set fast-influence.form=block", "takes no part"],
    ["judge model --methods newton-step --set subsets=3", "does not say whose"],
    ["judge model --set lds.subsets=1", "subsets is 1"],
    ["judge model --players friends", "--players"],
    ["judge model -n 0", "-n"],
    ["judge model --measure magic", "--measure"],
    ["judge model --budget soon", "--budget"],
    ["judge nowhere", "nowhere"],
  ])("%s is refused", async (args, said) => {
    const ran = await lethe(args.split(" "), { cwd: box.cwd });
    expect(ran.status).toBe(2);
    expect(`${ran.stderr}`).toContain(said);
  });
});
