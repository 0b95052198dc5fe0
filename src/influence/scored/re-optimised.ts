/** Influence by looking again without the row: exact leave-one-out, and one Newton step towards it. */

import type { SolveStatus } from "../../linear/solver.ts";
import { breather } from "../../run.ts";
import { minimiseScored } from "../../training/scored/newton.ts";
import { type ScoredSolveOptions, scoredSolver } from "../../training/scored/solve.ts";
import type { TrainedScored } from "../../training/trained.ts";
import type { EstimatorOptions, PreparedEstimator, ScoredEstimator } from "../estimator.ts";
import { worseStatus } from "../status.ts";
import { valueAt } from "./question.ts";

/** Where a model goes without a row, and how the numerics ended. */
type Without = (rows: Uint32Array) => Promise<{ params: Float64Array; status: SolveStatus; residual: number }>;

/** Exact leave-one-out by warm re-optimisation (frozen or honest negatives, as the objective says). Cost: a minimisation a row. */
export function scoredLeaveOneOut(
  options: { readonly tolerance?: number; readonly maxSteps?: number } = {},
): ScoredEstimator {
  return {
    name: "leave-one-out",
    summary: "exact: deletes the row and re-optimises to convergence",
    prepare: async (trained, { signal } = {}) =>
      byDeleting(trained, { signal }, async (rows) => {
        const { tolerance = trained.tolerance, maxSteps } = options;
        const retain = trained.objective.without(rows);
        const optimum = await minimiseScored(retain, trained.params, { tolerance, maxSteps, signal });
        return { ...optimum, residual: optimum.gradientNorm };
      }),
  };
}

/** target(θ) − target(θ − H₋⁻¹∇J₋), H₋ and ∇J₋ without the row. Cost: one linear solve a row. */
export function scoredNewtonStep(options: ScoredSolveOptions = {}): ScoredEstimator {
  return {
    name: "newton-step",
    summary: "one Newton step of all parameters without the row; one solve a row",
    prepare: async (trained, { signal } = {}) =>
      byDeleting(trained, { signal }, async (rows) => {
        const retain = trained.objective.without(rows);
        const gradient = new Float64Array(trained.params.length);
        retain.evaluate(trained.params, gradient);
        const solver = await scoredSolver(retain, trained.params, { ...options, signal });
        const { value, status, residual } = await solver.solve(gradient).finally(() => solver.close());
        return { params: trained.params.map((x, k) => x - value[k]), status, residual };
      }),
  };
}

function byDeleting(trained: TrainedScored, { signal }: EstimatorOptions, without: Without): PreparedEstimator {
  const { objective, params } = trained;
  const breathe = breather(signal);
  return {
    async influence(target, rows) {
      const scores = new Float64Array(rows.length);
      let status: SolveStatus = "converged";
      let residual = 0;
      const before = valueAt(objective, params, target);
      for (let k = 0; k < rows.length; k++) {
        const gone = rows.subarray(k, k + 1);
        const after = await without(gone);
        scores[k] = before - valueAt(objective.without(gone), after.params, target);
        status = worseStatus(status, after.status);
        residual = Math.max(residual, after.residual);
        await breathe();
      }
      return { scores, status, residual };
    },
    close: () => {},
  };
}
