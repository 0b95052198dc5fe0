/** Small dense symmetric matrices: Cholesky, inverse, eigenvalues; row-major in a Float64Array. */

/**
 * Overwrites the lower triangle of the order × order matrix at `offset` with its Cholesky factor L (A = L·Lᵀ).
 * Reads the lower triangle only. Returns false, leaving the content undefined, when A is not positive definite.
 */
export function choleskyInPlace(a: Float64Array, order: number, offset = 0): boolean {
  for (let j = 0; j < order; j++) {
    const rowJ = offset + j * order;
    let diagonal = a[rowJ + j];
    for (let k = 0; k < j; k++) diagonal -= a[rowJ + k] * a[rowJ + k];
    if (!(diagonal > 0) || diagonal === Number.POSITIVE_INFINITY) return false;
    const root = Math.sqrt(diagonal);
    a[rowJ + j] = root;
    const inverse = 1 / root;
    for (let i = j + 1; i < order; i++) {
      const rowI = offset + i * order;
      let sum = a[rowI + j];
      for (let k = 0; k < j; k++) sum -= a[rowI + k] * a[rowJ + k];
      a[rowI + j] = sum * inverse;
    }
  }
  return true;
}

/** Solves L·y = x in place, L the lower triangle left by `choleskyInPlace`; x has `order` entries from `at`. */
export function forwardSubstitute(l: Float64Array, order: number, x: Float64Array, at = 0, offset = 0): void {
  for (let i = 0; i < order; i++) {
    const row = offset + i * order;
    let sum = x[at + i];
    for (let k = 0; k < i; k++) sum -= l[row + k] * x[at + k];
    x[at + i] = sum / l[row + i];
  }
}

/** Solves Lᵀ·y = x in place. */
export function backSubstitute(l: Float64Array, order: number, x: Float64Array, at = 0, offset = 0): void {
  for (let i = order - 1; i >= 0; i--) {
    let sum = x[at + i];
    for (let k = i + 1; k < order; k++) sum -= l[offset + k * order + i] * x[at + k];
    x[at + i] = sum / l[offset + i * order + i];
  }
}

/** Overwrites the Cholesky factor at `offset` with the full symmetric inverse of A, using `scratch` (order² doubles). */
export function invertFromCholesky(l: Float64Array, order: number, scratch: Float64Array, offset = 0): void {
  // scratch = L⁻¹ (lower), then A⁻¹ = L⁻ᵀ·L⁻¹.
  for (let j = 0; j < order; j++) {
    scratch[j * order + j] = 1 / l[offset + j * order + j];
    for (let i = j + 1; i < order; i++) {
      const row = offset + i * order;
      let sum = 0;
      for (let k = j; k < i; k++) sum -= l[row + k] * scratch[k * order + j];
      scratch[i * order + j] = sum / l[row + i];
    }
  }
  for (let i = 0; i < order; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < order; k++) sum += scratch[k * order + i] * scratch[k * order + j];
      l[offset + i * order + j] = sum;
      l[offset + j * order + i] = sum;
    }
}

/** Eigenvalues, descending, and eigenvectors (column c of `vectors`, row-major, belongs to `values[c]`). */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** All eigenpairs of a symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan 2013, §8.5); for orders up to a few hundred. */
export function symmetricEigen(matrix: Float64Array, order: number): Eigen {
  const a = matrix.slice(0, order * order);
  const v = new Float64Array(order * order);
  for (let i = 0; i < order; i++) v[i * order + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let scale = 0;
    for (let i = 0; i < order; i++) {
      scale += a[i * order + i] ** 2;
      for (let j = 0; j < i; j++) off += a[i * order + j] ** 2;
    }
    if (off <= 1e-34 * (scale + off)) break;
    for (let p = 0; p < order - 1; p++) for (let q = p + 1; q < order; q++) rotate(a, v, order, p, q);
  }
  return sortedByValue(a, v, order);
}

function rotate(a: Float64Array, v: Float64Array, order: number, p: number, q: number): void {
  const apq = a[p * order + q];
  if (apq === 0) return;
  const theta = (a[q * order + q] - a[p * order + p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < order; k++) {
    const akp = a[k * order + p];
    const akq = a[k * order + q];
    a[k * order + p] = c * akp - s * akq;
    a[k * order + q] = s * akp + c * akq;
  }
  for (let k = 0; k < order; k++) {
    const apk = a[p * order + k];
    const aqk = a[q * order + k];
    a[p * order + k] = c * apk - s * aqk;
    a[q * order + k] = s * apk + c * aqk;
    const vkp = v[k * order + p];
    const vkq = v[k * order + q];
    v[k * order + p] = c * vkp - s * vkq;
    v[k * order + q] = s * vkp + c * vkq;
  }
}

function sortedByValue(a: Float64Array, v: Float64Array, order: number): Eigen {
  const places = Array.from({ length: order }, (_, i) => i).sort((x, y) => a[y * order + y] - a[x * order + x]);
  const values = Float64Array.from(places, (p) => a[p * order + p]);
  const vectors = new Float64Array(order * order);
  for (let r = 0; r < order; r++) for (let c = 0; c < order; c++) vectors[r * order + c] = v[r * order + places[c]];
  return { values, vectors };
}
