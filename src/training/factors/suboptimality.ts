/** How far parameters that somebody else trained are from an optimum of the objective that is stated for them. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { scores } from "../../model/factor-model.ts";
import { dot, norm } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { factorRun, openFactors } from "./opening.ts";
import { preparedHessian } from "./schur.ts";
import { modelOf } from "./trained.ts";

/** Stationarity in three units. */
export interface Suboptimality {
  /** J at the parameters. */
  readonly objective: number;
  readonly gradientNorm: number;
  /** ‖∇J‖ over the norm of the L2's part of it: 1 where data and L2 do not pull against each other at all, 0 at an optimum. */
  readonly relativeGradient: number;
  /** About J − J at the optimum nearby: half the Newton decrement. NaN where the Hessian is not positive here. */
  readonly objectiveExcess: number;
  /** About how far the scores of the training pairs would move to the optimum nearby, RMS, by one Newton step. NaN as above. */
  readonly scoreShift: number;
  readonly solver: SolveStatus;
}

/** Measures the suboptimality: one evaluation, and one linear solve with the whole Hessian. */
export async function suboptimalityOfFactors(
  objective: Factorization,
  params: Float64Array,
  run: RunContext,
): Promise<Suboptimality> {
  const session = await openFactors(objective, factorRun(run), params);
  try {
    const gradient = new Float64Array(params.length);
    const value = session.evaluate(gradient);
    const solve = await preparedHessian(objective, session, run);
    const step = await solve(gradient, { tolerance: 1e-4 });
    const known = step.status === "converged";
    const moved = params.map((x, k) => x - step.value[k]);
    return {
      objective: value,
      gradientNorm: norm(gradient),
      relativeGradient: norm(gradient) / Math.max(Number.MIN_VALUE, penaltyNorm(objective, params)),
      objectiveExcess: known ? dot(gradient, step.value) / 2 : Number.NaN,
      scoreShift: known ? rmsShift(objective, params, moved) : Number.NaN,
      solver: step.status,
    };
  } finally {
    session.close();
  }
}

/** RMS change of the scores of the training pairs from one point to another. */
function rmsShift(objective: Factorization, from: Float64Array, to: Float64Array): number {
  const { users, items } = objective.interactions;
  const [before, after] = [from, to].map((params) => scores(modelOf({ objective, params }), users, items));
  const squares = before.reduce((sum, score, k) => sum + (after[k] - score) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, before.length));
}

/** ‖∇R‖ of the L2. */
function penaltyNorm({ problem, shape }: Factorization, params: Float64Array): number {
  const { factors, userCount } = shape;
  const stride = factors + (shape.biases ? 1 : 0);
  let sum = 0;
  for (let r = 0; r < userCount + shape.itemCount; r++) {
    const scale = r < userCount ? problem.userScale[r] : problem.itemScale[r - userCount];
    for (let f = 0; f < stride; f++)
      sum += (scale * (f < factors ? problem.factorPenalty : problem.biasPenalty) * params[r * stride + f]) ** 2;
  }
  return Math.sqrt(sum);
}
