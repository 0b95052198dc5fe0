/** A factor that is born has its best length, and columns are added and taken away without a change of what stays. */

import { describe, expect, test } from "vitest";
import { plantedFactors } from "../../../src/data/synthetic.ts";
import {
  type FactorizationSettings,
  factorization,
  placesOf,
  withChanged,
  withColumns,
} from "../../../src/objective/factorization.ts";
import { addFactors, liveFactors } from "../../../src/training/factors/births.ts";
import { withoutFactors } from "../../../src/training/factors/path/beginning.ts";
import { pairsBeside } from "../../../src/training/factors/path/top-pairs.ts";
import { kernels, settingsOf } from "../../support/small.ts";

const { interactions } = plantedFactors({ users: 30, items: 20, ratings: 300, factors: 3, noise: 0.5, seed: 4 });
const implicit = { biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 2 } } as const;
const kinds = {
  ratings: settingsOf({ factors: 2, l2: 1 }),
  "interaction L2": settingsOf({ factors: 2, l2: 0.05, l2Bias: 0.1, regularizer: "interaction" }),
  "implicit feedback": settingsOf({ factors: 2, l2: 1, ...implicit }),
} satisfies Record<string, FactorizationSettings>;

describe.each(Object.entries(kinds))("%s", (_, settings) => {
  test("J is least along a pair where it is put, by a singular value that J's curvature there confirms", async () => {
    const objective = factorization(settings, interactions);
    const { stride, itemsAt } = placesOf(objective.shape);
    const one = { ...objective.shape, factors: 1 };
    const none = withColumns(one, await withoutFactors(objective, { kernels }), settings.factors);
    const session = kernels.open(objective.problem);
    const gradient = new Float64Array(objective.parameterCount);
    const valueAt = (point: Float64Array) => {
      session.setPoint(point);
      return session.evaluate(gradient);
    };
    const before = valueAt(none);
    const residuals = new Float64Array(interactions.size);
    session.residuals(residuals);
    const [pair] = await pairsBeside(objective, none, residuals, { live: 0, count: 2 });
    const born = none.slice();
    addFactors(objective, born, 0, [pair]);
    const stretched = (by: number) => {
      const point = born.slice();
      for (let at = 0; at < itemsAt + interactions.itemCount * stride; at += stride) point[at] *= by;
      return valueAt(point);
    };
    const best = stretched(1);
    for (const by of [0.97, 1.03]) expect(stretched(by)).toBeGreaterThan(best);
    // J(c) − J = c²(λ − σ) to the fourth order: of a short pair that is all.
    const short = 1e-3;
    const slope = (stretched(short) - before) / short ** 2;
    const squares = born.reduce((sum, x, k) => sum + (k < itemsAt && k % stride === 0 ? scaleOf(k) * x * x : 0), 0);
    function scaleOf(k: number): number {
      return objective.problem.userScale[k / stride];
    }
    expect(slope / (squares * (settings.l2 - pair.sigma))).toBeCloseTo(1, 4);
    session.close();
  });

  test("columns come and go", () => {
    const { shape, parameterCount } = factorization(settings, interactions);
    const params = Float64Array.from({ length: parameterCount }, (_, k) => Math.sin(k + 1));
    const wide = withColumns(shape, params, 5);
    expect(withColumns({ ...shape, factors: 5 }, wide, 2)).toEqual(params);
    expect(liveFactors({ ...shape, factors: 5 }, wide)).toBe(2);
    const changed = withChanged(factorization(settings, interactions), { factors: 5 });
    expect(wide).toHaveLength(changed.parameterCount);
  });
});
