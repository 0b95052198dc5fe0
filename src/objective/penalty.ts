/** The L2 of any model's tables: one λ a tensor, and under interaction L2 one share for every time that a row occurs in an example. */

import type { Model } from "../model/model.ts";
import { rowAt, type TensorPlace } from "../model/tensors.ts";
import type { ExampleSource } from "./examples.ts";
import { isLiked } from "./loss.ts";
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

/** Counts rows in the examples of all interactions. A list holds its user once for every row; of implicit feedback, for every liked one. */
export function rowCountsOf({ interactions, loss, negatives, perRow }: ExampleSource): RowCounts {
  const users = new Float64Array(interactions.userCount);
  const items = new Float64Array(interactions.itemCount);
  for (let row = 0; row < interactions.size; row++) {
    const [user, item] = [interactions.users[row], interactions.items[row]];
    if (loss.confidence !== undefined && !isLiked(interactions.ratings[row])) continue;
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

/** What λ a tensor has: of embeddings, of biases, of what users and items share. */
export interface PenaltySettings {
  readonly l2: number;
  /** Default: that of the embeddings. */
  readonly l2Bias?: number | undefined;
  readonly l2Shared: number;
}

/** The penalty of a model's tensors; `counts` scales the rows of users and items. */
export function penaltyOf(model: Model, settings: PenaltySettings, counts: RowCounts | undefined): Penalty {
  const { l2, l2Bias = l2, l2Shared } = settings;
  const weights: Record<TensorPlace["penalised"], number> = { table: l2, bias: l2Bias, shared: l2Shared, none: 0 };
  const stretches: { from: number; to: number; weight: number }[] = [];
  for (const tensor of model.tensors) {
    const { rows, width, at, rowStride, rowsOf } = tensor;
    const weight = weights[tensor.penalised];
    const scales = rowsOf === undefined ? undefined : counts?.[`${rowsOf}s`];
    if (scales === undefined && rowStride === width) stretches.push({ from: at, to: at + rows * width, weight });
    else
      for (let r = 0; r < rows; r++) {
        const from = rowAt(tensor, r);
        stretches.push({ from, to: from + width, weight: weight * (scales?.[r] ?? 1) });
      }
  }
  stretches.sort((a, b) => a.from - b.from);
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

/** The penalty's weight of every parameter. */
export function penaltyWeights({ stretches }: Penalty, parameterCount: number): Float64Array {
  const out = new Float64Array(parameterCount);
  for (const { from, to, weight } of stretches) out.fill(weight, from, to);
  return out;
}
