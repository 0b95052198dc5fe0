/** The vectors that a trained model has for its users and its items, by which these can be likened. */

import { LetheError } from "../../errors.ts";
import { valuesOf } from "../../model/tensors.ts";
import type { TrainedModel } from "../trained-model.ts";

/** A vector for every user, or for every item. */
export interface Embeddings {
  readonly width: number;
  /** Row-major. */
  readonly values: Float64Array;
}

/**
 * The rows of one side: those whose dot products are the scores, where there are such, else what the model's tables hold for the side, next to
 * each other. Throws `unsupported` for a model that has neither.
 */
export function embeddingsOf({ factors, smooth, interactions, kind }: TrainedModel, side: "user" | "item"): Embeddings {
  if (factors) return { width: factors.factors, values: factors[`${side}Factors`] };
  const tables = smooth?.objective.tensors.filter(({ rowsOf, shape }) => rowsOf === side && shape.length > 1) ?? [];
  const width = tables.reduce((sum, table) => sum + table.width, 0);
  if (smooth === undefined || width === 0)
    throw new LetheError(
      "unsupported",
      `${kind} has no embeddings of ${side}s to deal them by`,
      "use the `partition` users or interactions",
    );
  const values = new Float64Array(interactions[`${side}Count`] * width);
  let at = 0;
  for (const table of tables) {
    const own = valuesOf(table, smooth.params);
    for (let r = 0; r < table.rows; r++)
      values.set(own.subarray(r * table.width, (r + 1) * table.width), r * width + at);
    at += table.width;
  }
  return { width, values };
}
