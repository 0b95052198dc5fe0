/** The influence function on all parameters: one linear solve a target, then one inner product a row. */

import { defaultKernels } from "../kernel/default.ts";
import type { Curvature, FactorSession } from "../kernel/kernels.ts";
import type { DenseMatrix, Solution, Solver } from "../linear/solver.ts";
import { scores as scoresOf } from "../model/matrix-factorization.ts";
import { denseOf, hessianOperator } from "../objective/hessian.ts";
import { addScoreGradient, rowGradientDot } from "../objective/row-gradient.ts";
import { solveHessian } from "../training/schur.ts";
import { modelOf, type Trained } from "../training/trained.ts";
import type { FactorEstimator } from "./estimator.ts";

/** Settings of the influence function. */
export interface InfluenceFunctionOptions {
  /** Relative residual at which conjugate gradients stop. Default 1e-8. */
  readonly tolerance?: number;
  /** For small problems: solves with the dense Hessian (true or Gauss-Newton) instead. */
  readonly solver?: Solver<DenseMatrix>;
  /** Only with `solver`. Default "full": the residuals' curvature matters. */
  readonly curvature?: Curvature;
}

/**
 * −∇targetᵀ H⁻¹ ∇ℓ_row with the true Hessian of the sum (Koh & Liang 2017, in this sign: positive supports the target). The
 * rotations, on which H is null, are left out. Cost: one preconditioned solve a target, O(ratings · factors) a step.
 */
export function influenceFunction(options: InfluenceFunctionOptions = {}): FactorEstimator {
  return {
    name: "influence-function",
    summary: "first-order influence through all parameters, by conjugate gradients on the true Hessian",
    async prepare(trained, { kernels = defaultKernels() } = {}) {
      const { objective } = trained;
      const model = modelOf(trained);
      const session = kernels.open(objective.problem);
      session.setPoint(trained.params);
      const solve = solverOf(trained, session, options);
      return {
        async influence(target, rows) {
          const gradient = new Float64Array(objective.parameterCount);
          const { users, items } = target.pairs;
          target.slopes(scoresOf(model, users, items)).forEach((slope, n) => {
            addScoreGradient(objective, trained.params, users[n], items[n], slope, gradient);
          });
          const { value, status, residual } = solve(gradient);
          const scores = Float64Array.from(rows, (row) => -rowGradientDot(objective, model, row, value));
          return { scores, status, residual };
        },
        close: () => session.close(),
      };
    },
  };
}

function solverOf(
  trained: Trained,
  session: FactorSession,
  { tolerance = 1e-8, solver, curvature = "full" }: InfluenceFunctionOptions,
): (rhs: Float64Array) => Solution {
  if (solver !== undefined) {
    const prepared = solver.prepare(denseOf(hessianOperator(session, curvature)));
    return (rhs) => prepared.solve(rhs);
  }
  session.factorise("user");
  session.factorise("item");
  return (rhs) => solveHessian(trained.objective, session, rhs, { tolerance });
}
