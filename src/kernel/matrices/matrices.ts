/** Products of dense and sparse matrices, and towers of layers, for networks and graphs; `reference.ts` is the definition. */

import type { RowPairs, Tower, TowerPass } from "../towers/towers.ts";

/** A sparse matrix by rows: row r has the entries `start[r] … start[r + 1]`, in columns `columns`. */
export interface SparseMatrix {
  readonly rows: number;
  readonly start: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/** What is multiplied: op(a) is m × k, op(b) is k × n, the result m × n; all row-major, the transposed ones stored as k × m and n × k. */
export interface ProductShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Adds to `out` instead of overwriting it. */
  readonly add?: boolean;
}

/** Matrix products on ordinary arrays. Results have the same bytes for any number of threads. */
export interface MatrixKernels {
  /** out = op(a)·op(b). `out` must not overlap the others. */
  multiply(shape: ProductShape, a: Float64Array, b: Float64Array, out: Float64Array): void;
  /** out (rows × width) = A·x, x with `width` columns. */
  sparseMultiply(matrix: SparseMatrix, x: Float64Array, width: number, out: Float64Array): void;
  /** A tower at parameters, on pairs. None of these may change while the result is in use. */
  towerAt(tower: Tower, params: Float64Array, pairs: RowPairs): TowerPass;
  /** Ends the threads. */
  close(): Promise<void>;
}
