/** Laws of what is drawn as whole subsets: downsampling, consistency, average marginal effects. */

import { describe, expect, test } from "vitest";
import { expectNear } from "../support/small.ts";
import { ownValuesOf, valuesOf } from "./asking.ts";
import { additive, bySets, membersOf, sizeOf, tableGame, worthOf } from "./games.ts";

/** Sets by their bits. */
const setsWhere = (n: number, wanted: (members: number[]) => boolean) =>
  Array.from({ length: 2 ** n }, (_, mask) => membersOf(mask)).filter(wanted);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const within = (found: Float64Array, exact: ArrayLike<number>, errors: ArrayLike<number> = [], times = 4.5) =>
  found.forEach((x, k) => {
    expect(errors[k]).toBeGreaterThan(0);
    expect(Math.abs(x - exact[k])).toBeLessThan(times * errors[k]);
  });

describe("downsampling", () => {
  const n = 7;
  const worth = tableGame(n, 31);

  test("with all subsets of five of seven is Eq. 10: with the player less without, not the mean of what it adds to four", async () => {
    const { values, evaluations, standardErrors } = await valuesOf("downsampling", n, [
      worth,
      additive([1, 2, 3, 4, 5, 6, 7]),
    ]);
    expect(evaluations).toBe(21);
    expect(standardErrors).toBeUndefined();
    const of = (k: number, there: boolean) =>
      mean(setsWhere(n, (set) => set.length === 5 && set.includes(k) === there).map((set) => worthOf(worth, n, set)));
    const wanted = Array.from({ length: n }, (_, k) => of(k, true) - of(k, false));
    expectNear(values.subarray(0, n), wanted, 1e-12);
    const adds = bySets(worth, n, (s) => (s === 4 ? 1 / 15 : 0));
    expect(Math.max(...adds.map((x, k) => Math.abs(x - wanted[k])))).toBeGreaterThan(0.1);
    // Who is in is one more of the five places that others have not: w_k less the mean of the others.
    expectNear(
      values.subarray(n),
      [1, 2, 3, 4, 5, 6, 7].map((w) => w - (28 - w) / 6),
      1e-12,
    );
  });

  test("drawn comes to that within standard errors, the same for any number of subsets at a time", async () => {
    const exact = await valuesOf("downsampling", n, [worth]);
    const settings = { sampler: "drawn", trainings: 5000 };
    const found = await valuesOf("downsampling", n, [worth], { settings });
    within(found.values, exact.values, found.standardErrors);
    expect(found.evaluations).toBe(5000);
    expect(await valuesOf("downsampling", n, [worth], { settings, width: 6 })).toEqual(found);
  });

  test("a player in all subsets or in none has no value, and that is said", async () => {
    const seen = new Set<string>();
    const settings = { sampler: "drawn", trainings: 2 };
    const found = await valuesOf("downsampling", n, [worth], {
      settings,
      onSet: (present) => seen.add(present.join("")),
    });
    const both = [...seen].map((set) => [...set].map(Number));
    found.values.forEach((x, k) => {
      const determined = both.some((set) => set[k] === 1) && both.some((set) => set[k] === 0);
      expect(Number.isNaN(x)).toBe(!determined);
      expect(found.statuses[k]).toBe(determined ? "converged" : "breakdown");
      expect(found.standardErrors?.[k]).toBeNaN();
    });
    expect(found.notes?.join()).toMatch(/of 7 values are not determined/);
    const lone = await valuesOf("downsampling", 1, [sizeOf]);
    expect(lone).toMatchObject({ values: Float64Array.of(Number.NaN), statuses: ["breakdown"] });
  });

  test("subsets have the share that is asked for", async () => {
    for (const [share, size] of [
      [0.7, 7],
      [0.25, 3],
      [0.01, 1],
      [0.99, 9],
    ]) {
      const sizes = new Set<number>();
      const settings = { share, sampler: "drawn", trainings: 20 };
      await valuesOf("downsampling", 10, [sizeOf], { settings, onSet: (present) => sizes.add(sizeOf(present)) });
      expect([...sizes]).toEqual([size]);
    }
    await expect(valuesOf("downsampling", 10, [sizeOf], { settings: { share: 1 } })).rejects.toMatchObject({
      code: "bad-input",
    });
  });

  test("of own rows: what each player is to itself, as if asked about it alone", async () => {
    const own = (present: Uint8Array, k: number) => worth(present) * (k + 1) + 3 * present[k];
    for (const sampler of ["all", "drawn"]) {
      const settings = { sampler, trainings: 200 };
      const found = await ownValuesOf("downsampling", n, own, { settings });
      expect(found.values.length).toBe(n);
      for (let k = 0; k < n; k++) {
        const alone = await valuesOf("downsampling", n, [(present) => own(present, k)], { settings });
        expectNear([found.values[k]], [alone.values[k]], 1e-12);
        if (found.standardErrors) expectNear([found.standardErrors[k]], [alone.standardErrors?.[k] ?? 0], 1e-9);
      }
    }
  });

  test("a hundred thousand players cost well below a second a subset", async () => {
    const begun = performance.now();
    const settings = { trainings: 20 };
    const found = await valuesOf("downsampling", 100_000, [(present) => present[3]], { settings });
    expect(found.values.length).toBe(100_000);
    expect(found.values[3]).toBe(1);
    expect((performance.now() - begun) / 20).toBeLessThan(1000);
  });
});

