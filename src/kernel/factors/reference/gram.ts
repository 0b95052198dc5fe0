/** The definition of what `zeroWeight` adds: ½·zeroWeight·Σ(p_u·q_i)² over all pairs, through d × d matrices of sums over rows. */

/** Tables of rows of `d` numbers: `count` rows from `at`. */
export interface Rows {
  readonly values: Float64Array;
  readonly at: number;
  readonly count: number;
}

/** scale·LᵀR = scale·Σ_r left_r right_rᵀ, d × d and row-major. */
export function gramOf(scale: number, left: Rows, right: Rows, d: number): Float64Array {
  const gram = new Float64Array(d * d);
  for (let r = 0; r < left.count; r++)
    for (let f = 0; f < d; f++) {
      const x = left.values[left.at + r * d + f];
      for (let g = 0; g < d; g++) gram[f * d + g] += x * right.values[right.at + r * d + g];
    }
  return gram.map((x) => scale * x);
}

/** K + Kᵀ. */
export function symmetrised(k: Float64Array, d: number): Float64Array {
  return k.map((x, at) => x + k[(at % d) * d + Math.floor(at / d)]);
}

/** to_f += Σ_g matrix[g][f]·x_g: adds the transpose of the matrix times one row. */
export function addProduct(
  matrix: Float64Array,
  x: Float64Array,
  at: number,
  out: Float64Array,
  to: number,
  d: number,
): void {
  for (let g = 0; g < d; g++) for (let f = 0; f < d; f++) out[to + f] += matrix[g * d + f] * x[at + g];
}

/** The same for every row. */
export function addProducts(matrix: Float64Array, x: Rows, out: Float64Array, to: number, d: number): void {
  for (let r = 0; r < x.count; r++) addProduct(matrix, x.values, x.at + r * d, out, to + r * d, d);
}

/** Σ_fg a[f][g]·b[f][g]. */
export function contraction(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, k) => sum + x * b[k], 0);
}
