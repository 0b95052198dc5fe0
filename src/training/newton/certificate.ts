/** What can be said of a model of any kind: how stationary it is. No convex form bounds how far another optimum can be. */

import type { RunContext } from "../../kernel/run-context.ts";
import { norm } from "../../numeric/vector.ts";
import { evaluateChunked } from "../../objective/chunked.ts";
import type { Objective } from "../../objective/objective.ts";
import { type Conclusion, type Figures, kindOf, type StationaryCertificate } from "../certificate.ts";

/** The gradient at `params` and what follows from it: "local" at a stationary point, "none" elsewhere. Cost: one evaluation. */
export async function certifyStationary(
  objective: Objective,
  params: Float64Array,
  tolerance: number,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<StationaryCertificate> {
  const gradient = new Float64Array(params.length);
  const value = await evaluateChunked(objective, params, gradient, yieldToEventLoop);
  const gradientNorm = norm(gradient);
  const figures = {
    ...{ gradientNorm, largestRow: largestRow(objective, gradient), tolerance, objective: value },
    ...{ dualityGap: null, sigmaRatio: null, rmsBound: null, curvature: null, localDistance: null },
  };
  return { ...figures, ...concludeStationary(figures) };
}

/** What figures of a model of any kind amount to. */
export function concludeStationary({ gradientNorm, tolerance }: Figures): Conclusion {
  const converged = gradientNorm <= tolerance;
  const at = `‖∇J‖ ${gradientNorm.toExponential(1)}`;
  const scope = converged ? "local" : "none";
  const verdict = converged
    ? `local: retraining from here changes nothing (${at}); this kind of model has no proof against another optimum for another seed`
    : `not converged: ${at} is above the tolerance ${tolerance.toExponential(1)}; nothing is certified`;
  return { kind: kindOf(scope), converged, scope, verdict };
}

/** The largest norm of the gradient over one row of a table, or over one tensor that is shared. */
function largestRow({ model }: Objective, gradient: Float64Array): number {
  let most = 0;
  for (const { rows, width, at, rowStride, rowsOf } of model.tensors) {
    const length = rowsOf === undefined ? rows * width : width;
    const count = rowsOf === undefined ? 1 : rows;
    for (let r = 0; r < count; r++) {
      const from = at + r * rowStride;
      most = Math.max(most, norm(gradient.subarray(from, from + length)));
    }
  }
  return most;
}
