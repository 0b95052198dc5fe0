/** The influence function of any model against its dense formula, and against optima with a row a little heavier and lighter. */

import { describe, expect, test } from "vitest";
import { influenceFunction } from "../../src/influence/index.ts";
import { groupPlayers, measureOf } from "../../src/method/index.ts";
import { dot } from "../../src/numeric/vector.ts";
import {
  fitTarget,
  marginTarget,
  meanFitTarget,
  rankTarget,
  scoreTarget,
  type Target,
} from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { minimised, solved, weightedObjective } from "../model/graph/weighted.ts";
import { byWeight, hessianAt, lossGradient, onesOf, ownGradient, targetAt, targetSlope } from "../support/dense.ts";
import { allRows, expectNear, farthest } from "../support/small.ts";
import { objectiveOf, optimum, optimumOf, type SubjectName } from "../support/subjects.ts";
import { influenceOf, smoothOf } from "../support/trained.ts";
import { estimateBy } from "./asking.ts";

const exact = (model: TrainedModel, target: Target, rows: Uint32Array) =>
  influenceOf(influenceFunction, model, target, rows, { tolerance: 1e-10 });
const fixed = (model: TrainedModel, target: Target, rows: Uint32Array) =>
  influenceOf(influenceFunction, model, target, rows, { tolerance: 1e-10, data: "fixed" });

/** Those whose scores read the tables of one user and one item alone, and those whose model is built on the interactions. */
const localNames: SubjectName[] = ["mf-bpr", "mf-logistic", "mf-squared", "mf-items", "gmf", "mlp"];
const dataNames: SubjectName[] = ["light-gcn", "mult-vae"];
const names = [...localNames, ...dataNames];

/** One of every form. */
const targets = [
  scoreTarget(3, 2),
  marginTarget(5, 4, 0),
  fitTarget(7, 6, 1.5),
  meanFitTarget([0, 4, 11], [1, 1, 9], [1, 0, 2]),
  rankTarget(8, 7, [0, 2, 5, 9], 0.5),
];

describe.each(names)("%s", (name) => {
  test("is −∇targetᵀH⁺·∂∇J, with what the weight changes in the target itself", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const hessian = hessianAt(objective, params);
    const rows = allRows(objective.interactions);
    for (const target of targets) {
      const s = solved(hessian, targetSlope(objective, params, target));
      const wanted = Array.from(rows, (row) => {
        const { gradient, value } = byWeight(objective, params, row, target);
        return value - dot(s, gradient);
      });
      const found = await exact(model, target, rows);
      expect(found.status).toBe("converged");
      expect(found.residual).toBeLessThanOrEqual(1e-10);
      expectNear(found.scores, wanted, 1e-6, { floor: 1e-3, what: target.label });
    }
  });

  test("with the data held, it is −∇targetᵀH⁺·∇loss", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const rows = allRows(objective.interactions).filter((row) => row % 4 === 0);
    const s = solved(hessianAt(objective, params), targetSlope(objective, params, targets[0]));
    const wanted = Array.from(rows, (row) => -dot(s, lossGradient(objective, params, row)));
    const found = await fixed(model, targets[0], rows);
    expectNear(found.scores, wanted, 1e-7, { floor: 1e-3 });
  });

  test("is how the optimum moves with the weight of a row", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const rows = allRows(objective.interactions).filter((row) => row % 9 === 1);
    const base = minimised(weightedObjective(objective, onesOf(objective)), params);
    const step = 1e-4;
    const optima = Array.from(rows, (row) =>
      [1 + step, 1 - step].map((w) => {
        const weights = onesOf(objective).with(row, w);
        return { weights, there: minimised(weightedObjective(objective, weights), base) };
      }),
    );
    for (const target of [targets[0], targets[4]]) {
      const wanted = optima.map((both) => {
        const [up, down] = both.map(({ weights, there }) => targetAt(objective, there, target, weights));
        return (up - down) / (2 * step);
      });
      const size = Math.max(...wanted.map(Math.abs));
      expect(size).toBeGreaterThan(1e-3);
      const found = await exact(model, target, rows);
      const alone = await fixed(model, target, rows);
      expectNear(found.scores, wanted, 1e-5, { floor: size });
      if (dataNames.includes(name)) expect(farthest(alone.scores, wanted)).toBeGreaterThan(0.01 * size);
      else expect(alone.scores).toEqual(found.scores);
    }
  });
});

describe.each(names)("a group in %s", (name) => {
  test("is the sum of its rows, and how the optimum moves with the weight that they have in common", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const group = allRows(objective.interactions).filter((row) => row % 9 === 1);
    const base = minimised(weightedObjective(objective, onesOf(objective)), params);
    const step = 1e-4;
    const value = (weight: number) => {
      const weights = onesOf(objective).map((x, row) => (group.includes(row) ? weight : x));
      return targetAt(objective, minimised(weightedObjective(objective, weights), base), targets[0], weights);
    };
    const wanted = (value(1 + step) - value(1 - step)) / (2 * step);
    const measures = [measureOf(targets[0], model.unit)];
    const asking = { settings: { tolerance: 1e-10 } };
    const players = groupPlayers([group, group.subarray(0, 2), group.subarray(2)]);
    const { values } = await estimateBy("influence-function", model, measures, players, asking);
    const single = await exact(model, targets[0], group);
    expectNear([values[0]], [wanted], 1e-5, { floor: Math.max(...single.scores.map(Math.abs)) });
    expectNear([values[0], values[0]], [values[1] + values[2], single.scores.reduce((sum, x) => sum + x, 0)], 1e-12);
  });
});

describe.each(localNames)("%s with interaction L2", (name) => {
  test("a row takes its share of the L2 along", async () => {
    const model = await optimumOf(objectiveOf(name, { regularizer: "interaction", l2: name === "gmf" ? 0.02 : 0.15 }));
    const { objective, params } = smoothOf(model);
    const rows = allRows(objective.interactions);
    const s = solved(hessianAt(objective, params), targetSlope(objective, params, targets[1]));
    const wanted = Array.from(rows, (row) => -dot(s, ownGradient(objective, params, row)));
    const r = await exact(model, targets[1], rows);
    expect(r.status).toBe("converged");
    expectNear(r.scores, wanted, 1e-7, { floor: 1e-3 });
  });
});

describe.each(["mf", "mf-interaction", "ials", "ials-interaction", "additive"] as const)("%s", (name) => {
  test("is −∇targetᵀH⁺·(∇J − ∇J without the row)", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const rows = allRows(objective.interactions).filter((row) => row % 4 === 0);
    const s = solved(hessianAt(objective, params), targetSlope(objective, params, targets[1]));
    const wanted = Array.from(rows, (row) => -dot(s, ownGradient(objective, params, row)));
    const found = await exact(model, targets[1], rows);
    expect(found.status).toBe("converged");
    expectNear(found.scores, wanted, 1e-7, { floor: 1e-3 });
  });
});
