/** What `lethe explain` says of numbers that are no influences: shares, and influences over a size. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lethe, scratch } from "../support/lethe.ts";
import { expectReadable } from "../support/sandbox.ts";
import { itemId, ratingsCsv, userId } from "../support/sets.ts";

interface Reason {
  readonly influence: number;
  readonly without: number | null;
}

interface Explained {
  readonly score: number;
  readonly base: number;
  readonly byItem: readonly Reason[];
  readonly byUser: readonly Reason[];
  readonly byPlayer: readonly Reason[];
  readonly note: string;
  readonly status: string;
}

const cwd = scratch()();
const ask = `--user ${userId(4)} --item ${itemId(2)} -n 1000`;
const run = (args: string) => lethe(args.split(" "), { cwd });
const explain = async (model: string, args: string): Promise<Explained> => {
  const ran = await run(`explain ${model} ${ask} ${args} --json`);
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(ran.stdout);
};
const total = (reasons: readonly Reason[]) => reasons.reduce((sum, { influence }) => sum + influence, 0);

beforeAll(async () => {
  writeFileSync(join(cwd, "ratings.csv"), ratingsCsv);
  for (const [name, flags] of [
    ["plain", "--model mf --biases none --mean 0 --l2 5"],
    ["network", "--model gmf --factors 3 --epochs 3 --l2 1"],
    ["loose", "--model gmf --factors 3 --epochs 1 --l2 0"],
  ])
    expect((await run(`train ratings.csv ${flags} --out ${name}`)).status, name).toBe(0);
});

describe("shares", () => {
  test.each(["representer-point", "high-dimensional-representer --set side=user", "rps-lje"])(
    "of the user's rows sum to a plain score, and `without` is the score less the share: %s",
    async (method) => {
      const found = await explain("plain", `--method ${method}`);
      expect(total(found.byItem)).toBeCloseTo(found.score, 7);
      expect(total(found.byUser)).toBe(0);
      for (const { influence, without } of found.byItem) expect(without).toBe(found.score - influence);
      expect(found.note).toMatch(
        /share of the score, in rating units; it is not the score without the row; the shares of all rows sum to/,
      );
      expect(found.note).not.toMatch(/no representer|missing/);
    },
  );

  test("of the item's rows sum to it too, and half of each side is in the mean of both", async () => {
    const item = await explain("plain", "--method representer-point --set side=item");
    const own = item.byItem.filter(({ influence }) => influence !== 0);
    expect(total([...item.byUser, ...own])).toBeCloseTo(item.score, 7);
    const both = await explain("plain", "--method high-dimensional-representer");
    expect(total(both.byItem) + total(both.byUser)).toBeCloseTo(both.score, 7);
  });

  test("of a network are those of its last layer re-optimised, which a note tells", async () => {
    const found = await explain("network", "--method representer-point");
    expect(found.note).toContain("the last layer was re-optimised first, which took what is asked from");
  });

  test("need L2, and the refusal tells how to get it", async () => {
    const ran = await run(`explain loose ${ask} --method representer-point`);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/needs L2 above 0; l2Shared is 0 here: train with l2Shared above 0/);
  });

  test("are told as what they are", async () => {
    const ran = await run(`explain plain ${ask} --method representer-point`);
    expectReadable(ran);
    expect(ran.stdout).toContain("Less the share of the rating below that is:");
  });
});

describe("relative numbers", () => {
  test.each([
    "relative-influence-block",
    "relative-influence",
    "renormalised-influence",
    "renormalised-influence-unit",
  ])("have no score without the row: %s", async (method) => {
    const found = await explain("plain", `--method ${method}`);
    expect(found.status).toBe("converged");
    expect(found.byItem.length).toBeGreaterThan(3);
    for (const { influence, without } of [...found.byItem, ...found.byUser]) {
      expect(without).toBeNull();
      expect(Number.isFinite(influence)).toBe(true);
    }
    expect(found.note).toContain("it ranks, and no score is told without the row");
  });

  test("by players too, and in words", async () => {
    const found = await explain("plain", "--method relative-influence --players users");
    for (const { without } of found.byPlayer) expect(without).toBeNull();
    for (const players of ["interactions", "users"]) {
      const ran = await run(`explain plain ${ask} --method relative-influence-block --players ${players}`);
      expect(ran.status).toBe(0);
      expectReadable(ran);
      expect(ran.stdout.replace(/\s+/g, " ")).toContain("below does to it, relative to what it does to the model:");
      expect(ran.stdout).not.toMatch(/Without the|NaN|null/);
    }
  });
});
