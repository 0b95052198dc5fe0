/** The smallest curvature of J off the gauge: how far parameters with a given gradient can be from the optimum nearby. */

import type { RunContext } from "../../kernel/run-context.ts";
import { lanczos } from "../../linear/lanczos.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { rotationProjection } from "../../model/gauge.ts";
import { randomOf } from "../../numeric/random.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";
import { factorRun, openFactors } from "./opening.ts";
import { preparedHessian } from "./schur.ts";

/**
 * About the smallest eigenvalue of the Hessian at `params`, rotations left out, by Lanczos on its inverse: from above, so say "about", never
 * "at most". Negative or NaN means that the point is not a strict minimum. Cost: `steps` linear solves.
 */
export async function smallestCurvature(
  objective: Factorization,
  params: Float64Array,
  run: RunContext,
  steps = 8,
): Promise<number> {
  const session = await openFactors(objective, factorRun(run), params);
  try {
    const solve = await preparedHessian(objective, session, run);
    const { factors, userCount, itemCount } = objective.shape;
    const { stride } = placesOf(objective.shape);
    const project = rotationProjection(params, 0, userCount + itemCount, factors, stride);
    let failed = false;
    const inverse: LinearOperator = {
      size: params.length,
      async apply(input, output) {
        const solution = await solve(input, { tolerance: 1e-7 });
        failed ||= solution.status !== "converged";
        output.set(solution.value);
        project(output);
      },
    };
    const random = randomOf(1, "curvature");
    const start = Float64Array.from({ length: params.length }, () => random.normal());
    const { values } = await lanczos(inverse, start, { steps, project });
    return failed ? Number.NaN : 1 / values[0];
  } finally {
    session.close();
  }
}
