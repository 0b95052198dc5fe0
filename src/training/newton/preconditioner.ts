/** A preconditioner for the Hessian of any model's objective: blocks of rows where the model is local, that of what they share, one number a tensor elsewhere. */

import { forEachPlace, sizeOf, type TensorPlace } from "../../model/tensors.ts";
import { randomOf } from "../../numeric/random.ts";
import { dot } from "../../numeric/vector.ts";
import { productChunked } from "../../objective/chunked.ts";
import type { Objective } from "../../objective/objective.ts";
import { rowBlocks } from "./row-blocks.ts";
import { sharedBlock } from "./shared-block.ts";
import type { Preconditioner, SolveRun } from "./truncated.ts";

/**
 * Approximates the inverse of the Gauss-Newton Hessian: `rowBlocks`, `sharedBlock`, and for every tensor that those do not reach the mean of its
 * diagonal, by one product with random signs (Hutchinson 1990).
 */
export async function preconditionerOf(
  objective: Objective,
  params: Float64Array,
  damping: number,
  run: SolveRun,
): Promise<Preconditioner> {
  const solveRows = await rowBlocks(objective, params, damping, run);
  const solveShared = await sharedBlock(objective, params, damping, run);
  const solved = ({ rowsOf }: TensorPlace) => (rowsOf === undefined ? solveShared : solveRows) !== undefined;
  const rest = objective.model.tensors.filter((tensor) => !solved(tensor));
  // One number for everything would change nothing.
  const scaled = objective.model.tensors.length === 1 ? [] : rest;
  const scales: { tensor: TensorPlace; inverse: number }[] = [];
  for (const tensor of scaled) {
    const mean = (await meanDiagonal(objective, params, tensor, run)) + damping;
    scales.push({ tensor, inverse: mean > 0 ? 1 / mean : 1 });
  }
  return (input, out) => {
    out.set(input);
    solveRows?.(out);
    solveShared?.(out);
    for (const { tensor, inverse } of scales)
      forEachPlace(tensor, (k) => {
        out[k] *= inverse;
      });
  };
}

async function meanDiagonal(
  objective: Objective,
  params: Float64Array,
  tensor: TensorPlace,
  run: SolveRun,
): Promise<number> {
  const signs = new Float64Array(params.length);
  const random = randomOf(0, "signs", tensor.name);
  forEachPlace(tensor, (k) => {
    signs[k] = random.uniform() < 0.5 ? -1 : 1;
  });
  const product = new Float64Array(params.length);
  run.onRows?.(objective.interactions.size);
  await productChunked(objective, params, signs, product, "gauss-newton", run.yieldToEventLoop);
  return dot(signs, product) / sizeOf(tensor.shape);
}
