/** The influence function of any model against its dense formula, and against optima with a row a little heavier and lighter. */

import { describe, expect, test } from "vitest";
import { fixedDataInfluence, scoredInfluenceFunction } from "../../../src/influence/index.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { fitTarget, marginTarget, meanFitTarget, rankTarget, scoreTarget } from "../../../src/objective/target.ts";
import { minimised, solved, weightedObjective } from "../../model/graph/weighted.ts";
import { allRows, expectNear, farthest } from "../../small.ts";
import { byWeight, hessianAt, lossGradient, onesOf, ownGradient, targetAt, targetSlope } from "./dense.ts";
import { ask, caseNames, dataNames, localNames, objectiveOf, optimum, optimumOf } from "./subjects.ts";

const exact = scoredInfluenceFunction({ tolerance: 1e-10 });
const fixed = fixedDataInfluence({ tolerance: 1e-10 });

/** One of every form. */
const targets = [
  scoreTarget(3, 2),
  marginTarget(5, 4, 0),
  fitTarget(7, 6, 1.5),
  meanFitTarget([0, 4, 11], [1, 1, 9], [1, 0, 2]),
  rankTarget(8, 7, [0, 2, 5, 9], 0.5),
];

describe.each(caseNames)("%s", (name) => {
  test("is −∇targetᵀH⁺·∂∇J, with what the weight changes in the target itself", async () => {
    const { objective, params } = await optimum(name);
    const hessian = hessianAt(objective, params);
    const rows = allRows(objective.interactions);
    for (const target of targets) {
      const s = solved(hessian, targetSlope(objective, params, target));
      const wanted = Array.from(rows, (row) => {
        const { gradient, value } = byWeight(objective, params, row, target);
        return value - dot(s, gradient);
      });
      const found = await ask(exact, await optimum(name), target, rows);
      expect(found.status).toBe("converged");
      expect(found.residual).toBeLessThanOrEqual(1e-10);
      expectNear(found.scores, wanted, 1e-6, { floor: 1e-3, what: target.label });
    }
  });

  test("with the data held, it is −∇targetᵀH⁺·∇loss", async () => {
    const { objective, params } = await optimum(name);
    const rows = allRows(objective.interactions).filter((row) => row % 4 === 0);
    const s = solved(hessianAt(objective, params), targetSlope(objective, params, targets[0]));
    const wanted = Array.from(rows, (row) => -dot(s, lossGradient(objective, params, row)));
    const found = await ask(fixed, await optimum(name), targets[0], rows);
    expectNear(found.scores, wanted, 1e-7, { floor: 1e-3 });
  });

  test("is how the optimum moves with the weight of a row", async () => {
    const trained = await optimum(name);
    const { objective, params } = trained;
    const rows = allRows(objective.interactions).filter((row) => row % 9 === 1);
    const base = minimised(weightedObjective(objective, onesOf(objective)), params);
    const step = 1e-4;
    for (const target of [targets[0], targets[4]]) {
      const wanted = Array.from(rows, (row) => {
        const [up, down] = [1 + step, 1 - step].map((w) => {
          const weights = onesOf(objective).with(row, w);
          return targetAt(objective, minimised(weightedObjective(objective, weights), base), target, weights);
        });
        return (up - down) / (2 * step);
      });
      const size = Math.max(...wanted.map(Math.abs));
      expect(size).toBeGreaterThan(1e-3);
      const found = await ask(exact, trained, target, rows);
      const alone = await ask(fixed, trained, target, rows);
      expectNear(found.scores, wanted, 1e-5, { floor: size });
      if (dataNames.includes(name)) expect(farthest(alone.scores, wanted)).toBeGreaterThan(0.01 * size);
      else expect(alone.scores).toEqual(found.scores);
    }
  });
});

describe.each(localNames)("%s with interaction L2", (name) => {
  test("a row takes its share of the L2 along", async () => {
    const trained = await optimumOf(
      objectiveOf(name, { regularizer: "interaction", l2: name === "gmf" ? 0.02 : 0.15 }),
    );
    const { objective, params } = trained;
    const rows = allRows(objective.interactions);
    const s = solved(hessianAt(objective, params), targetSlope(objective, params, targets[1]));
    const wanted = Array.from(rows, (row) => -dot(s, ownGradient(objective, params, row)));
    const r = await ask(exact, trained, targets[1], rows);
    expect(r.status).toBe("converged");
    expectNear(r.scores, wanted, 1e-7, { floor: 1e-3 });
  });
});
