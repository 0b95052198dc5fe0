/** Estimators that look at checkpoints of a training: inner products of a target's gradient with the rows', weighed and summed. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import { reachedRowsAlong } from "../../objective/reached-rows.ts";
import { finishYielding } from "../../run.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** −Σ weight·⟨∇target, ∇ℓ of a row⟩ over the checkpoints; `part` sets to 0, in place, what the method leaves out of the target's gradient. */
export function atCheckpoints(
  checkpoints: readonly Checkpoint[],
  run: RunContext,
  part: (gradient: Float64Array) => void = () => {},
): PreparedEstimator {
  return byTarget(
    run,
    sumOverRows(async (target, rows) => {
      const scores = new Float64Array(rows.length);
      for (const { objective, params, weight } of checkpoints) {
        const { gradient } = targetGradient(objective, params, target);
        part(gradient);
        const along = await finishYielding(reachedRowsAlong(objective, params, rows, gradient), run.yieldToEventLoop);
        for (let k = 0; k < scores.length; k++) scores[k] -= weight * along[k];
        await run.yieldToEventLoop();
      }
      return { scores, status: "converged", residual: 0 };
    }),
  );
}
