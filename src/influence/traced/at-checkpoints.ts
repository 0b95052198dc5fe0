/** Estimators that look at checkpoints of a training: inner products of a target's gradient with the rows', weighed and summed. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import { reachedRowsAlong } from "../../objective/reached-rows.ts";
import { finishYielding } from "../../run.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** −Σ weight·⟨∇target, ∇ℓ of a row⟩ over the checkpoints, on some places of the parameters; default: on all. */
export function atCheckpoints(
  checkpoints: readonly Checkpoint[],
  run: RunContext,
  kept?: Uint32Array,
): PreparedEstimator {
  return byTarget(
    run,
    sumOverRows(async (target, rows) => {
      const scores = new Float64Array(rows.length);
      for (const { objective, params, weight } of checkpoints) {
        const { gradient } = targetGradient(objective, params, target);
        const direction = kept === undefined ? gradient : onlyAt(kept, gradient);
        const along = await finishYielding(reachedRowsAlong(objective, params, rows, direction), run.yieldToEventLoop);
        for (let k = 0; k < scores.length; k++) scores[k] -= weight * along[k];
        await run.yieldToEventLoop();
      }
      return { scores, status: "converged", residual: 0 };
    }),
  );
}

function onlyAt(places: Uint32Array, vector: Float64Array): Float64Array {
  const out = new Float64Array(vector.length);
  for (const place of places) out[place] = vector[place];
  return out;
}
