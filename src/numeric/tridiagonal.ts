/** Eigenvalues and eigenvectors of symmetric tridiagonal matrices, such as Lanczos makes. */

import type { Eigen } from "./dense.ts";

const epsilon = 2 ** -52;
const mostSweeps = 60;

/**
 * All eigenpairs of the symmetric matrix with this diagonal and these entries beside it (one fewer), by QL with implicit shifts (Golub & Van
 * Loan 2013, §8.3). Values descending; column c of `vectors`, row-major, belongs to `values[c]`. Cost: O(order³), a small constant.
 */
export function tridiagonalEigen(diagonal: ArrayLike<number>, beside: ArrayLike<number>): Eigen {
  const order = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = new Float64Array(order);
  for (let k = 0; k + 1 < order; k++) e[k] = beside[k];
  // Eigenvectors as rows: a rotation then touches two stretches of memory.
  const rows = new Float64Array(order * order);
  for (let k = 0; k < order; k++) rows[k * order + k] = 1;
  for (let low = 0; low < order; low++)
    for (let sweep = 0; sweep < mostSweeps; sweep++) {
      const high = endOfBlock(d, e, low);
      if (high === low) break;
      chase(d, e, rows, low, high);
    }
  return sorted(d, rows);
}

/** The last place of the block that begins at `low`: behind it the entry beside the diagonal is nothing. */
function endOfBlock(d: Float64Array, e: Float64Array, low: number): number {
  let high = low;
  while (high + 1 < d.length && Math.abs(e[high]) > epsilon * (Math.abs(d[high]) + Math.abs(d[high + 1]))) high++;
  return high;
}

/** One implicit QL step on a block, from its end to its beginning. */
function chase(d: Float64Array, e: Float64Array, rows: Float64Array, low: number, high: number): void {
  let g = (d[low + 1] - d[low]) / (2 * e[low]);
  const root = Math.sqrt(g * g + 1);
  g = d[high] - d[low] + e[low] / (g + (g >= 0 ? root : -root));
  let [s, c, p] = [1, 1, 0];
  for (let k = high - 1; k >= low; k--) {
    const f = s * e[k];
    const b = c * e[k];
    const r = Math.sqrt(f * f + g * g);
    e[k + 1] = r;
    if (r === 0) {
      d[k + 1] -= p;
      e[high] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[k + 1] - p;
    const t = (d[k] - g) * s + 2 * c * b;
    p = s * t;
    d[k + 1] = g + p;
    g = c * t - b;
    turn(rows, d.length, k, c, s);
  }
  d[low] -= p;
  e[low] = g;
  e[high] = 0;
}

/** Rotates rows k and k + 1. */
function turn(rows: Float64Array, order: number, k: number, c: number, s: number): void {
  const [a, b] = [k * order, (k + 1) * order];
  for (let n = 0; n < order; n++) {
    const x = rows[b + n];
    rows[b + n] = s * rows[a + n] + c * x;
    rows[a + n] = c * rows[a + n] - s * x;
  }
}

function sorted(d: Float64Array, rows: Float64Array): Eigen {
  const order = d.length;
  const places = Array.from(d.keys()).sort((x, y) => d[y] - d[x] || x - y);
  const vectors = new Float64Array(order * order);
  places.forEach((place, c) => {
    for (let r = 0; r < order; r++) vectors[r * order + c] = rows[place * order + r];
  });
  return { values: Float64Array.from(places, (place) => d[place]), vectors };
}
