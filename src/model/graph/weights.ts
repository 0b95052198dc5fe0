/** How much of each interaction is there: the weights that models are built on when interactions enter them. */

import type { Interactions } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";

/** One weight an interaction: those given, or 1 each. Throws `bad-input` when they are too few or many, negative or not finite. */
export function weightsOf({ size }: Interactions, weights: Float64Array | undefined): Float64Array {
  if (weights === undefined) return new Float64Array(size).fill(1);
  if (weights.length !== size)
    throw new LetheError("bad-input", `${weights.length} weights for ${size} interactions`, "give one for each");
  weights.forEach((weight, row) => {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new LetheError("bad-input", `the weight of interaction ${row} is ${weight}; expected a number from 0`);
  });
  return weights;
}
