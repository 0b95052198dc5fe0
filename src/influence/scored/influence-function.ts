/** The influence function of any differentiable model: one linear solve a target, then one inner product a row. */

import { type ScoredSolveOptions, scoredSolver } from "../../training/scored/solve.ts";
import type { ScoredEstimator } from "../estimator.ts";
import { dataAlong, rowsAlong, targetGradient, targetThroughData } from "./question.ts";

/** Settings of the influence function. */
export interface ScoredInfluenceOptions extends ScoredSolveOptions {
  /** Leaves out that a removed interaction also leaves the model's graph or input: how most published programs compute it. */
  readonly fixedData?: boolean;
}

/**
 * −∇targetᵀ H⁻¹ ∂_w∇J (Koh & Liang 2017, in this sign), w the weight of a row: its own term's gradient, and for models that the
 * interactions enter (graphs, autoencoders) what its weight changes there, in the gradient and in the target itself. Cost: one product with
 * the Hessian a step of conjugate gradients.
 */
export function scoredInfluenceFunction(options: ScoredInfluenceOptions = {}): ScoredEstimator {
  return {
    name: "influence-function",
    summary: "first-order influence through all parameters (and the graph), by conjugate gradients on the Hessian",
    async prepare({ objective, params }, { signal } = {}) {
      const solver = await scoredSolver(objective, params, { ...options, signal });
      return {
        async influence(target, rows) {
          const { gradient, slopes } = targetGradient(objective, params, target);
          const solution = await solver.solve(gradient);
          const own = rowsAlong(objective, params, rows, solution.value);
          const scores = own.map((x) => -x);
          if (options.fixedData !== true) {
            const moved = dataAlong(objective, params, solution.value);
            const direct = targetThroughData(objective, params, target.pairs, slopes);
            if (moved && direct)
              rows.forEach((row, k) => {
                scores[k] += direct[row] - moved[row];
              });
          }
          return { scores, status: solution.status, residual: solution.residual };
        },
        close: () => solver.close(),
      };
    },
  };
}

/** The same with the rows' graph or input held fixed. */
export function fixedDataInfluence(options: ScoredSolveOptions = {}): ScoredEstimator {
  return {
    ...scoredInfluenceFunction({ ...options, fixedData: true }),
    name: "influence-function-fixed-data",
    summary: "the same with the graph (or input) held fixed: wrong for graph models, as often published",
  };
}
