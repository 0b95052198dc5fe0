/** The path where there is little, much or nothing to follow. */

import { describe, expect, test } from "vitest";
import { interactionsOf } from "../../../../src/data/interactions.ts";
import { type FactorizationSettings, factorization, placesOf } from "../../../../src/objective/factorization.ts";
import { continued } from "../../../../src/training/factors/path/continuation.ts";
import { train } from "../../../../src/training/index.ts";
import { interactionsFrom, kernels, settingsOf, tastes } from "../../../support/small.ts";

/** Users 5 and 6 have nothing; user 2 and items 2 and 3 nothing that is liked. */
const clicks = interactionsFrom(
  [
    [0, 0, 1],
    [0, 1, 1],
    [1, 1, 2],
    [1, 2, 0],
    [2, 2, 0],
    [2, 3, 0],
    [3, 0, 1],
    [3, 3, 0],
    [4, 1, 3],
  ],
  7,
  5,
);
const implicit = (over: Partial<FactorizationSettings> = {}) =>
  settingsOf({ biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 1 }, ...over });

describe.each(["table", "interaction"] as const)("implicit feedback, %s L2", (regularizer) => {
  test.each([5, 1, 0.3, 0.01])("rows with nothing that is liked rest at zero, at λ %d", async (l2) => {
    const objective = factorization(implicit({ l2, regularizer }), clicks);
    const { params, status, value } = await continued(objective, { kernels });
    expect(status).toBe("converged");
    const { stride, itemsAt } = placesOf(objective.shape);
    for (const at of [2 * stride, 5 * stride, 6 * stride, itemsAt + 2 * stride, itemsAt + 4 * stride])
      expect(params.subarray(at, at + stride).every((x) => x === 0)).toBe(true);
    const random = await train(objective, { kernels });
    expect(Math.abs(value / random.value - 1)).toBeLessThan(1e-9);
  });

  test("nothing is liked: nothing lives", async () => {
    const nothing = interactionsOf({ ...clicks, ratings: clicks.ratings.map(() => 0) });
    const { params, value, status } = await continued(factorization(implicit({ l2: 0.1, regularizer }), nothing), {
      kernels,
    });
    expect([status, value, params.every((x) => x === 0)]).toEqual(["converged", 0, true]);
  });
});

test.each<[string, Partial<FactorizationSettings>]>([
  ["more factors than items", { factors: 40, l2: 1 }],
  ["as many as there are", { factors: 20, l2: 1 }],
  ["biases that are free", { l2Bias: 1e-6, l2: 2 }],
  ["biases that are held at zero", { l2Bias: 1e9, l2: 2 }],
  ["a fixed mean far from the ratings", { mean: { kind: "fixed", value: 1000 }, l2: 2, factors: 8 }],
  ["a tiny λ", { l2: 1e-4 }],
])("%s: it arrives, and no higher than one of five seeds", async (_, over) => {
  const objective = factorization(settingsOf(over), tastes());
  const { value, status } = await continued(objective, { kernels, tolerance: 1e-7 });
  expect(status).toBe("converged");
  const seeds = [1, 2, 3, 4, 5].map((seed) => train(objective, { kernels, seed, tolerance: 1e-7 }));
  const most = Math.max(...(await Promise.all(seeds)).map((end) => end.value));
  expect(value).toBeLessThanOrEqual(most * (1 + 1e-9));
});

test("one rating that is a million: the path arrives", async () => {
  const set = tastes();
  const out = interactionsOf({ ...set, ratings: set.ratings.map((rating, row) => (row === 5 ? 1e6 : rating)) });
  const { status } = await continued(factorization(settingsOf({ l2: 4 }), out), { kernels, tolerance: 1e-3 });
  expect(status).toBe("converged");
});
