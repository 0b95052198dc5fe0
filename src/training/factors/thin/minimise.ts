/** Minimising where most rows of the larger side have few ratings: over the smaller side alone, with what the other does in closed form. */

import { type FactorProblem, strideOf } from "../../../kernel/kernels.ts";
import { type Descent, type Standing, standing } from "../descent.ts";
import { shiftCorrection } from "../shifts.ts";
import { ownBlocks } from "./own-blocks.ts";
import { quasiNewton, type Valley } from "./quasi-newton.ts";
import { type Reduced, reducedObjective } from "./reduced.ts";
import { thinRows, transposed } from "./rows.ts";

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
  const { objective, session, tolerance, maxSteps, report, watched, yieldToEventLoop, onRows } = descent;
  const { problem } = objective;
  const wide = problem.shape.itemCount > problem.shape.userCount;
  const rows = await thinRows(wide ? transposed(problem) : problem, yieldToEventLoop);
  const reduced = reducedObjective(rows, yieldToEventLoop, onRows);
  const sides = sidesOf(problem, wide);
  const goTo = async (point: Float64Array) => session.setPoint(sides.joined(await reduced.expand(point), point));
  const params = new Float64Array(session.parameterCount);
  session.getPoint(params);
  const end = await quasiNewton(valleyOf(reduced), sides.smaller(params), {
    // Turning into the canonical gauge rounds.
    tolerance: 0.5 * tolerance,
    maxSteps: stepsForOne * maxSteps,
    onStep: async ({ point, value, gradientNorm }, step) => {
      if (watched) await goTo(point);
      report({ phase: "relaxing", step, objective: value, gradientNorm });
    },
  });
  await goTo(end.point);
  return standing(descent);
}

/** The smaller side with the mean, and how it stands beside the larger one. */
function sidesOf({ shape }: FactorProblem, wide: boolean) {
  const itemsAt = shape.userCount * strideOf(shape);
  const itemsEnd = itemsAt + shape.itemCount * strideOf(shape);
  return {
    smaller(params: Float64Array): Float64Array {
      if (!wide) return params.slice(itemsAt);
      const out = new Float64Array(itemsAt + params.length - itemsEnd);
      out.set(params.subarray(0, itemsAt));
      out.set(params.subarray(itemsEnd), itemsAt);
      return out;
    },
    joined(larger: Float64Array, smaller: Float64Array): Float64Array {
      const out = new Float64Array(larger.length + smaller.length);
      out.set(wide ? smaller.subarray(0, itemsAt) : larger);
      out.set(wide ? larger : smaller, itemsAt);
      if (wide) out.set(smaller.subarray(itemsAt), itemsEnd);
      return out;
    },
  };
}

/** The reduced objective, measured by its own blocks and by the shifts that they do not see. */
function valleyOf(reduced: Reduced): Valley {
  const { problem, stride } = reduced.rows;
  const correct = shiftCorrection(problem);
  const tableLength = problem.shape.itemCount * stride;
  const ratings = Math.max(1, problem.ratings.length);
  return {
    evaluate: reduced.evaluate,
    async metric(point) {
      const blocks = await ownBlocks(reduced, point);
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
