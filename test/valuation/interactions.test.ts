/** Laws of values of sets: closed forms, the definition, what they sum to, and what draws come to. */

import { describe, expect, test } from "vitest";
import { setsUpTo } from "../../src/valuation/games/sets.ts";
import { expectNear } from "../support/small.ts";
import { valuesOf, type Worth } from "./asking.ts";
import { additive, membersOf, tableGame, unanimity, worthOf } from "./games.ts";

const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));
const choose = (n: number, k: number) => factorial(n) / factorial(k) / factorial(n - k);

/** Σ_T ⊆ A (−1)^(|A| − |T|) ν(D ∪ T), by its recursion: what the last player of A adds to what the others add. */
function derivative(worth: Worth, n: number, set: readonly number[], others: readonly number[]): number {
  if (set.length === 0) return worthOf(worth, n, others);
  const rest = set.slice(0, -1);
  return derivative(worth, n, rest, [...others, set[set.length - 1]]) - derivative(worth, n, rest, others);
}

/** Σ over sets of others of a weight by their number times the derivative. */
function bySets(worth: Worth, n: number, set: readonly number[], weight: (others: number) => number): number {
  let sum = 0;
  for (let mask = 0; mask < 2 ** n; mask++) {
    const others = membersOf(mask);
    if (!others.some((k) => set.includes(k))) sum += weight(others.length) * derivative(worth, n, set, others);
  }
  return sum;
}

const n = 5;
const worths = [tableGame(n, 21), tableGame(n, 22)];

test("the sets are all of up to `order` players, by size, then in order", async () => {
  const { sets, values } = await valuesOf("shapley-interaction", 4, [additive([1, 2, 3, 4])]);
  expect(sets).toEqual([[0], [1], [2], [3], [0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
  // Nobody adds more to anybody than to nobody.
  expectNear(values, [1, 2, 3, 4, 0, 0, 0, 0, 0, 0], 1e-12);
  expect((await valuesOf("shapley-taylor", 3, [additive([1, 2, 3])], { settings: { order: 9 } })).sets).toEqual(
    setsUpTo(3, 3),
  );
});

describe("shapley-interaction", () => {
  test("is the mean over sizes, and over the sets of each, of what the set adds (Eq. 19)", async () => {
    const { values, sets = [] } = await valuesOf("shapley-interaction", n, worths, { settings: { order: 3 } });
    worths.forEach((worth, m) => {
      const wanted = sets.map((set) => {
        const a = set.length;
        const weight = (s: number) => (factorial(n - a - s) * factorial(s)) / factorial(n - a + 1);
        return bySets(worth, n, set, weight);
      });
      expectNear(values.subarray(m * sets.length, (m + 1) * sets.length), wanted, 1e-12);
    });
  });

  test("of one player is Shapley", async () => {
    const { values } = await valuesOf("shapley-interaction", n, worths, { settings: { order: 1 } });
    expectNear(values, (await valuesOf("shapley", n, worths)).values, 1e-12);
  });

  test("of a players among the t whom a unanimity game needs is 1/(t − a + 1), and 0 with anybody else", async () => {
    const needed = [0, 2, 3, 4];
    const found = await valuesOf("shapley-interaction", n, [unanimity(needed)], { settings: { order: 4 } });
    const wanted = found.sets?.map((set) =>
      set.every((k) => needed.includes(k)) ? 1 / (needed.length - set.length + 1) : 0,
    );
    expectNear(found.values, wanted ?? [], 1e-12);
  });
});

describe("shapley-taylor", () => {
  test.each([1, 2, 3, 5])("of order %i sums to what all are worth beyond nobody", async (order) => {
    const { values, sets = [] } = await valuesOf("shapley-taylor", n, worths, { settings: { order } });
    worths.forEach((worth, m) => {
      const sum = values.subarray(m * sets.length, (m + 1) * sets.length).reduce((total, x) => total + x, 0);
      expectNear([sum], [worthOf(worth, n, [0, 1, 2, 3, 4]) - worthOf(worth, n, [])], 1e-12);
    });
  });

  test("is Eq. 21 for sets of the order, and for smaller ones what they add to nobody", async () => {
    const order = 3;
    const { values, sets = [] } = await valuesOf("shapley-taylor", n, worths.slice(0, 1), { settings: { order } });
    const wanted = sets.map((set) =>
      set.length < order
        ? derivative(worths[0], n, set, [])
        : bySets(worths[0], n, set, (s) => order / n / choose(n - 1, s)),
    );
    expectNear(values, wanted, 1e-12);
  });

  test("of order 1 is Shapley", async () => {
    const { values } = await valuesOf("shapley-taylor", n, worths, { settings: { order: 1 } });
    expectNear(values, (await valuesOf("shapley", n, worths)).values, 1e-12);
  });
});

describe.each(["shapley-interaction", "shapley-taylor"])("%s", (name) => {
  test("drawn comes to the exact values within standard errors, the same for any number of sets at a time", async () => {
    const exact = await valuesOf(name, n, worths);
    const settings = { sampler: "plain", trainings: 20_000 };
    const found = await valuesOf(name, n, worths, { settings });
    found.values.forEach((x, k) => {
      const error = found.standardErrors?.[k] ?? Number.NaN;
      expect(error).toBeLessThan(0.2);
      expect(Math.abs(x - exact.values[k])).toBeLessThanOrEqual(4.5 * error + 1e-12);
    });
    const few = { settings: { ...settings, trainings: 200 } };
    expect(await valuesOf(name, n, worths, { ...few, width: 5 })).toEqual(await valuesOf(name, n, worths, few));
  });

  test("too many sets, no players and part of a player are refused", async () => {
    const refused = (players: number, order: number) =>
      expect(valuesOf(name, players, [() => 0], { settings: { order } })).rejects.toMatchObject({ code: "bad-input" });
    await refused(2000, 2);
    await refused(100, 2);
    await refused(0, 2);
    await refused(5, 1.5);
  });
});
