/** A preconditioner for the Hessian of any model's objective: blocks of rows where the model is local, that of what they share, one number a tensor elsewhere. */

import { sizeOf, type TensorPlace } from "../../model/model.ts";
import { randomOf } from "../../numeric/random.ts";
import { dot } from "../../numeric/vector.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import type { Breathe } from "../../run.ts";
import { productInTurns } from "./in-turns.ts";
import { rowBlocks } from "./row-blocks.ts";
import { sharedBlock } from "./shared-block.ts";
import type { Preconditioner } from "./truncated.ts";

/**
 * Approximates the inverse of the Gauss-Newton Hessian: `rowBlocks`, `sharedBlock`, and for every tensor that those do not reach the mean of its
 * diagonal, by one product with random signs (Hutchinson 1990).
 */
export async function preconditionerOf(
  objective: ScoredObjective,
  params: Float64Array,
  damping: number,
  breathe: Breathe,
): Promise<Preconditioner> {
  const solveRows = await rowBlocks(objective, params, damping, breathe);
  const solveShared = await sharedBlock(objective, params, damping, breathe);
  const solved = ({ rowsOf }: TensorPlace) => (rowsOf === undefined ? solveShared : solveRows) !== undefined;
  const rest = objective.model.tensors.filter((tensor) => !solved(tensor));
  // One number for everything would change nothing.
  const scaled = objective.model.tensors.length === 1 ? [] : rest;
  const scales: { from: number; to: number; inverse: number }[] = [];
  for (const tensor of scaled) {
    const mean = (await meanDiagonal(objective, params, tensor, breathe)) + damping;
    const to = tensor.at + sizeOf(tensor.shape);
    scales.push({ from: tensor.at, to, inverse: mean > 0 ? 1 / mean : 1 });
  }
  return (input, out) => {
    out.set(input);
    solveRows?.(out);
    solveShared?.(out);
    for (const { from, to, inverse } of scales) for (let k = from; k < to; k++) out[k] *= inverse;
  };
}

async function meanDiagonal(
  objective: ScoredObjective,
  params: Float64Array,
  { name, at, shape }: TensorPlace,
  breathe: Breathe,
): Promise<number> {
  const signs = new Float64Array(params.length);
  const random = randomOf(0, "signs", name);
  for (let k = at; k < at + sizeOf(shape); k++) signs[k] = random.uniform() < 0.5 ? -1 : 1;
  const product = new Float64Array(params.length);
  await productInTurns(objective, params, signs, product, "gauss-newton", breathe);
  return dot(signs, product) / sizeOf(shape);
}
