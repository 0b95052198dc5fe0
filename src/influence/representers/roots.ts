/** Square roots of small symmetric matrices: what the kernels of a nuclear norm are made of. */

import { symmetricEigen } from "../../numeric/dense.ts";

/** Eigenvalues below this share of the largest are rounding. */
const cutoff = 1e-13;

/** V·f(values)·Vᵀ of a positive semidefinite matrix, row-major; eigenvalues that are rounding have f = 0. */
export function ofEigenvalues(matrix: Float64Array, order: number, f: (value: number) => number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, order);
  const scaled = values.map((value) => (value > cutoff * values[0] ? f(value) : 0));
  const out = new Float64Array(order * order);
  for (let r = 0; r < order; r++)
    for (let c = 0; c <= r; c++) {
      let sum = 0;
      for (let k = 0; k < order; k++) sum += vectors[r * order + k] * scaled[k] * vectors[c * order + k];
      out[r * order + c] = out[c * order + r] = sum;
    }
  return out;
}

/** TᵀT of a table with `width` columns, row-major. */
export function gramOf(table: Float64Array, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let at = 0; at < table.length; at += width)
    for (let r = 0; r < width; r++) for (let c = 0; c < width; c++) out[r * width + c] += table[at + r] * table[at + c];
  return out;
}

/** A·B of square matrices, row-major. */
export function squareProduct(a: Float64Array, b: Float64Array, order: number): Float64Array {
  const out = new Float64Array(order * order);
  for (let r = 0; r < order; r++)
    for (let k = 0; k < order; k++)
      for (let c = 0; c < order; c++) out[r * order + c] += a[r * order + k] * b[k * order + c];
  return out;
}

/**
 * M with √(XᵀX) = Q·M·Qᵀ for X = PQᵀ, from A = PᵀP and B = QᵀQ: B^−½(B^½·A·B^½)^½B^−½, pseudo-inverses where B is singular. The identity where A = B. With A and B exchanged
 * √(XXᵀ) = P·M·Pᵀ.
 */
export function rootKernel(a: Float64Array, b: Float64Array, order: number): Float64Array {
  const root = ofEigenvalues(b, order, Math.sqrt);
  const inverse = ofEigenvalues(b, order, (value) => 1 / Math.sqrt(value));
  const between = (outer: Float64Array, inner: Float64Array) =>
    squareProduct(squareProduct(outer, inner, order), outer, order);
  return between(inverse, ofEigenvalues(between(root, a), order, Math.sqrt));
}
