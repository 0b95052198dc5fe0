/** What can be said of a model of any kind: how stationary it is. No convex form bounds how far another optimum can be. */

import { norm } from "../../numeric/vector.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import type { Certificate } from "../certificate.ts";

/** The gradient at `params` and what follows from it: "local" at a stationary point, "none" elsewhere. Cost: one evaluation. */
export function certifyScored(objective: ScoredObjective, params: Float64Array, tolerance: number): Certificate {
  const gradient = new Float64Array(params.length);
  const value = objective.evaluate(params, gradient);
  const gradientNorm = norm(gradient);
  const converged = gradientNorm <= tolerance;
  const at = `‖∇J‖ ${gradientNorm.toExponential(1)}`;
  return {
    gradientNorm,
    largestRow: largestRow(objective, gradient),
    tolerance,
    converged,
    objective: value,
    dualityGap: null,
    sigmaRatio: null,
    rmsBound: null,
    curvature: null,
    localDistance: null,
    scope: converged ? "local" : "none",
    verdict: converged
      ? `local: retraining from here changes nothing (${at}); this kind of model has no proof against another optimum for another seed`
      : `not converged: ${at} is above the tolerance ${tolerance.toExponential(1)}; nothing is certified`,
  };
}

/** The largest norm of the gradient over one row of a table, or over one tensor that is shared. */
function largestRow({ model }: ScoredObjective, gradient: Float64Array): number {
  let most = 0;
  for (const { shape, at, rowsOf } of model.tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    const width = rowsOf === undefined ? size : size / shape[0];
    for (let from = at; from < at + size; from += width)
      most = Math.max(most, norm(gradient.subarray(from, from + width)));
  }
  return most;
}
