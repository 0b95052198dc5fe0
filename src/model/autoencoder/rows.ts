/** Loops over the rows of a batch that networks are made of. */

import type { MatrixKernels, ProductShape, SparseMatrix } from "../../kernel/matrices/matrices.ts";

/** op(a)·op(b), a new matrix. */
export function product(matrices: MatrixKernels, shape: ProductShape, a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(shape.m * shape.n);
  matrices.multiply(shape, a, b, out);
  return out;
}

/** out += op(a)·op(b). */
export function addProduct(
  matrices: MatrixKernels,
  shape: ProductShape,
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
): void {
  matrices.multiply({ ...shape, add: true }, a, b, out);
}

/** Adds `row` to every row of `x`. */
export function addToRows(x: Float64Array, row: Float64Array): void {
  for (let at = 0; at < x.length; at += row.length) for (let f = 0; f < row.length; f++) x[at + f] += row[f];
}

/** Adds the rows of `x` to `out`. */
export function addRowSums(x: Float64Array, out: Float64Array): void {
  for (let at = 0; at < x.length; at += out.length) for (let f = 0; f < out.length; f++) out[f] += x[at + f];
}

/** x ← tanh x. */
export function tanhInPlace(x: Float64Array): void {
  for (let k = 0; k < x.length; k++) x[k] = Math.tanh(x[k]);
}

/** (1 − y²)·x: what tanh, at outputs y, does to a tangent or an adjoint. */
export function throughTanh(y: Float64Array, x: Float64Array): Float64Array {
  return x.map((v, k) => (1 - y[k] * y[k]) * v);
}

/** out += inputᵀ·x, x with `width` columns. */
export function addTransposed(input: SparseMatrix, x: Float64Array, width: number, out: Float64Array): void {
  const { rows, start, columns, values } = input;
  for (let r = 0; r < rows; r++)
    for (let e = start[r]; e < start[r + 1]; e++) {
      const to = columns[e] * width;
      for (let f = 0; f < width; f++) out[to + f] += values[e] * x[r * width + f];
    }
}

/** Adds x[row]·table[column] for every entry of the input. */
export function addEntryProducts(
  input: SparseMatrix,
  x: Float64Array,
  table: Float64Array,
  width: number,
  out: Float64Array,
): void {
  for (let r = 0; r < input.rows; r++)
    for (let e = input.start[r]; e < input.start[r + 1]; e++) {
      const at = input.columns[e] * width;
      let sum = 0;
      for (let f = 0; f < width; f++) sum += x[r * width + f] * table[at + f];
      out[e] += sum;
    }
}
