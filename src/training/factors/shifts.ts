/** Shifts between the mean and the biases: scores do not see them, only the small L2 of the biases does, so iterations crawl along them. */

import type { FactorProblem } from "../../kernel/kernels.ts";
import { strideOf } from "../../kernel/kernels.ts";
import { addScaled, dot } from "../../numeric/vector.ts";

/** Sums of the scales of the rows that have ratings, on both sides. */
function weights(problem: FactorProblem): { users: number; items: number } {
  const sum = (start: Uint32Array, scale: Float64Array) => {
    let total = 0;
    for (let r = 0; r < scale.length; r++) if (start[r + 1] > start[r]) total += scale[r];
    return total;
  };
  return { users: sum(problem.byUser.start, problem.userScale), items: sum(problem.byItem.start, problem.itemScale) };
}

/** Weighted mean of one side's biases over the rows with ratings. */
function meanBias(params: Float64Array, at: number, stride: number, start: Uint32Array, scale: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let r = 0; r < scale.length; r++)
    if (start[r + 1] > start[r]) {
      sum += scale[r] * params[at + r * stride + stride - 1];
      total += scale[r];
    }
  return total > 0 ? sum / total : 0;
}

function addToBiases(params: Float64Array, at: number, stride: number, start: Uint32Array, amount: number): void {
  for (let r = 0; r + 1 < start.length; r++)
    if (start[r + 1] > start[r]) params[at + r * stride + stride - 1] += amount;
}

/**
 * Minimises J exactly over the shifts, in place: with a learned mean both sides' mean bias moves into it; with a fixed mean the
 * part that users and items can trade moves between them. Scores of rows with ratings stay the same.
 */
export function recentre(problem: FactorProblem, params: Float64Array): void {
  const { shape, byUser, byItem, userScale, itemScale } = problem;
  if (!shape.biases) return;
  const stride = strideOf(shape);
  const itemsAt = shape.userCount * stride;
  const b = meanBias(params, 0, stride, byUser.start, userScale);
  const c = meanBias(params, itemsAt, stride, byItem.start, itemScale);
  const { users, items } = weights(problem);
  if (users === 0 || items === 0) return;
  const traded = (items * c - users * b) / (users + items);
  addToBiases(params, 0, stride, byUser.start, shape.learnedMean ? -b : traded);
  addToBiases(params, itemsAt, stride, byItem.start, shape.learnedMean ? -c : -traded);
  if (shape.learnedMean) params[params.length - 1] += b + c;
}

/**
 * Adds Z·E⁻¹·Zᵀ·input to `output` (both reduced), Z the shifts that move the items' biases or the mean while the users' biases
 * follow, E their exact curvature λ_b·(sum of scales): the coarse half of a two-level preconditioner.
 */
export function shiftCorrection(problem: FactorProblem): (input: Float64Array, output: Float64Array) => void {
  const { shape, byItem, biasPenalty } = problem;
  if (!shape.biases) return () => {};
  const { users, items } = weights(problem);
  if (users === 0 || items === 0) return () => {};
  const stride = strideOf(shape);
  const shift = new Float64Array(shape.itemCount * stride + (shape.learnedMean ? 1 : 0));
  addToBiases(shift, 0, stride, byItem.start, -1);
  if (shape.learnedMean) shift[shift.length - 1] = 1;
  const stiffness = biasPenalty * (shape.learnedMean ? items : users + items);
  const last = shift.length - 1;
  return (input, output) => {
    addScaled(output, dot(shift, input) / stiffness, shift);
    if (shape.learnedMean) output[last] += input[last] / (biasPenalty * users);
  };
}
