/** Laws of the sets made by rule: sizes, distinct pairs, seeds, and that what was planted is there. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { checkerboard, plantedFactors } from "../../src/data/synthetic.ts";
import { LetheError } from "../../src/errors.ts";

function countsOf(start: Uint32Array): number[] {
  return Array.from({ length: start.length - 1 }, (_, g) => start[g + 1] - start[g]);
}

function distinctPairs({ interactions }: Dataset): number {
  return new Set(Array.from(interactions.users, (user, k) => user * interactions.itemCount + interactions.items[k]))
    .size;
}

describe("checkerboard", () => {
  const options = fc.record({
    users: fc.integer({ min: 1, max: 20 }),
    items: fc.integer({ min: 1, max: 20 }),
    missing: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer(),
  });

  test("rates high where the groups match and low elsewhere, each pair at most once, nobody without rows", () => {
    fc.assert(
      fc.property(options, (drawn) => {
        const set = checkerboard({ ...drawn, high: 4, low: 2 });
        const { users, items, ratings, byUser, byItem } = set.interactions;
        const expected = Float64Array.from(users, (user, k) => (user % 2 === items[k] % 2 ? 4 : 2));
        expect(ratings).toEqual(expected);
        expect(distinctPairs(set)).toBe(ratings.length);
        expect(Math.min(...countsOf(byUser.start), ...countsOf(byItem.start))).toBeGreaterThan(0);
        expect(checkerboard({ ...drawn, high: 4, low: 2 }).interactions.items).toEqual(items);
      }),
    );
  });

  test("leaves out the share asked for, and names its users, items and groups", () => {
    const set = checkerboard({ users: 100, items: 80, missing: 0.3 });
    expect(Math.abs(set.interactions.size / 8000 - 0.7)).toBeLessThan(0.03);
    expect(checkerboard({ users: 10, items: 8, missing: 0 }).interactions.size).toBe(80);
    expect([set.userIds.find("user-7"), set.itemIds.find("item-3")]).toEqual([6, 2]);
    expect(set.itemInfo.get("item-3")).toEqual({ title: "Item 3", genres: ["white"] });
    expect(set.itemInfo.get("item-4")?.genres).toEqual(["black"]);
  });

  test("refuses sizes that cannot be", () => {
    for (const bad of [
      { users: 0, items: 3 },
      { users: 3, items: 1.5 },
      { users: 3, items: 3, missing: 2 },
    ])
      expect(() => checkerboard(bad)).toThrow(LetheError);
  });
});

describe("plantedFactors", () => {
  const options = fc
    .record({
      users: fc.integer({ min: 1, max: 60 }),
      items: fc.integer({ min: 1, max: 60 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      factors: fc.integer({ min: 1, max: 20 }),
      seed: fc.integer(),
      noise: fc.double({ min: 0, max: 3, noNaN: true }),
      scale: fc.constantFrom("whole" as const, "half" as const),
    })
    .map(({ share, ...rest }) => ({
      ...rest,
      ratings: rest.users + Math.floor(share * rest.users * (rest.items - 1)),
    }));

  test("has the size asked for, distinct pairs, stars, and everyone rated", () => {
    fc.assert(
      fc.property(options, (drawn) => {
        const set = plantedFactors(drawn);
        const { interactions: rows } = set;
        expect([rows.size, rows.userCount, rows.itemCount]).toEqual([drawn.ratings, drawn.users, drawn.items]);
        expect([set.userIds.size, set.itemIds.size, set.itemInfo.size]).toEqual([
          drawn.users,
          drawn.items,
          drawn.items,
        ]);
        expect(distinctPairs(set)).toBe(rows.size);
        const step = drawn.scale === "whole" ? 1 : 0.5;
        expect(rows.ratings.every((r) => r >= 1 && r <= 5 && Number.isInteger(r / step))).toBe(true);
        const least = Math.max(1, Math.min(20, Math.floor(drawn.ratings / drawn.users / 3)));
        expect(Math.min(...countsOf(rows.byUser.start))).toBeGreaterThanOrEqual(least);
        if (drawn.ratings >= drawn.items) expect(Math.min(...countsOf(rows.byItem.start))).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test("equal options give equal sets, another seed another one", () => {
    const make = (seed: number) => plantedFactors({ users: 50, items: 40, ratings: 600, factors: 4, seed, noise: 0.5 });
    expect(make(1).interactions.items).toEqual(make(1).interactions.items);
    expect(make(1).interactions.ratings).toEqual(make(1).interactions.ratings);
    expect(make(1).itemInfo).toEqual(make(1).itemInfo);
    expect(make(2).interactions.items).not.toEqual(make(1).interactions.items);
    expect(make(2).interactions.ratings).not.toEqual(make(1).interactions.ratings);
  });

  const set = plantedFactors({ users: 1500, items: 800, ratings: 100_000, factors: 6, seed: 3, noise: 0.3 });
  const { interactions: rows } = set;

  test("has long tails on both sides", () => {
    for (const index of [rows.byUser, rows.byItem]) {
      const counts = countsOf(index.start).sort((a, b) => b - a);
      const mean = rows.size / counts.length;
      expect(counts[counts.length >> 1]).toBeLessThan(0.8 * mean);
      expect(counts[0]).toBeGreaterThan(4 * mean);
      const top = counts.slice(0, counts.length / 10).reduce((sum, count) => sum + count, 0);
      expect(top / rows.size).toBeGreaterThan(0.25);
    }
  });

  test("users agree with themselves about a taste group more than with others", () => {
    // Ratings less the item's mean, gathered per user and genre in two halves: what is planted shows in both.
    const itemMean = Float64Array.from({ length: rows.itemCount }, (_, item) => meanOf(rows.byItem, item));
    const halves = [new Map<string, number[]>(), new Map<string, number[]>()];
    for (let row = 0; row < rows.size; row++)
      for (const genre of set.itemInfo.get(set.itemIds.list[rows.items[row]])?.genres ?? []) {
        const key = `${rows.users[row]} ${genre}`;
        const half = halves[rows.items[row] % 2];
        half.set(key, [...(half.get(key) ?? []), rows.ratings[row] - itemMean[rows.items[row]]]);
      }
    const overall = rows.ratings.reduce((sum, r) => sum + r, 0) / rows.size;
    const pairs = [...halves[0].keys()].flatMap((key) => {
      const [a, b] = halves.map((half) => half.get(key) ?? []);
      const user = Number(key.split(" ")[0]);
      const own = meanOf(rows.byUser, user) - overall;
      return a.length >= 5 && b.length >= 5 ? [[average(a) - own, average(b) - own]] : [];
    });
    expect(pairs.length).toBeGreaterThan(1000);
    const product = average(pairs.map(([a, b]) => a * b));
    const size = Math.sqrt(average(pairs.map(([a]) => a * a)) * average(pairs.map(([, b]) => b * b)));
    expect(product / size).toBeGreaterThan(0.5);
  });

  function meanOf(index: typeof rows.byUser, group: number): number {
    return average(
      [...index.rows.subarray(index.start[group], index.start[group + 1])].map((row) => rows.ratings[row]),
    );
  }

  function average(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  test("names items and their groups", () => {
    expect(set.userIds.find("42")).toBe(41);
    expect(set.itemInfo.get("318")?.title).toBe("Item 318");
    const genres = new Set([...set.itemInfo.values()].flatMap((info) => info.genres));
    expect(genres.size).toBe(6);
  });

  test("refuses sizes that cannot be", () => {
    const good = { users: 5, items: 5, ratings: 20, factors: 2, seed: 1, noise: 0.1 };
    expect(plantedFactors(good).interactions.size).toBe(20);
    for (const change of [
      { users: 0 },
      { items: 2.5 },
      { ratings: 4 },
      { ratings: 26 },
      { factors: 0 },
      { noise: -1 },
      { noise: Number.NaN },
    ])
      expect(() => plantedFactors({ ...good, ...change })).toThrow(LetheError);
  });
});
