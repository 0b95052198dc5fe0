/** TracIn against a plain loop over the batches that training made. */

import { describe, expect, test } from "vitest";
import { estimators, tracin } from "../../../src/influence/index.ts";
import { makeNamed } from "../../../src/method/index.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { scoreTarget, type Target } from "../../../src/objective/target.ts";
import { batchLog } from "../../../src/training/batches/batch-log.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { slowRowGradient, slowTargetGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { expectNear } from "../../support/small.ts";
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
});
