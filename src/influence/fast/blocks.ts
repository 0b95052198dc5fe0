/** The dense blocks of the Hessian that one score depends on, built from the rows that touch them. */

import type { Side } from "../../kernel/kernels.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import { choleskyInPlace, invertFromCholesky } from "../../numeric/dense.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";

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

/** A symmetric positive definite block and its inverse. */
export interface Block {
  readonly order: number;
  readonly definite: boolean;
  /** A⁻¹, full, row-major; meaningless unless definite. */
  readonly inverse: Float64Array;
}

/** Inverts the order × order matrix in place, from its lower triangle. */
export function blockOf(matrix: Float64Array, order: number): Block {
  const definite = choleskyInPlace(matrix, order);
  if (definite) invertFromCholesky(matrix, order, new Float64Array(order * order));
  return { order, definite, inverse: matrix };
}

/** A⁻¹·x. */
export function solveBlock({ order, inverse }: Block, x: Float64Array): Float64Array {
  const out = new Float64Array(order);
  for (let f = 0; f < order; f++) {
    let sum = 0;
    for (let g = 0; g < order; g++) sum += inverse[f * order + g] * x[g];
    out[f] = sum;
  }
  return out;
}

/**
 * xᵀA⁻¹x for each x = [a row of `params` at `places[k]`, then 1 for a bias]. Four at a time, so that the inverse is read once for
 * four and the sums do not wait for each other.
 */
export function leveragesOf(
  { order, inverse }: Block,
  params: Float64Array,
  places: Uint32Array,
  biases: boolean,
): Float64Array {
  const d = biases ? order - 1 : order;
  const last = places.length - 1;
  const out = new Float64Array(places.length);
  for (let k = 0; k < places.length; k += 4) {
    const a0 = places[k];
    const a1 = places[Math.min(k + 1, last)];
    const a2 = places[Math.min(k + 2, last)];
    const a3 = places[Math.min(k + 3, last)];
    const corner = biases ? inverse[order * order - 1] : 0;
    let [h0, h1, h2, h3] = [corner, corner, corner, corner];
    for (let f = 0; f < d; f++) {
      const row = f * order;
      const start = biases ? 2 * inverse[d * order + f] : 0;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let g = 0; g < f; g++) {
        const x = inverse[row + g];
        s0 += x * params[a0 + g];
        s1 += x * params[a1 + g];
        s2 += x * params[a2 + g];
        s3 += x * params[a3 + g];
      }
      const own = inverse[row + f];
      h0 += params[a0 + f] * (start + 2 * s0 + own * params[a0 + f]);
      h1 += params[a1 + f] * (start + 2 * s1 + own * params[a1 + f]);
      h2 += params[a2 + f] * (start + 2 * s2 + own * params[a2 + f]);
      h3 += params[a3 + f] * (start + 2 * s3 + own * params[a3 + f]);
    }
    const four = [h0, h1, h2, h3];
    for (let j = 0; j < 4 && k + j <= last; j++) out[k + j] = four[j];
  }
  return out;
}

/** v·x for the same x. */
export function alongRow(v: Float64Array, params: Float64Array, from: number, biases: boolean): number {
  const d = biases ? v.length - 1 : v.length;
  let sum = biases ? v[d] : 0;
  for (let f = 0; f < d; f++) sum += v[f] * params[from + f];
  return sum;
}

/**
 * Adds Σ w·x xᵀ (lower triangle) of one user's or item's rows to a matrix of `order` from diagonal place `at`; `others`
 * names the rows' other sides.
 */
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
  const d = objective.shape.factors;
  const table = side === "user" ? itemsAt : 0;
  const sums = new Float64Array(d);
  let count = 0;
  // Four rows at a time: the matrix is read and written a quarter as often. Rows that are missing weigh nothing.
  for (let k = 0; k < others.length; k += 4) {
    const place = (j: number) => table + others[Math.min(k + j, others.length - 1)] * stride;
    const weight = (j: number) => (k + j >= others.length ? 0 : weights === undefined ? 1 : weights[k + j]);
    const [a0, a1, a2, a3] = [place(0), place(1), place(2), place(3)];
    const [w0, w1, w2, w3] = [weight(0), weight(1), weight(2), weight(3)];
    count += w0 + w1 + w2 + w3;
    for (let f = 0; f < d; f++) {
      const x0 = w0 * params[a0 + f];
      const x1 = w1 * params[a1 + f];
      const x2 = w2 * params[a2 + f];
      const x3 = w3 * params[a3 + f];
      sums[f] += x0 + x1 + x2 + x3;
      const row = (at + f) * order + at;
      for (let g = 0; g <= f; g++)
        matrix[row + g] += x0 * params[a0 + g] + x1 * params[a1 + g] + x2 * params[a2 + g] + x3 * params[a3 + g];
    }
  }
  if (!biases) return;
  const row = (at + d) * order + at;
  for (let g = 0; g < d; g++) matrix[row + g] += sums[g];
  matrix[row + d] += count;
}

/** Scores are dot products of a row's regressor with its own row; this is the place of a side's own row. */
export function ownRowAt(objective: Factorization, side: Side, row: number): number {
  const { stride, itemsAt } = placesOf(objective.shape);
  return (side === "user" ? 0 : itemsAt) + row * stride;
}

/** Minus the slopes of rows' terms at their scores: rating − score, or pull − weight·score. */
export function residualsOf(objective: Factorization, model: FactorModel, rows: ArrayLike<number>): Float64Array {
  const { users, items } = objective.interactions;
  const { weights, pulls } = objective.terms;
  const { params } = model;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const { factors, biases } = objective.shape;
  const mean = meanAt >= 0 ? params[meanAt] : model.fixedMean;
  const out = new Float64Array(rows.length);
  for (let k = 0; k < out.length; k++) {
    const row = rows[k];
    const p = users[row] * stride;
    const q = itemsAt + items[row] * stride;
    let sum = mean;
    if (biases) sum += params[p + factors] + params[q + factors];
    for (let f = 0; f < factors; f++) sum += params[p + f] * params[q + f];
    out[k] = pulls[row] - (weights === undefined ? sum : weights[row] * sum);
  }
  return out;
}