describe("consistency", () => {
  const n = 6;
  const worth = tableGame(n, 41);
  const own = (present: Uint8Array, k: number) => worth(present) + k * sizeOf(present) + 100 * present[k];

  test("is the mean over sizes of the mean over the subsets that leave the player out", async () => {
    const { values, standardErrors } = await ownValuesOf("consistency", n, own);
    const profile = (k: number, size: number) => {
      const sets = setsWhere(n, (set) => set.length === size && !set.includes(k));
      return mean(sets.map((set) => worthOf((present) => own(present, k), n, set)));
    };
    const wanted = Array.from({ length: n }, (_, k) => mean([1, 2, 3, 4, 5].map((size) => profile(k, size))));
    expectNear(values, wanted, 1e-12);
    expect(standardErrors).toBeUndefined();
    const half = await ownValuesOf("consistency", n, own, { settings: { share: 0.5 } });
    expectNear(
      half.values,
      wanted.map((_, k) => profile(k, 3)),
      1e-12,
    );
  });

  test.each([0, 0.5])("drawn comes to that within standard errors (share %d)", async (share) => {
    const exact = await ownValuesOf("consistency", n, own, { settings: { share } });
    const settings = { share, sampler: "drawn", trainings: 4000 };
    const found = await ownValuesOf("consistency", n, own, { settings });
    within(found.values, exact.values, found.standardErrors);
    expect(await ownValuesOf("consistency", n, own, { settings, width: 4 })).toEqual(found);
  });

  test("asked about a measure it refuses and says what to ask; a lone player is predicted from nobody", async () => {
    await expect(valuesOf("consistency", n, [worth])).rejects.toMatchObject({
      code: "unsupported",
      advice: expect.stringContaining("downsampling"),
    });
    expect(await ownValuesOf("consistency", 1, own)).toMatchObject({ statuses: ["breakdown"] });
  });
});

