/** The truth: delete the row, re-optimise to convergence, look at the target again. */

import { defaultKernels } from "../kernel/default.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { scorer } from "../model/matrix-factorization.ts";
import { targetValue } from "../objective/target.ts";
import { reoptimise } from "../training/reoptimise.ts";
import { withSlowModes } from "../training/slow-modes.ts";
import { modelOf } from "../training/trained.ts";
import type { FactorEstimator } from "./estimator.ts";
import { worseStatus } from "./status.ts";

/** Exact leave-one-out by warm re-optimisation to `tolerance` (default the model's own). Cost: some tens of passes over the ratings a row. */
export function leaveOneOut(options: { readonly tolerance?: number } = {}): FactorEstimator {
  return {
    name: "leave-one-out",
    summary: "exact: deletes the row and re-optimises to convergence",
    async prepare(trained, { kernels = defaultKernels(), signal } = {}) {
      const model = modelOf(trained);
      const { tolerance = trained.tolerance } = options;
      const { slowModes } = withSlowModes(trained, kernels);
      return {
        async influence(target, rows) {
          const scores = new Float64Array(rows.length);
          let status: SolveStatus = "converged";
          let residual = 0;
          for (let k = 0; k < rows.length; k++) {
            const retain = trained.objective.without(rows.subarray(k, k + 1));
            const optimum = await reoptimise(retain, trained.params, { kernels, signal, tolerance, slowModes });
            const after = { ...model, params: optimum.params };
            scores[k] = targetValue(target, scorer(model)) - targetValue(target, scorer(after));
            status = worseStatus(status, optimum.status);
            residual = Math.max(residual, optimum.gradientNorm);
          }
          return { scores, status, residual };
        },
        close: () => {},
      };
    },
  };
}
