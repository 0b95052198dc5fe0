/** One full Newton step without the row: second order in the row's influence, one solve a row. */

import { defaultKernels } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { Solution } from "../linear/solver.ts";
import { scorer } from "../model/matrix-factorization.ts";
import { targetValue } from "../objective/target.ts";
import { breather } from "../run.ts";
import { solveHessian } from "../training/schur.ts";
import { modelOf, type Trained } from "../training/trained.ts";
import type { FactorEstimator } from "./estimator.ts";
import { choleskyFailureStatus, worseStatus } from "./status.ts";

/**
 * target(θ) − target(θ − H₋⁻¹∇J₋), H₋ and ∇J₋ without the row, the rotations projected out of right-hand side and iterates. Cost: O(ratings · factors)
 * a step of conjugate gradients, one solve a row, whatever the number of targets.
 */
export function newtonStep(options: { readonly tolerance?: number } = {}): FactorEstimator {
  const { tolerance = 1e-8 } = options;
  return {
    name: "newton-step",
    summary: "one Newton step of all parameters without the row; nearly exact, one solve a row",
    async prepare(trained, { kernels = defaultKernels(), signal } = {}) {
      const model = modelOf(trained);
      const breathe = breather(signal);
      return {
        async influence(target, rows) {
          const scores = new Float64Array(rows.length);
          let status: Solution["status"] = "converged";
          let residual = 0;
          for (let k = 0; k < rows.length; k++) {
            const step = stepWithout(trained, rows.subarray(k, k + 1), kernels, tolerance);
            const params = trained.params.map((x, at) => x - step.value[at]);
            scores[k] = targetValue(target, scorer(model)) - targetValue(target, scorer({ ...model, params }));
            status = worseStatus(status, step.status);
            residual = Math.max(residual, step.residual);
            await breathe();
          }
          return { scores, status, residual };
        },
        close: () => {},
      };
    },
  };
}

/** H₋⁻¹∇J₋ for the objective without the rows. */
function stepWithout(trained: Trained, rows: Uint32Array, kernels: FactorKernels, tolerance: number): Solution {
  const retain = trained.objective.without(rows);
  const session = kernels.open(retain.problem);
  try {
    session.setPoint(trained.params);
    const failed = session.factorise("user") + session.factorise("item");
    const gradient = new Float64Array(retain.parameterCount);
    session.evaluate(gradient);
    const solution = solveHessian(retain, session, gradient, { tolerance });
    return failed > 0 ? { ...solution, status: choleskyFailureStatus } : solution;
  } finally {
    session.close();
  }
}
