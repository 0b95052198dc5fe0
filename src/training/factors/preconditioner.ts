/** An approximate inverse of the Schur complement: the items' own blocks, and the shifts that blocks do not see. */

import type { FactorProblem, FactorSession } from "../../kernel/kernels.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { shiftCorrection } from "./shifts.ts";

/** M⁻¹ on reduced vectors, from the item blocks that the session holds at the time of each product. */
export function blockPreconditioner(problem: FactorProblem, session: FactorSession): LinearOperator {
  const correct = shiftCorrection(problem);
  const tableLength = problem.shape.itemCount * session.stride;
  const ratings = Math.max(1, problem.ratings.length);
  return {
    size: session.reducedCount,
    apply(input, output) {
      session.applyInverse("item", input.subarray(0, tableLength), output.subarray(0, tableLength));
      if (problem.shape.learnedMean) output[tableLength] = input[tableLength] / ratings;
      correct(input, output);
    },
  };
}
