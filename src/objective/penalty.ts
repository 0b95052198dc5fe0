/** The L2 of any model's tables: one λ a tensor, and under interaction L2 one share for every time that a row occurs in an example. */

import type { Model } from "../model/model.ts";
import { sizeOf } from "../model/model.ts";
import type { ExampleSource } from "./examples.ts";
import { noItem } from "./negatives.ts";

/** How often every user and item occurs: a triple holds its user once, and each of its items once. */
export interface RowCounts {
  readonly users: Float64Array;
  readonly items: Float64Array;
}

/** ½Σ λ·scale·‖row‖², row by row: stretches of the parameter vector with a λ each. */
export interface Penalty {
  value(params: Float64Array): number;
  /** λ·scale of every stretch, in order; they cover the vector. */
  readonly stretches: readonly { readonly from: number; readonly to: number; readonly weight: number }[];
}

/** Counts rows in the examples of all interactions. A list holds its user once for every row. */
export function rowCountsOf({ interactions, loss, negatives, perRow }: ExampleSource): RowCounts {
  const users = new Float64Array(interactions.userCount);
  const items = new Float64Array(interactions.itemCount);
  for (let row = 0; row < interactions.size; row++) {
    const [user, item] = [interactions.users[row], interactions.items[row]];
    if (loss.form !== "pairwise") {
      users[user]++;
      items[item]++;
    }
    for (let n = 0; n < perRow; n++) {
      const other = negatives[row * perRow + n];
      if (other === noItem) continue;
      users[user]++;
      items[other]++;
      if (loss.form === "pairwise") items[item]++;
    }
  }
  return { users, items };
}

/** The penalty of a model's tensors; `counts` scales the rows of users and items. */
export function penaltyOf(
  model: Model,
  { l2, l2Shared }: { readonly l2: number; readonly l2Shared: number },
  counts: RowCounts | undefined,
): Penalty {
  const stretches: { from: number; to: number; weight: number }[] = [];
  for (const { shape, at, rowsOf } of model.tensors) {
    const size = sizeOf(shape);
    const weight = rowsOf === undefined ? l2Shared : l2;
    const scales = rowsOf === undefined ? undefined : counts?.[`${rowsOf}s`];
    if (scales === undefined) stretches.push({ from: at, to: at + size, weight });
    else {
      const width = size / shape[0];
      for (let r = 0; r < shape[0]; r++)
        stretches.push({ from: at + r * width, to: at + (r + 1) * width, weight: weight * scales[r] });
    }
  }
  return {
    stretches,
    value(params) {
      let sum = 0;
      for (const { from, to, weight } of stretches) {
        if (weight === 0) continue;
        let square = 0;
        for (let k = from; k < to; k++) square += params[k] * params[k];
        sum += 0.5 * weight * square;
      }
      return sum;
    },
  };
}

/** Adds the penalty's gradient at `vector` (its Hessian times `vector`) to `out`. */
export function addPenalty({ stretches }: Penalty, vector: Float64Array, out: Float64Array): void {
  for (const { from, to, weight } of stretches)
    if (weight !== 0) for (let k = from; k < to; k++) out[k] += weight * vector[k];
}
