/** The dense blocks of the Hessian that one score depends on, built from the rows that touch them. */

import type { Side } from "../kernel/kernels.ts";
import type { FactorModel } from "../model/matrix-factorization.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../numeric/dense.ts";
import { type Factorization, placesOf } from "../objective/factorization.ts";

/** How a block is formed; the right form and the published ones differ only here. */
export interface BlockForm {
  /** Whether the biases are part of the block. */
  readonly biases: boolean;
  /** What stands on the diagonal at entry f of a row with `scale` (1, or its ratings under interaction L2), for a block of n′ rows. */
  penalty(objective: Factorization, f: number, scale: number, rows: number): number;
  /** How often a rating of the very pair counts in the block. */
  readonly pairWeight: number;
}

/** Writes x of one rating into `out`: the other side's embedding, then 1 for the bias. */
export function regressor(
  objective: Factorization,
  params: Float64Array,
  side: Side,
  other: number,
  biases: boolean,
  out: Float64Array,
  at: number,
): void {
  const { stride, itemsAt } = placesOf(objective.shape);
  const { factors } = objective.shape;
  const from = (side === "user" ? itemsAt : 0) + other * stride;
  for (let f = 0; f < factors; f++) out[at + f] = params[from + f];
  if (biases) out[at + factors] = 1;
}

/** A symmetric positive definite block, factorised. */
export interface Block {
  readonly order: number;
  readonly definite: boolean;
  /** x ← L⁻¹x, so that xᵀA⁻¹y = (L⁻¹x)·(L⁻¹y). */
  whiten(x: Float64Array, at?: number): void;
  /** x ← A⁻¹x. */
  solve(x: Float64Array): void;
}

/** Factorises the order × order matrix in place (its lower triangle). */
export function blockOf(matrix: Float64Array, order: number): Block {
  const definite = choleskyInPlace(matrix, order);
  return {
    order,
    definite,
    whiten: (x, at = 0) => forwardSubstitute(matrix, order, x, at),
    solve(x) {
      forwardSubstitute(matrix, order, x);
      backSubstitute(matrix, order, x);
    },
  };
}

/** Adds Σ x xᵀ (lower triangle) of one user's or item's rows to a matrix of `order` from diagonal place `at`; `others` names the rows' other sides. */
export function addRowProducts(
  objective: Factorization,
  params: Float64Array,
  side: Side,
  others: Uint32Array,
  weights: Float64Array | undefined,
  biases: boolean,
  matrix: Float64Array,
  order: number,
  at: number,
): void {
  const { stride, itemsAt } = placesOf(objective.shape);
  const { factors } = objective.shape;
  const table = side === "user" ? itemsAt : 0;
  // The bias row (sums of x, and the count) is kept apart so that the inner loop has no branch.
  const sums = new Float64Array(factors);
  let count = 0;
  for (let k = 0; k < others.length; k++) {
    const from = table + others[k] * stride;
    const w = weights === undefined ? 1 : weights[k];
    count += w;
    for (let f = 0; f < factors; f++) {
      const x = w * params[from + f];
      sums[f] += x;
      const row = (at + f) * order + at;
      for (let g = 0; g <= f; g++) matrix[row + g] += x * params[from + g];
    }
  }
  if (!biases) return;
  const row = (at + factors) * order + at;
  for (let g = 0; g < factors; g++) matrix[row + g] += sums[g];
  matrix[row + factors] += count;
}

/** Rows of a user and of an item, and which of them are the very pair. */
export interface Neighbourhood {
  readonly userRows: Uint32Array;
  readonly itemRows: Uint32Array;
  /** Rows that are both. */
  readonly pairRows: readonly number[];
}

/** R_t: the training rows of the user and of the item. */
export function neighbourhood(objective: Factorization, user: number, item: number): Neighbourhood {
  const { byUser, byItem, items } = objective.interactions;
  const userRows = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const itemRows = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
  const pairRows: number[] = [];
  for (const row of userRows) if (items[row] === item) pairRows.push(row);
  return { userRows, itemRows, pairRows };
}

/** Scores are dot products of a row's regressor with its own row; this is the place of a side's own row. */
export function ownRowAt(objective: Factorization, side: Side, row: number): number {
  const { stride, itemsAt } = placesOf(objective.shape);
  return (side === "user" ? 0 : itemsAt) + row * stride;
}

/** The residuals rating − score of rows. */
export function residualsOf(objective: Factorization, model: FactorModel, rows: ArrayLike<number>): Float64Array {
  const { users, items, ratings } = objective.interactions;
  const { params } = model;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const { factors, biases } = objective.shape;
  const mean = meanAt >= 0 ? params[meanAt] : model.fixedMean;
  const out = new Float64Array(rows.length);
  for (let k = 0; k < out.length; k++) {
    const row = rows[k];
    const p = users[row] * stride;
    const q = itemsAt + items[row] * stride;
    let sum = ratings[row] - mean;
    if (biases) sum -= params[p + factors] + params[q + factors];
    for (let f = 0; f < factors; f++) sum -= params[p + f] * params[q + f];
    out[k] = sum;
  }
  return out;
}
