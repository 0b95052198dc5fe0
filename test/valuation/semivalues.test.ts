/** Laws of semivalues: definitions by orders and by sets, closed forms, axioms, and what draws of any kind come to. */

import { describe, expect, test } from "vitest";
import { ranksStable } from "../../src/valuation/sampling/stopping.ts";
import { expectNear } from "../support/small.ts";
import { type Play, valuesOf, type Worth } from "./asking.ts";
import { additive, airport, byOrders, bySets, gloves, majority, tableGame, unanimity } from "./games.ts";

const all = { settings: { sampler: "all" } };

/** One over what a set of this size weighs, by definition. */
const half = (n: number) => () => 2 ** -(n - 1);

/** B(a, b) of whole numbers. */
const betaFunction = (a: number, b: number) => (factorial(a - 1) * factorial(b - 1)) / factorial(a + b - 1);
const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));

describe("games with closed forms", () => {
  test.each([
    ["additive", additive([3, -1, 0.5, 0]), [3, -1, 0.5, 0]],
    ["unanimity", unanimity([0, 2, 3]), [1 / 3, 0, 1 / 3, 1 / 3]],
    ["majority", majority, [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
    ["gloves", gloves(1), [3 / 4, 1 / 12, 1 / 12, 1 / 12]],
    ["airport", airport([1, 2, 4, 4]), [1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 1, 1 / 4 + 1 / 3 + 1]],
  ] as const)("%s has its Shapley values", async (_, worth, expected) => {
    const { values, evaluations, standardErrors, statuses } = await valuesOf("shapley", 4, [worth]);
    expectNear(values, expected, 1e-12);
    expect(evaluations).toBe(16);
    expect(standardErrors).toBeUndefined();
    expect(statuses).toEqual(new Array(4).fill("converged"));
  });

  test("unanimity of t players is worth ½ to the power t − 1 to each by Banzhaf", async () => {
    const { values } = await valuesOf("banzhaf", 5, [unanimity([1, 2, 4])]);
    expectNear(values, [0, 1 / 4, 1 / 4, 0, 1 / 4], 1e-12);
  });
});

describe("exact values are those of the definition", () => {
  const n = 6;
  const worths = [tableGame(n, 1), tableGame(n, 2)];
  const both = (of: (worth: Worth) => number[]) => worths.flatMap(of);

  test("Shapley: the mean over all orders", async () => {
    const { values } = await valuesOf("shapley", n, worths);
    expectNear(
      values,
      both((worth) => byOrders(worth, n)),
      1e-12,
    );
  });

  test("Banzhaf: the mean over all sets", async () => {
    const { values } = await valuesOf("banzhaf", n, worths);
    expectNear(
      values,
      both((worth) => bySets(worth, n, half(n))),
      1e-12,
    );
  });

  test.each([
    [16, 1],
    [4, 1],
    [2, 3],
    [1, 4],
  ])("Beta(%i, %i): every set of s others weighs B(s + β, n − 1 − s + α)/B(α, β)", async (alpha, beta) => {
    const { values } = await valuesOf("beta-shapley", n, worths, { settings: { alpha, beta } });
    const weight = (s: number) => betaFunction(s + beta, n - 1 - s + alpha) / betaFunction(alpha, beta);
    expectNear(
      values,
      both((worth) => bySets(worth, n, weight)),
      1e-12,
    );
  });

  test("Beta(1, 1) is Shapley, and a large β is leave-one-out", async () => {
    const { values } = await valuesOf("beta-shapley", n, worths, { settings: { alpha: 1, beta: 1 } });
    expectNear(values, (await valuesOf("shapley", n, worths)).values, 1e-12);
    const late = await valuesOf("beta-shapley", n, worths, { settings: { alpha: 1, beta: 1e9 } });
    const loo = both((worth) => bySets(worth, n, (s) => (s === n - 1 ? 1 : 0)));
    expectNear(late.values, loo, 1e-7);
  });
});

describe.each(["shapley", "beta-shapley", "banzhaf"])("axioms of %s", (name) => {
  const n = 5;
  const [one, other] = [tableGame(n, 3), tableGame(n, 4)];

  test("linear in the game", async () => {
    const { values } = await valuesOf(name, n, [one, other, (present) => 2 * one(present) - 3 * other(present)]);
    const wanted = values.subarray(0, n).map((x, k) => 2 * x - 3 * values[n + k]);
    expectNear(values.subarray(2 * n), wanted, 1e-12);
  });

  test("who adds nothing is worth nothing, who adds a constant is worth that, and who add the same are worth the same", async () => {
    const worth: Worth = (present) => one(present.map((bit, k) => (k === 2 || k === 4 ? 0 : bit))) + 5 * present[4];
    const dummy = await valuesOf(name, n, [worth]);
    expectNear([dummy.values[2], dummy.values[4]], [0, 5], 1e-12);
    const pair: Worth = (present) => one(Uint8Array.of(present[0] + present[1] > 0 ? 1 : 0, 0, ...present.slice(2)));
    const { values } = await valuesOf(name, n, [pair]);
    expectNear([values[0]], [values[1]], 1e-12);
  });
});

test("Shapley values sum to what all are worth beyond nobody, exact and drawn", async () => {
  const worth = tableGame(7, 5);
  const whole = worth(new Uint8Array(7).fill(1)) - worth(new Uint8Array(7));
  for (const sampler of ["all", "permutations", "antithetic"]) {
    const { values } = await valuesOf("shapley", 7, [worth], { settings: { sampler, trainings: 128 } });
    expectNear([values.reduce((sum, x) => sum + x, 0)], [whole], 1e-12);
  }
});

describe("drawn values", () => {
  const n = 6;
  const worth = tableGame(n, 6);
  const ways = [
    ["shapley", { sampler: "permutations" }],
    ["shapley", { sampler: "antithetic" }],
    ["shapley", { sampler: "plain" }],
    ["tmc-shapley", { tolerance: 0 }],
    ["tmc-shapley", { tolerance: 0, antithetic: true }],
    ["beta-shapley", { sampler: "permutations", alpha: 4, beta: 2 }],
    ["beta-shapley", { sampler: "antithetic", alpha: 4, beta: 2 }],
    ["beta-shapley", { sampler: "plain", alpha: 4, beta: 2 }],
    ["banzhaf", { sampler: "reuse" }],
    ["banzhaf", { sampler: "plain" }],
  ] as const;
  const exactly = (name: string, settings: object) => {
    const { alpha, beta } = settings as { alpha?: number; beta?: number };
    const exact = name === "tmc-shapley" ? "shapley" : name;
    return valuesOf(exact, n, [worth], { settings: alpha && beta ? { alpha, beta } : {} });
  };

  test.each(ways)("%s by %o come to the exact ones within their standard errors", async (name, settings) => {
    const exact = await exactly(name, settings);
    const found = await valuesOf(name, n, [worth], { settings: { ...settings, trainings: 30_000 } });
    const errors = found.standardErrors ?? new Float64Array();
    found.values.forEach((x, k) => {
      expect(errors[k]).toBeGreaterThan(0);
      expect(errors[k]).toBeLessThan(0.05);
      expect(Math.abs(x - exact.values[k])).toBeLessThan(4.5 * errors[k]);
    });
    expect(found.evaluations).toBeLessThanOrEqual(30_000);
    expect(found.evaluations).toBeGreaterThan(29_900);
  });

  test.each(ways)(
    "%s by %o are the same bytes however many sets are asked about at the same time",
    async (name, settings) => {
      const play = (width?: number): Play => ({ settings: { ...settings, trainings: 333 }, width });
      const wanted = await valuesOf(name, n, [worth, tableGame(n, 7)], play());
      for (const width of [1, 3, 8])
        expect(await valuesOf(name, n, [worth, tableGame(n, 7)], play(width))).toEqual(wanted);
      expect(wanted.evaluations).toBeLessThanOrEqual(333);
      const another = await valuesOf(name, n, [worth], { settings: { ...settings, trainings: 333, seed: 2 } });
      expect(another.values).not.toEqual(wanted.values.subarray(0, n));
    },
  );

  test.each(ways)("%s by %o: measures asked together are those asked alone", async (name, settings) => {
    const play = { settings: { ...settings, trainings: 100 } };
    const worths = [worth, tableGame(n, 8), additive([1, 2, 3, 4, 5, 6])];
    const together = await valuesOf(name, n, worths, play);
    for (const [m, one] of worths.entries()) {
      const alone = await valuesOf(name, n, [one], play);
      expect(together.values.subarray(m * n, (m + 1) * n)).toEqual(alone.values);
      expect(together.standardErrors?.subarray(m * n, (m + 1) * n)).toEqual(alone.standardErrors);
    }
  });

  test("of an additive game are exact from one order, or one sample of each", async () => {
    const weights = [1, -2, 3, 0.5, 0, 4];
    for (const [name, settings] of ways.filter(([, way]) => !("sampler" in way && way.sampler === "reuse"))) {
      if (name === "beta-shapley" && settings.sampler !== "plain") continue;
      const { values } = await valuesOf(name, n, [additive(weights)], { settings: { ...settings, trainings: 12 } });
      expectNear(values, weights, 1e-12);
    }
  });
});

test("what pairs of players add is exact from one order and its reverse", async () => {
  const n = 6;
  const pairs: Worth = (present) => {
    const there = [...present.keys()].filter((k) => present[k] === 1);
    return there.reduce((sum, k) => sum + there.reduce((part, j) => part + (j < k ? (j + 2) * (k + 1) : 0), k), 0);
  };
  const settings = { sampler: "antithetic", trainings: 12 };
  const { values, notes } = await valuesOf("shapley", n, [pairs], { settings });
  expect(notes?.join()).toMatch("1 pairs of orders");
  expectNear(values, byOrders(pairs, n), 1e-12);
});

describe("maximum sample reuse and plain sampling of Banzhaf values", () => {
  const n = 10;
  const squareError = (found: Float64Array, exact: Float64Array) =>
    found.reduce((sum, x, k) => sum + (x - exact[k]) ** 2, 0);

  test.each([
    ["values are noise", tableGame(n, 9), true],
    ["players add the same to everyone", additive([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), false],
  ] as const)("at equal calls, where %s", async (_, worth, reuseWins) => {
    const exact = await valuesOf("banzhaf", n, [worth], all);
    let [reuse, plain] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const by = (sampler: string) => valuesOf("banzhaf", n, [worth], { settings: { sampler, trainings: 200, seed } });
      reuse += squareError((await by("reuse")).values, exact.values);
      plain += squareError((await by("plain")).values, exact.values);
    }
    if (reuseWins) expect(reuse).toBeLessThan(plain / 2);
    else expect(plain).toBeLessThan(1e-20 * reuse);
  });
});

describe("truncation", () => {
  const n = 5;
  const worth: Worth = (present) => 1 - 2 ** -present.reduce((sum, bit, k) => sum + (k + 1) * bit, 0);

  test("a player's bias is shown: tolerance takes from late players what it saves", async () => {
    const exact = await valuesOf("shapley", n, [worth]);
    const settings = { trainings: 20_000, tolerance: 0.25 };
    const found = await valuesOf("tmc-shapley", n, [worth], { settings });
    const off = found.values.map((x, k) => (x - exact.values[k]) / (found.standardErrors?.[k] ?? 1));
    expect(Math.max(...off.map(Math.abs))).toBeGreaterThan(8);
    const sum = (values: Float64Array) => values.reduce((total, x) => total + x, 0);
    const gap = sum(exact.values) - sum(found.values);
    expect(gap).toBeGreaterThan(0.01);
    // Of an order the tolerance bounds what is left to be shared out.
    expect(gap).toBeLessThan(0.25);
    expect(found.notes?.join()).toMatch(/for \d+ % of their length/);
    expect((await valuesOf("tmc-shapley", n, [worth], { settings: { tolerance: 0 } })).notes?.join()).not.toMatch("%");
  });

  test("with all orders and tolerance 0 it is Shapley: an order that is cut is the order's own sum", async () => {
    // Whoever comes after the walk ended adds 0; the others add what they would have added.
    const seen: number[] = [];
    const found = await valuesOf("tmc-shapley", n, [worth], {
      settings: { trainings: 6, tolerance: 0.3 },
      onSet: (present) => seen.push(worth(present)),
    });
    const most = Math.max(...seen);
    expect(found.values.filter((x) => x === 0).length).toBeGreaterThan(0);
    expectNear(
      [found.values.reduce((sum, x) => sum + x, 0)],
      [seen.filter((x) => most - x < 0.3 && x < most)[0]],
      1e-12,
    );
  });

  test("every measure ends for itself, and the order ends with the last of them", async () => {
    const slow = additive([1, 1, 1, 1, 1]);
    // One order each: the slow measure follows it to its end, and the other's values stay those of its own walk.
    const settings = { trainings: 6, tolerance: 0.3 };
    const both = await valuesOf("tmc-shapley", n, [worth, slow], { settings });
    expectNear(both.values.subarray(n), [1, 1, 1, 1, 1], 1e-12);
    const alone = await valuesOf("tmc-shapley", n, [worth], { settings });
    expect(both.values.subarray(0, n)).toEqual(alone.values);
    expect(alone.values).toContain(0);
    expect(alone.evaluations).toBeLessThan(both.evaluations);
  });
});

describe("stopping", () => {
  const worth = tableGame(15, 10);

  test("by standard error: no further than it takes", async () => {
    const settings = { sampler: "permutations", trainings: 100_000, error: 0.2 };
    const found = await valuesOf("shapley", 8, [tableGame(8, 1)], { settings });
    expect(Math.max(...(found.standardErrors ?? []))).toBeLessThanOrEqual(0.2);
    expect(found.notes?.join()).toMatch("standard errors are at most 0.2");
    const finer = await valuesOf("shapley", 8, [tableGame(8, 1)], { settings: { ...settings, error: 0.1 } });
    expect(finer.evaluations / found.evaluations).toBeGreaterThan(2.5);
    expect(finer.evaluations / found.evaluations).toBeLessThan(6);
  });

  test("by ranks: once they are those of half the samples", async () => {
    const settings = { trainings: 100_000, stability: 0.9 };
    const found = await valuesOf("shapley", 15, [additive([...Array(15).keys()])], { settings });
    expect(found.notes?.join()).toMatch("the ranking is stable");
    expect(found.evaluations).toBeLessThan(1000);
  });

  test("ranks are compared to those of half the samples, not of a few less", () => {
    const rule = ranksStable(0.9, 2);
    const after = (units: number, ...values: number[]) =>
      rule.enough?.({ units, values: () => Float64Array.from(values), standardErrors: () => new Float64Array() });
    expect(after(9, 1, 2, 3, 3, 2, 1)).toBe(false);
    expect(after(10, 1, 2, 3, 3, 2, 1)).toBe(false);
    expect(after(19, 1, 2, 3, 3, 2, 1)).toBe(false);
    // Of one of two measures it changed.
    expect(after(20, 1, 2, 3, 1, 2, 3)).toBe(false);
    expect(after(39, 4, 5, 6, 4, 5, 6)).toBe(false);
    expect(after(40, 4, 5, 6, 4, 5, 6)).toBe(true);
  });

  test("by time: what is whole by then counts, and nothing at all is said", async () => {
    let seconds = 100;
    const found = await valuesOf("shapley", 15, [worth], { secondsLeft: () => seconds-- });
    expect(found.notes?.join()).toMatch("7 orders, until the time was over");
    expect(found.statuses).toEqual(new Array(15).fill("converged"));
    const none = await valuesOf("shapley", 15, [worth], { secondsLeft: () => 0 });
    expect(none.values.every(Number.isNaN)).toBe(true);
    expect(none.statuses).toEqual(new Array(15).fill("step-limit"));
    const exact = await valuesOf("shapley", 4, [tableGame(4, 1)], { secondsLeft: () => 0 });
    expect(exact.statuses).toEqual(new Array(4).fill("step-limit"));
    expect(exact.notes?.join()).toMatch("time was over");
  });

  test("by time: all subsets are taken where one of them shows that there is time, and are drawn otherwise", async () => {
    const game = tableGame(5, 1);
    let seconds = 40;
    const long = await valuesOf("shapley", 5, [game], { secondsLeft: () => seconds, onSet: () => void seconds-- });
    expect(long.standardErrors).toBeUndefined();
    expect(long.statuses).toEqual(new Array(5).fill("converged"));
    seconds = 30;
    for (const name of ["shapley", "banzhaf", "beta-shapley", "ame", "shapley-interaction"]) {
      seconds = 30;
      const short = await valuesOf(name, 5, [game], { secondsLeft: () => seconds, onSet: () => void seconds-- });
      expect(short.notes?.join()).toMatch("until the time was over");
    }
  });

  test("trainings that do not pay for one sample are refused, and so are all subsets of too many", async () => {
    const refused = (name: string, settings: Play["settings"]) =>
      expect(valuesOf(name, 15, [worth], { settings })).rejects.toMatchObject({ code: "bad-input" });
    await refused("shapley", { trainings: 15 });
    await refused("shapley", { sampler: "all" });
    await refused("banzhaf", { sampler: "plain", trainings: 29 });
    await refused("shapley", { trainings: 2.5 });
    await refused("shapley", { stability: 1.5 });
    expect((await valuesOf("shapley", 15, [worth], { settings: { trainings: 16 } })).standardErrors?.[0]).toBeNaN();
  });
});

describe("players", () => {
  test.each(["shapley", "tmc-shapley", "beta-shapley", "banzhaf"])(
    "%s: none are refused, one is what it adds",
    async (name) => {
      await expect(valuesOf(name, 0, [() => 1])).rejects.toMatchObject({ code: "bad-input" });
      const one = await valuesOf(name, 1, [([there]) => 3 + 4 * there]);
      expect(one.values).toEqual(Float64Array.of(4));
      expect(one.statuses).toEqual(["converged"]);
    },
  );

  test.each(["all", "permutations"])(
    "a training that does not converge says so of the values (%s)",
    async (sampler) => {
      const status: Play["status"] = (present) => (present[2] + present[3] === 1 ? "step-limit" : "converged");
      const found = await valuesOf("shapley", 4, [tableGame(4, 1)], { settings: { sampler }, status });
      expect(found.statuses).toEqual(new Array(4).fill("step-limit"));
    },
  );
});
