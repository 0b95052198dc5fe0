/** Laws of how far parameters are from an optimum: near one, the Newton step tells the excess of J and the shift of the scores. */

import { describe, expect, test } from "vitest";
import { score } from "../../../src/model/factor-model.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { type Factorization, factorization, placesOf } from "../../../src/objective/factorization.ts";
import { suboptimalityOfFactors } from "../../../src/training/factors/suboptimality.ts";
import { modelOf, train } from "../../../src/training/index.ts";
import { run } from "../../support/run.ts";
import { anyParams, evaluate, expectNear, forms, kernels, normals, settingsOf, tastes } from "../../support/small.ts";

/** Ratings are confidences above 1 here, so that no pair weighs nothing; one in three weighs much. */
const implicit = settingsOf({
  ...{ factors: 3, biases: false, mean: { kind: "fixed", value: 0 }, l2: 6 },
  confidence: { base: 2, alpha: 3 },
});

describe.each([...forms, ["every pair", implicit] as const])("%s", (_, settings) => {
  const objective = factorization(settings, tastes());

  test("near an optimum, the excess and the shift are those of J and of the scores", async () => {
    const best = await train(objective, { kernels, tolerance: 1e-11 });
    const noise = normals(objective.parameterCount, 4);
    const params = best.params.map((x, k) => x + 1e-4 * noise[k]);
    const found = await suboptimalityOfFactors(objective, params, run);
    const { value, gradient } = evaluate(objective, params);
    expect(found.solver).toBe("converged");
    expect([found.objective, found.gradientNorm]).toEqual([value, norm(gradient)]);
    const shifts = fitted(objective, params).map((x, k) => x - fitted(objective, best.params)[k]);
    for (const [what, told, wanted] of [
      ["excess", found.objectiveExcess, value - best.value],
      ["shift", found.scoreShift, norm(shifts) / Math.sqrt(shifts.length)],
    ] as const) {
      expect(wanted, what).toBeGreaterThan(0);
      expect(Math.abs((told ?? Number.NaN) / wanted - 1), what).toBeLessThan(0.02);
    }
  });

  test("the relative gradient is that by the gradient of the L2, which is all there is without ratings", async () => {
    const { regularizer, l2, l2Bias } = settings;
    const params = anyParams(objective);
    const { byUser, byItem, size } = objective.interactions;
    const { stride, itemsAt, meanAt } = placesOf(objective.shape);
    const rows = (start: Uint32Array, r: number) => (regularizer === "table" ? 1 : start[r + 1] - start[r]);
    const penalty = params.map((x, k) => {
      if (k === meanAt) return 0;
      const r = Math.floor(k / stride);
      const scale = k < itemsAt ? rows(byUser.start, r) : rows(byItem.start, r - 30);
      return scale * (k % stride < settings.factors ? l2 : l2Bias) * x;
    });
    const { relativeGradient, gradientNorm } = await suboptimalityOfFactors(objective, params, run);
    expectNear([relativeGradient], [gradientNorm / norm(penalty)], 1e-12);
    if (regularizer === "interaction" || settings.confidence) return;
    const empty = objective.without(Uint32Array.from({ length: size }, (_, row) => row));
    expectNear([(await suboptimalityOfFactors(empty, params, run)).relativeGradient], [1], 1e-12);
  });
});

/** Scores of the training pairs. */
function fitted(objective: Factorization, params: Float64Array): Float64Array {
  const { users, items, size } = objective.interactions;
  return Float64Array.from({ length: size }, (_, row) => score(modelOf({ objective, params }), users[row], items[row]));
}
