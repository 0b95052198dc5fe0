/** What scores do not see: rotations of the factors, shifts between biases; and one point chosen among equals. */

import { type FactorShape, strideOf } from "../kernel/kernels.ts";
import { symmetricEigen } from "../numeric/dense.ts";

/** Adds tableᵀ·other (factors × factors) of `count` rows, both tables with the same layout, to `out`. */
export function addGram(
  table: Float64Array,
  at: number,
  other: Float64Array,
  otherAt: number,
  count: number,
  factors: number,
  stride: number,
  out: Float64Array,
): void {
  for (let r = 0; r < count; r++)
    for (let f = 0; f < factors; f++) {
      const x = table[at + r * stride + f];
      for (let g = 0; g < factors; g++) out[f * factors + g] += x * other[otherAt + r * stride + g];
    }
}

/**
 * Rotates both tables, in place, to the canonical gauge: PᵀP + QᵀQ diagonal and descending, the largest entry of each column
 * of Q positive. Scores and J stay the same to rounding; equal models get equal parameters where the singular values differ.
 */
export function canonicalise(shape: FactorShape, params: Float64Array): void {
  const { factors, userCount, itemCount } = shape;
  const stride = strideOf(shape);
  const itemsAt = userCount * stride;
  const gram = new Float64Array(factors * factors);
  addGram(params, 0, params, 0, userCount, factors, stride, gram);
  addGram(params, itemsAt, params, itemsAt, itemCount, factors, stride, gram);
  const { vectors } = symmetricEigen(gram, factors);
  rotateRows(params, userCount + itemCount, factors, stride, vectors);
  for (let f = 0; f < factors; f++) {
    let most = 0;
    for (let r = userCount; r < userCount + itemCount; r++) {
      const x = params[r * stride + f];
      // The first of those that tie: the last digits of an optimum must not choose the sign.
      if (Math.abs(x) > (1 + 1e-6) * Math.abs(most)) most = x;
    }
    if (most < 0) for (let r = 0; r < userCount + itemCount; r++) params[r * stride + f] = -params[r * stride + f];
  }
}

function rotateRows(params: Float64Array, rows: number, factors: number, stride: number, by: Float64Array): void {
  const row = new Float64Array(factors);
  for (let r = 0; r < rows; r++) {
    const at = r * stride;
    for (let f = 0; f < factors; f++) row[f] = params[at + f];
    for (let g = 0; g < factors; g++) {
      let sum = 0;
      for (let f = 0; f < factors; f++) sum += row[f] * by[f * factors + g];
      params[at + g] = sum;
    }
  }
}

/**
 * Returns a function that removes from a vector, in place, what lies along the rotations {(P S, Q S), S skew} of the tables in `params`
 * (orthogonal projection). `rows` tables rows from `at` in both; a reduced vector passes the items' rows alone.
 * J does not change along rotations: its Hessian is null there at a stationary point, and of either sign nearby.
 */
export function rotationProjection(
  params: Float64Array,
  at: number,
  rows: number,
  factors: number,
  stride: number,
): (vector: Float64Array) => void {
  const gram = new Float64Array(factors * factors);
  addGram(params, at, params, at, rows, factors, stride, gram);
  const { values, vectors } = symmetricEigen(gram, factors);
  const table = params.slice(at, at + rows * stride);
  // In the eigenbasis of the Gram matrix the normal equations G·S + S·G = TᵀV − VᵀT are solved entry by entry.
  rotateRows(table, rows, factors, stride, vectors);
  const floor = 1e-14 * (values[0] + values[0]);
  return (vector) => {
    const cross = new Float64Array(factors * factors);
    const turned = vector.slice(0, rows * stride);
    rotateRows(turned, rows, factors, stride, vectors);
    addGram(table, 0, turned, 0, rows, factors, stride, cross);
    const skew = new Float64Array(factors * factors);
    for (let a = 0; a < factors; a++)
      for (let b = 0; b < factors; b++) {
        const sum = values[a] + values[b];
        if (sum > floor) skew[a * factors + b] = (cross[a * factors + b] - cross[b * factors + a]) / sum;
      }
    subtractRotation(vector, table, skew, vectors, rows, factors, stride);
  };
}

function subtractRotation(
  vector: Float64Array,
  table: Float64Array,
  skew: Float64Array,
  basis: Float64Array,
  rows: number,
  factors: number,
  stride: number,
): void {
  const map = new Float64Array(factors * factors);
  for (let a = 0; a < factors; a++)
    for (let g = 0; g < factors; g++) {
      let sum = 0;
      for (let b = 0; b < factors; b++) sum += skew[a * factors + b] * basis[g * factors + b];
      map[a * factors + g] = sum;
    }
  for (let r = 0; r < rows; r++)
    for (let a = 0; a < factors; a++) {
      const x = table[r * stride + a];
      for (let g = 0; g < factors; g++) vector[r * stride + g] -= x * map[a * factors + g];
    }
}
