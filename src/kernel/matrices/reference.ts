/** Matrix products in plain TypeScript: the definition of the kernels. */

import { referenceTower } from "../towers/reference.ts";
import type { MatrixKernels, ProductShape, SparseMatrix } from "./matrices.ts";

/** Matrix products on one thread. */
export function referenceMatrices(): MatrixKernels {
  return { multiply, sparseMultiply, towerAt: referenceTower, close: async () => {} };
}

function multiply(shape: ProductShape, a: Float64Array, b: Float64Array, out: Float64Array): void {
  const { m, k, n, transposeA = false, transposeB = false, add = false } = shape;
  if (!add) out.fill(0, 0, m * n);
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
  for (let r = 0; r < m; r++)
    for (let c = 0; c < k; c++) {
      const x = a[r * aRow + c * aColumn];
      if (transposeB) for (let j = 0; j < n; j++) out[r * n + j] += x * b[j * k + c];
      else for (let j = 0; j < n; j++) out[r * n + j] += x * b[c * n + j];
    }
}

function sparseMultiply(matrix: SparseMatrix, x: Float64Array, width: number, out: Float64Array): void {
  const { rows, start, columns, values } = matrix;
  out.fill(0, 0, rows * width);
  for (let r = 0; r < rows; r++)
    for (let e = start[r]; e < start[r + 1]; e++) {
      const from = columns[e] * width;
      const value = values[e];
      for (let j = 0; j < width; j++) out[r * width + j] += value * x[from + j];
    }
}