describe("ame", () => {
  const n = 6;
  const worth = tableGame(n, 51);
  const grid = [0.2, 0.4, 0.6, 0.8];

  test("of all subsets is the mean over the chances of what a player adds", async () => {
    const { values } = await valuesOf("ame", n, [worth]);
    const wanted = bySets(worth, n, (s) => mean(grid.map((p) => p ** s * (1 - p) ** (n - 1 - s))));
    expectNear(values, wanted, 1e-12);
  });

  test("with the one chance ½ is Banzhaf", async () => {
    const { values } = await valuesOf("ame", n, [worth], { settings: { chances: "0.5" } });
    expectNear(values, (await valuesOf("banzhaf", n, [worth])).values, 1e-12);
  });

  test.each(["0.2 0.4 0.6 0.8", "0.3", "0.5, 0.9"])(
    "by regression comes to that within standard errors (%s)",
    async (chances) => {
      const exact = await valuesOf("ame", n, [worth], { settings: { chances } });
      const settings = { chances, sampler: "drawn", trainings: 6000 };
      const found = await valuesOf("ame", n, [worth], { settings });
      within(found.values, exact.values, found.standardErrors);
      expect(await valuesOf("ame", n, [worth], { settings, width: 4 })).toEqual(found);
    },
  );

  test("of an additive game with one chance is exact from as many subsets as there are unknowns", async () => {
    const weights = [1, -2, 3, 0.5, 0, 4];
    const settings = { chances: "0.4", sampler: "drawn", trainings: 30 };
    expectNear((await valuesOf("ame", n, [additive(weights)], { settings })).values, weights, 1e-9);
  });

  test("a penalty brings effects nearer to 0 by itself, and small ones to 0", async () => {
    const weights = [1, -2, 3, 0.05, 0, -0.02];
    const wanted = [0.9, -1.9, 2.9, 0, 0, 0];
    const exact = await valuesOf("ame", n, [additive(weights)], { settings: { penalty: 0.1 } });
    expectNear(exact.values, wanted, 1e-12);
    const settings = { penalty: 0.1, sampler: "drawn", chances: "0.5", trainings: 20_000 };
    const found = await valuesOf("ame", n, [additive(weights)], { settings });
    expectNear(found.values, wanted, 0.02);
    expect([...found.values].slice(3)).toEqual([0, 0, 0]);
    expect(found.standardErrors).toBeUndefined();
  });

  test("with a penalty finds the few who matter among more players than subsets", async () => {
    const many = 300;
    const weights = Array.from({ length: many }, (_, k) => (k % 60 === 7 ? 3 : 0));
    const settings = { penalty: 0.4, chances: "0.5", trainings: 150 };
    const { values, statuses } = await valuesOf("ame", many, [additive(weights)], { settings });
    const found = [...values.keys()].filter((k) => Math.abs(values[k]) > 0.5);
    expect(found).toEqual([...weights.keys()].filter((k) => weights[k] > 0));
    expect(statuses[0]).toBe("converged");
  });

  test("what does not determine the regression is refused or said", async () => {
    const refused = (settings: object, players = 20) =>
      expect(valuesOf("ame", players, [sizeOf], { settings: { ...settings } })).rejects.toMatchObject({
        code: "bad-input",
      });
    await refused({ trainings: 21 });
    await refused({ chances: "0.5 1" });
    await refused({ chances: "" });
    await refused({ chances: "a" });
    await refused({ penalty: 1 }, 100_000);
    let seconds = 10;
    const cut = await valuesOf("ame", 20, [sizeOf], { secondsLeft: () => seconds-- });
    expect(cut.statuses).toEqual(new Array(20).fill("breakdown"));
  });
});

test("noise of a label lowers its consistency", async () => {
  // Players predict the mean of the others' labels; one label is moved away from them.
  const labels = (noise: number) => [0.1, -0.2, 0.05, 0.15, -0.1, noise];
  const scoreOf = async (noise: number) => {
    const own = (present: Uint8Array, k: number) => {
      const there = membersOf(present.reduce((mask, bit, j) => mask | (bit << j), 0));
      const guess = there.length === 0 ? 0 : mean(there.map((j) => labels(noise)[j]));
      return -((labels(noise)[k] - guess) ** 2);
    };
    return (await ownValuesOf("consistency", 6, own)).values[5];
  };
  const scores = [await scoreOf(0), await scoreOf(1), await scoreOf(2)];
  expect(scores[0]).toBeGreaterThan(scores[1]);
  expect(scores[1]).toBeGreaterThan(scores[2]);
});
