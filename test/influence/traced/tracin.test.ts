/** TracIn against a plain loop over the batches that training made. */

import { describe, expect, test } from "vitest";
import { estimators, tracin } from "../../../src/influence/index.ts";
import { makeNamed } from "../../../src/method/index.ts";
import { pearson } from "../../../src/numeric/statistics.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { forEachShare, valueAt } from "../../../src/objective/derivatives.ts";
import { marginTarget, scoreTarget, type Target } from "../../../src/objective/target.ts";
import { batchLog } from "../../../src/training/batches/batch-log.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { trajectoryOf } from "../../../src/training/trajectory/trajectory.ts";
import { slowRowGradient, slowTargetGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf, smoothOf } from "../../support/trained.ts";
import { walked } from "../../support/walked.ts";

/** −Σ (η/b)·∇target·∇ℓ_k with gradients of single rows, each over all parameters. */
async function byLoop(model: TrainedModel, target: Target): Promise<Float64Array> {
  const { objective, params } = smoothOf(model);
  const log = batchLog();
  const { interactions, keys } = model;
  await model.trainer.train({ interactions, keys }, model.seed, { ...run, onBatch: log.onBatch });
  const out = new Float64Array(interactions.size);
  for (const { epoch, units, learningRate, params: before = params } of log.records) {
    const drawn = epoch === 0 ? objective : objective.redrawn(epoch);
    const gradient = slowTargetGradient(drawn, before, target);
    for (const unit of units)
      out[unit] -= (learningRate / units.length) * dot(gradient, slowRowGradient(drawn, before, unit));
  }
  return out;
}

/** target(end) − target(start). */
async function changeOf(model: TrainedModel, target: Target): Promise<number> {
  const { objective, params } = smoothOf(model);
  let start: Float64Array | undefined;
  await trajectoryOf(model, run).forwards(({ params: before }) => {
    start ??= before.slice();
  });
  return valueAt(objective, params, target) - valueAt(objective, start ?? params, target);
}

/** What the L2 that no row carries did to a target: in every step its share of the pull on what the step moves, less what the rows of the batch carry of it. */
async function ofL2(model: TrainedModel, target: Target): Promise<number> {
  let sum = 0;
  await trajectoryOf(model, run).forwards(({ objective, params, units, learningRate, divisor, moved }) => {
    const gradient = slowTargetGradient(objective, params, target);
    const pulled = new Float64Array(params.length);
    moved.forEach((from, to, pull) => {
      for (let k = from; k < to; k++) pulled[k] += pull * params[k];
    });
    forEachShare(objective, units, (_, from, to, weight) => {
      for (let k = from; k < to; k++) pulled[k] -= weight * params[k];
    });
    sum -= (learningRate / divisor) * dot(gradient, pulled);
  });
  return sum;
}

describe("tracin", () => {
  test.each(["mf-squared", "mf-bpr", "mf-logistic", "gmf", "mlp", "light-gcn"] as const)(
    "is the sum over the steps of a row (%s)",
    async (name) => {
      const model = await walked(name);
      const rows = Uint32Array.from({ length: model.interactions.size }, (_, row) => row);
      const target = scoreTarget(3, 1);
      const { scores } = await influenceOf(tracin, model, target, rows);
      expectNear(scores, await byLoop(model, target), 1e-12);
    },
  );

  test("refuses what is no sum over rows, unless that is asked for", async () => {
    for (const recipe of [{ optimizer: "adam", learningRate: 0.01 }, { momentum: 0.5 }] as const) {
      const model = await walked("mf-squared", recipe);
      expect(() => makeNamed(estimators, "tracin", model)).toThrow(/heuristic/);
      expect(() => makeNamed(estimators, "tracin", model, { heuristic: true })).not.toThrow();
    }
  });

  test.each([
    ["mf-squared", {}],
    ["mf-squared", { regularizer: "interaction", model: { biases: true, mean: "learned" } }],
    ["mf-bpr", {}],
    ["mlp", {}],
    ["light-gcn", {}],
  ] as const)("rows and the L2 add up to the change of the target as steps get short (%s, %j)", async (name, over) => {
    const target = scoreTarget(3, 1);
    const apart = [];
    for (const learningRate of [2e-3, 1e-3]) {
      const model = await walked(name, { learningRate, batch: 20, epochs: 6 }, over);
      const rows = allRows(model.interactions);
      const { scores } = await influenceOf(tracin, model, target, rows);
      const ofRows = scores.reduce((sum, x) => sum + x, 0);
      const change = await changeOf(model, target);
      apart.push(Math.abs(ofRows + (await ofL2(model, target)) - change) / learningRate ** 2);
    }
    // What is missing is of second order: over η² it tends to a constant.
    expect(apart[0] / apart[1]).toBeGreaterThan(0.9);
    expect(apart[0] / apart[1]).toBeLessThan(1.1);
  });
});

describe("tracin, ideal", () => {
  test.each(["mf-squared", "mf-bpr", "mlp", "light-gcn"] as const)(
    "is what each step of one row did, and adds up to the change of the target (%s)",
    async (name) => {
      const model = await walked(name, { batch: 1, epochs: 2, learningRate: 0.1 });
      const target = marginTarget(3, 1, 6);
      const rows = allRows(model.interactions);
      const { scores } = await influenceOf(tracin, model, target, rows, { form: "ideal" });
      const change = await changeOf(model, target);
      expect(Math.abs(change)).toBeGreaterThan(1e-4);
      expectNear([scores.reduce((sum, x) => sum + x, 0)], [change], 1e-12);
      // Row by row the first-order form is near, without the L2 of the step.
      const first = await influenceOf(tracin, model, target, rows);
      expect(pearson(scores, first.scores)).toBeGreaterThan(0.9);
      expect(scores).not.toEqual(first.scores);
    },
  );

  test("refuses steps of several rows, and of whole users", async () => {
    const several = await walked("mf-squared");
    const listwise = await walked("mult-vae", { batch: 1 });
    expect(() => makeNamed(estimators, "tracin-ideal", several)).toThrow(/batches of 7.*`batch` 1/);
    expect(() => makeNamed(estimators, "tracin-ideal", listwise)).toThrow(/whole users/);
  });
});
