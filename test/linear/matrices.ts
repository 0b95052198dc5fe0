/** Symmetric matrices with a known spectrum, and what they do to a vector. */

import type { DenseMatrix, LinearOperator } from "../../src/linear/solver.ts";
import { randomRotation } from "../support/small.ts";

/** V·diag(values)·Vᵀ with a random orthogonal V that depends on order and seed alone. */
export function withSpectrum(spectrum: readonly number[], seed: number): DenseMatrix {
  const order = spectrum.length;
  const v = randomRotation(order, seed);
  const values = new Float64Array(order * order);
  for (let r = 0; r < order; r++)
    for (let c = 0; c <= r; c++) {
      let sum = 0;
      for (let k = 0; k < order; k++) sum += spectrum[k] * v[k * order + r] * v[k * order + c];
      values[r * order + c] = values[c * order + r] = sum;
    }
  return { order, values };
}

/** A·x. */
export function multiply({ order, values }: DenseMatrix, x: Float64Array): Float64Array {
  return Float64Array.from({ length: order }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < order; c++) sum += values[r * order + c] * x[c];
    return sum;
  });
}

/** The same matrix, known by its products. */
export function operatorOf(matrix: DenseMatrix): LinearOperator {
  return { size: matrix.order, apply: (input, output) => output.set(multiply(matrix, input)) };
}
