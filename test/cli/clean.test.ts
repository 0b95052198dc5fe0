/** `lethe clean` on the command line: that it finds what was turned round, tells whether removing it helps, and changes nothing unasked. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { auc } from "../../src/numeric/statistics.ts";
import type { Cleaned } from "../../src/study/cases/clean/cleaned.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const box = sandbox();
const { users, items, ratings, size } = plantedFactors({
  users: 150,
  items: 60,
  ratings: 4500,
  factors: 2,
  seed: 5,
  noise: 0.3,
}).interactions;

/** Every ninth row of the first part is turned round; every tenth row is held out, and right. */
const isHeld = (row: number) => row % 10 === 3;
const isTurned = (row: number) => row % 9 === 4 && !isHeld(row);
const turned = (row: number) => (ratings[row] === 3 ? 5 : 6 - ratings[row]);
const lineOf = (row: number, rating: number) => `u${users[row]},i${items[row]},${rating}\n`;
const all = Array.from({ length: size }, (_, row) => row);
const csvOf = (rows: readonly number[], ratingOf: (row: number) => number) =>
  `user,item,rating\n${rows.map((row) => lineOf(row, ratingOf(row))).join("")}`;
const kept = all.filter((row) => !isHeld(row));
const spoilt = csvOf(kept, (row) => (isTurned(row) ? turned(row) : ratings[row]));

/** A document of the command, which also has where files are. */
type Document = Cleaned & {
  readonly out?: Readonly<Record<"removed" | "relabelled" | "interactions", number>>;
  readonly next?: string;
};

const flags = "--factors 2 --l2 3 --l2-bias 1 --threads 1";

beforeAll(async () => {
  const rating = (row: number) => ratings[row];
  box.write("spoilt.csv", spoilt);
  box.write("right.csv", csvOf(kept, rating));
  box.write("test.csv", csvOf(all.filter(isHeld), rating));
  for (const name of ["spoilt", "right"]) await box.json(`train ${name}.csv ${flags} --out ${name}`);
});

