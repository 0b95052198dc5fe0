/** Memorization at checkpoints: what every row's own gradient did to the fit of that row. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimate, PreparedEstimator } from "../../method/estimator.ts";
import { ownOneByOne } from "../../method/own.ts";
import { rowFitSlope } from "../../method/own-fit.ts";
import type { Players } from "../../method/players.ts";
import { ownProductsInSteps } from "../../objective/own-products.ts";
import { finishYielding } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** The same estimator, with all rows' own influences in one pass a checkpoint where rows read few parameters; other players one by one. */
export function withOwn(
  prepared: PreparedEstimator,
  model: TrainedModel,
  checkpoints: readonly Checkpoint[],
  run: RunContext,
): PreparedEstimator {
  return {
    ...prepared,
    async own(players) {
      const values = players.single && (await ownOfRows(model, checkpoints, players.single, run));
      return values ? estimateOf(values, players) : ownOneByOne(prepared, model, players, run);
    },
  };
}

function estimateOf(values: Float64Array, { count }: Players): Estimate {
  return { values, statuses: new Array(count).fill("converged"), residual: 0, evaluations: 1 };
}

/** −Σ_c w_c·fit′(score)·⟨∇score, ∇ℓ⟩ of every row, all at its own pair; undefined where rows read all parameters. */
async function ownOfRows(
  model: TrainedModel,
  checkpoints: readonly Checkpoint[],
  rows: Rows,
  run: RunContext,
): Promise<Float64Array | undefined> {
  const out = new Float64Array(rows.length);
  for (const [c, { objective, params, weight }] of checkpoints.entries()) {
    const steps = ownProductsInSteps(objective, params, rows);
    if (steps === undefined) return undefined;
    const { scores, products } = await finishYielding(steps, run.yieldToEventLoop);
    for (let k = 0; k < out.length; k++) out[k] -= weight * rowFitSlope(model, rows[k], scores[k]) * products[k];
    run.onProgress?.({ phase: "checkpoints", step: c + 1, fraction: (c + 1) / checkpoints.length });
  }
  return out;
}
