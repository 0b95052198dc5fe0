/** Minimising where most rows of the larger side have few ratings: over the smaller side alone, every row of the other at its optimum. */

import type { FactorProblem, FactorSession } from "../../../kernel/kernels.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { type Descent, type Standing, standing } from "../descent.ts";
import { openProblem } from "../opening.ts";
import { shiftCorrection } from "../shifts.ts";
import { ownBlocks } from "./own-blocks.ts";
import { quasiNewton, type Valley } from "./quasi-newton.ts";
import { type ThinRows, thinRows, transposed, transposedPoint } from "./rows.ts";

/** Ratings a row of the larger side up to which solving it costs about what moving it by a stored block does. */
const fewRatings = 3;

/** Quasi-Newton steps in the place of one of Newton's. */
const stepsForOne = 20;

/** Whether rows of the larger side have so few ratings that it is eliminated in closed form; ratings with weights and zeros of all pairs are not. */
export function isThin({ shape, ratings, weights, zeroWeight = 0 }: FactorProblem): boolean {
  const rows = Math.max(shape.userCount, shape.itemCount);
  return weights === undefined && zeroWeight === 0 && ratings.length <= fewRatings * rows;
}

/** Minimises a thin problem from the session's point, and leaves the session at the end. */
export async function minimiseThin(descent: Descent): Promise<Standing> {
  const { objective, session, kernels, onRows } = descent;
  const { problem } = objective;
  if (problem.shape.itemCount <= problem.shape.userCount) await minimiseOverItems(descent, problem, session, () => {});
  else {
    const turned = transposed(problem);
    const other = openProblem(turned, { kernels, onRows });
    try {
      other.setPoint(transposedPoint(problem, pointOf(session)));
      const bringBack = () => session.setPoint(transposedPoint(turned, pointOf(other)));
      await minimiseOverItems(descent, turned, other, bringBack);
      bringBack();
    } finally {
      other.close();
    }
  }
  return standing(descent);
}

function pointOf(session: FactorSession): Float64Array {
  const point = new Float64Array(session.parameterCount);
  session.getPoint(point);
  return point;
}

/** Minimises over items and mean, the users at their optima; `whereItStands` is called where somebody watches. */
async function minimiseOverItems(
  descent: Descent,
  problem: FactorProblem,
  session: FactorSession,
  whereItStands: () => void,
): Promise<void> {
  const { tolerance, maxSteps, report, watched, yieldToEventLoop } = descent;
  const rows = await thinRows(problem, yieldToEventLoop);
  const itemsAt = session.parameterCount - session.reducedCount;
  const { point } = await quasiNewton(valleyOf(rows, session, yieldToEventLoop), pointOf(session).slice(itemsAt), {
    // Turning into the canonical gauge rounds.
    tolerance: 0.5 * tolerance,
    maxSteps: stepsForOne * maxSteps,
    onStep: async ({ value, gradientNorm }, step) => {
      if (watched) whereItStands();
      report({ phase: "relaxing", step, objective: value, gradientNorm });
    },
  });
  session.optimiseUsers(point, new Float64Array(session.reducedCount));
}

/** J without the users, measured by its own blocks and by the shifts that they do not see. */
function valleyOf(rows: ThinRows, session: FactorSession, yieldToEventLoop: YieldToEventLoop): Valley {
  const { problem, stride } = rows;
  const correct = shiftCorrection(problem);
  const tableLength = problem.shape.itemCount * stride;
  const ratings = Math.max(1, problem.ratings.length);
  return {
    async evaluate(reduced, gradient) {
      const value = session.optimiseUsers(reduced, gradient);
      await yieldToEventLoop();
      return value;
    },
    async metric(reduced) {
      session.optimiseUsers(reduced, new Float64Array(session.reducedCount));
      const blocks = await ownBlocks(rows, { users: pointOf(session), reduced }, yieldToEventLoop);
      return (gradient, out) => {
        multiplyBlocks(blocks, stride, gradient, out);
        if (problem.shape.learnedMean) out[tableLength] = gradient[tableLength] / ratings;
        correct(gradient, out);
      };
    },
  };
}

function multiplyBlocks(blocks: Float64Array, stride: number, vector: Float64Array, out: Float64Array): void {
  for (let at = 0, row = 0; row < blocks.length; at += stride)
    for (let f = 0; f < stride; f++, row += stride) {
      let sum = 0;
      for (let g = 0; g < stride; g++) sum += blocks[row + g] * vector[at + g];
      out[at + f] = sum;
    }
}
