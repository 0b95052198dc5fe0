/** `lethe subset` on the command line: that it keeps the share that was asked for, tells what training on it gives, and is better than chance where rows are spoilt. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Subset } from "../../src/study/index.ts";
import { lethe, treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const box = sandbox();
const { users, items, ratings } = plantedFactors({
  ...{ users: 100, items: 40, ratings: 2000, factors: 2, seed: 5, noise: 0.3 },
}).interactions;

/** Every seventh row is turned round; every tenth is held out, and right. */
const isHeld = (row: number) => row % 10 === 3;
const ratingOf = (row: number) => (row % 7 === 4 && !isHeld(row) ? 6 - ratings[row] : ratings[row]);
const all = Array.from(ratings.keys());
const lineOf = (row: number) => `u${users[row]},i${items[row]},${ratingOf(row)}`;
const kept = all.filter((row) => !isHeld(row)).map(lineOf);
const csvOf = (lines: readonly string[]) => `user,item,rating\n${lines.join("\n")}\n`;
const linesOf = (name: string) => readFileSync(box.at(name), "utf8").trimEnd().split("\n").slice(1);

type Document = Subset & { readonly out?: { readonly interactions: number; readonly removed: number } };

const flags = "--factors 2 --l2 3 --l2-bias 1 --threads 1";
const few = "--test test.csv --draws 2 --folds 3";

beforeAll(async () => {
  box.write("ratings.csv", csvOf(kept));
  box.write("backwards.csv", csvOf(kept.toReversed()));
  box.write("test.csv", csvOf(all.filter(isHeld).map(lineOf)));
  for (const name of ["ratings", "backwards"]) await box.json(`train ${name}.csv ${flags} --out ${name}`);
});

describe("lethe subset", () => {
  test("keeps exactly the share, better than chance; and training on the file errs as was told", async () => {
    const found = await box.json<Document>(`subset ratings ${few} --out half.csv`);
    const half = linesOf("half.csv");
    const own = new Set(kept);
    expect(half).toHaveLength(Math.round(kept.length / 2));
    expect(half.every((line) => own.has(line))).toBe(true);
    expect(found.out).toMatchObject({ interactions: half.length, removed: kept.length - half.length });
    const { chosen, random, all: whole } = found.error;
    expect(found).toMatchObject({ isBetter: true, text: expect.stringContaining("better than chance") });
    expect(chosen).toBeLessThan(Math.min(...random.draws));
    expect(Math.min(...random.draws)).toBeGreaterThan(whole);
    await box.json(`train half.csv ${flags} --out trained`);
    const { rmse } = await box.json<{ rmse: number }>("evaluate trained --test test.csv");
    expect(rmse).toBeCloseTo(chosen, 5);
  });

  test("keeps the same rows in any order of the file, with another share and for users", async () => {
    const asked = `${few} --keep 300`;
    await box.json(`subset ratings ${asked} --out one.csv`);
    await box.json(`subset backwards ${asked} --out other.csv`);
    expect(linesOf("one.csv")).toHaveLength(300);
    expect(linesOf("other.csv").toSorted()).toEqual(linesOf("one.csv").toSorted());
    const found = await box.json<Document>(`subset ratings ${few} --players users --keep 0.3 --out users.csv`);
    const of = new Set(linesOf("users.csv").map((line) => line.split(",")[0]));
    expect([found.keep.players, of.size]).toEqual([30, 30]);
    expect(linesOf("users.csv")).toEqual(kept.filter((line) => of.has(line.split(",")[0])));
  });

  test("says so where the choice is no better than chance, and writes it all the same", async () => {
    const found = await box.json<Document>(`subset ratings ${few} --tail low --out worst.csv`);
    expect(found).toMatchObject({ isBetter: false, text: expect.stringContaining("not certainly better than chance") });
    expect(found.error.chosen).toBeGreaterThan(Math.max(...found.error.random.draws));
    expect(linesOf("worst.csv")).toHaveLength(Math.round(kept.length / 2));
  });

  test("is text for people; writes nothing unasked; without a test file it holds rows out", async () => {
    const before = treeOf(box.cwd);
    const ran = await box.run("subset ratings --measure own-fit --draws 2");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
    for (const said of ["trained on", "random, 2 times", "low own-fit kept"]) expect(ran.stdout).toContain(said);
    expect(treeOf(box.cwd)).toEqual(before);
  });

  test.each([
    ["subset nowhere", "nowhere"],
    ["subset ratings --keep most", "--keep"],
    ["subset ratings --keep 5000", "--keep"],
    ["subset ratings --folds 1", "--folds"],
    ["subset ratings --method magic", "magic"],
    ["subset ratings --test test.csv --out test.csv", "something is there"],
  ])("%s is refused", async (args, said) => {
    const ran = await lethe(args.split(" "), { cwd: box.cwd });
    expect({ status: ran.status, said: ran.stderr }).toEqual({ status: 2, said: expect.stringContaining(said) });
  });
});