describe("lethe clean", () => {
  test("puts ratings that were turned round before others, and tells that removing them helps", async () => {
    const found = await box.json<Document>(`clean spoilt --test test.csv -n ${kept.length} --draws 1`);
    const planted = new Set(kept.filter(isTurned).map((row) => `u${users[row]} i${items[row]}`));
    const values = (is: boolean) =>
      found.suspects
        .filter(({ user, item }) => planted.has(`${user} ${item}`) === is)
        .map(({ value }) => value as number);
    expect(values(true)).toHaveLength(planted.size);
    expect(auc(values(true), values(false))).toBeGreaterThan(0.95);
    const { advice, share, before, after, interval, text } = found.recommendation;
    expect(["remove", "relabel"]).toContain(advice);
    expect(text).toMatch(/^(removing|relabelling) helps/);
    expect(after).toBeLessThan(before);
    expect(interval?.[1]).toBeLessThan(0);
    const chosen = found.curve.find((one) => one.share === share);
    expect(after).toBe(advice === "remove" ? chosen?.judging : found.relabelled?.judging);
    expect(after).toBeLessThan(chosen?.random as number);
  });

  test("advises to keep all of what is right", async () => {
    const { recommendation, suspects } = await box.json<Document>("clean right --test test.csv --draws 1");
    expect(recommendation).toMatchObject({ advice: "keep", share: 0, players: 0 });
    expect(suspects.every(({ advice }) => advice === "keep")).toBe(true);
  });

  test("writes what is left of the rows; training on it errs less", async () => {
    const found = await box.json<Document>(
      "clean spoilt --test test.csv --draws 1 --out cleaned.csv --csv suspects.csv",
    );
    expect(found).toMatchObject({ held: { from: "test" }, next: "lethe train cleaned.csv --out DIR" });
    const { removed, relabelled, interactions } = found.out ?? { removed: 0, relabelled: 0, interactions: 0 };
    expect(removed + relabelled).toBeGreaterThan(0);
    expect(interactions).toBe(kept.length - removed);
    const lines = new Set(readFileSync(box.at("cleaned.csv"), "utf8").trimEnd().split("\n"));
    const table = readFileSync(box.at("suspects.csv"), "utf8").trimEnd().split("\n").slice(1);
    expect(table).toHaveLength(kept.length);
    for (const line of table) {
      const [user, item, rating, , advice, other] = line.split(",");
      expect(lines.has(`${user},${item},${rating}`), line).toBe(advice === "keep");
      if (advice === "relabel") expect(lines.has(`${user},${item},${other}`), line).toBe(true);
    }
    await box.json(`train cleaned.csv ${flags} --out better`);
    const [before, after] = await Promise.all(
      ["spoilt", "better"].map((name) => box.json<{ rmse: number }>(`evaluate ${name} --test test.csv`)),
    );
    expect(after.rmse).toBeLessThan(before.rmse);
  });

  test("says the same in any order of the rows", async () => {
    const [header, ...lines] = spoilt.trimEnd().split("\n");
    box.write("backwards.csv", `${[header, ...lines.reverse()].join("\n")}\n`);
    await box.json(`train backwards.csv ${flags} --out backwards`);
    const [one, other] = await Promise.all(
      ["spoilt", "backwards"].map((name) => box.json<Document>(`clean ${name} --draws 1 -n 40`)),
    );
    expect(other.suspects.map(({ user, item }) => [user, item])).toEqual(
      one.suspects.map(({ user, item }) => [user, item]),
    );
    expect(other.recommendation.advice).toBe(one.recommendation.advice);
    other.curve.forEach((point, k) => {
      expect(point.judging).toBeCloseTo(one.curve[k].judging, 6);
      expect(point.random).toBeCloseTo(one.curve[k].random, 6);
    });
  });

  test("is text for people, with the curve; writes nothing unasked, and the model is left as it is", async () => {
    const before = [treeOf(box.at("spoilt")), readdirSync(box.cwd).sort()];
    const ran = await box.run("clean spoilt --test test.csv --draws 1 -n 3");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
    for (const said of ["helps", "at random", "relabelled", "difference, 95 %"]) expect(ran.stdout).toContain(said);
    expect([treeOf(box.at("spoilt")), readdirSync(box.cwd).sort()]).toEqual(before);
  });

  test("draws the curve, and a page", async () => {
    const found = await box.json<Document>("clean spoilt --test test.csv --draws 1 --svg curve.svg --html page.html");
    expect(found).toMatchObject({ svg: "curve.svg", html: "page.html" });
    expect(readFileSync(box.at("curve.svg"), "utf8")).toContain("most suspicious first");
    expect(readFileSync(box.at("page.html"), "utf8")).toContain("Which interactions spoil this model?");
  });

  test("takes other methods, users, and values for held-out fit; and does not count held-out rows that it was trained on", async () => {
    const byFit = await box.json<Document>(
      "clean spoilt --test test.csv --measure fit --method influence-function --draws 1",
    );
    expect(byFit).toMatchObject({ measure: "fit", tail: "low", method: "influence-function" });
    const values = byFit.suspects.map(({ value }) => value as number);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    const ofUsers = await box.json<Document>("clean spoilt --test test.csv --players users --draws 1 -n 2");
    expect(ofUsers.suspects).toHaveLength(2);
    expect(ofUsers.suspects[0]).not.toHaveProperty("item");
    box.write("mixed.csv", `${readFileSync(box.at("test.csv"), "utf8")}${lineOf(kept[0], 1)}`);
    const mixed = await box.json<Document>("clean spoilt --test mixed.csv --draws 1");
    expect(mixed.warnings).toEqual([expect.stringContaining("1 held-out row that the model was trained on")]);
  });

  test("names the item that is pushed, and advises to remove those behind it; without a push nobody", async () => {
    await box.json("plant right --set profiles=0.2 --set item=i7 --out attacked.csv");
    await box.json(`train attacked.csv ${flags} --out attacked`);
    const asked = "--test test.csv --players users --measure push --draws 1";
    const found = await box.json<Document>(`clean attacked ${asked} -n 30 --out defended.csv`);
    expect(found.pushed).toHaveLength(5);
    const order = found.pushed?.map(({ statistic }) => statistic) ?? [];
    expect(order).toEqual(order.toSorted((a, b) => b - a));
    if ((found.pushed?.[0].byChance ?? 1) > 0.05) expect(found.recommendation.text).not.toContain("pushed");
    const { pushed, recommendation } = await box.json<Document>(`clean right ${asked}`);
    expect(pushed?.every(({ byChance }) => byChance > 0.05)).toBe(true);
    expect(recommendation.text).not.toContain("pushed");
    expect((await box.run(`clean right ${asked}`)).stdout).toContain("might look like this");
  });

  test.each([
    ["clean spoilt --measure push --method leave-one-out", "--method"],
    ["clean nowhere", "nowhere"],
    ["clean spoilt --method magic", "magic"],
    ["clean spoilt --players friends", "--players"],
    ["clean spoilt --holdout most", "--holdout"],
    ["clean spoilt --measure fit", "--test"],
    ["clean spoilt --test spoilt.csv", "trained on all"],
    ["clean spoilt --out test.csv", "something is there"],
    ["clean spoilt --csv a.csv --svg a.csv", "a.csv"],
    ["clean spoilt --draws 0", "--draws"],
  ])("%s is refused, and nothing is written", async (args, said) => {
    const ran = await lethe(args.split(" "), { cwd: box.cwd });
    expect({ status: ran.status, said: ran.stderr }).toEqual({ status: 2, said: expect.stringContaining(said) });
    expect(existsSync(box.at("a.csv"))).toBe(false);
  });
});
