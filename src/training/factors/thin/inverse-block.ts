/** The inverse of one row's block: through its ratings where it has fewer than factors, else by Cholesky. */

import { choleskyInPlace, invertFromCholesky } from "../../../numeric/dense.ts";
import type { ThinRows } from "./rows.ts";

/** Inverts blocks one after the other, at a point of the other side. */
export interface InverseBlock {
  /** Row-major. */
  readonly inverse: Float64Array;
  /** Leaves a user's inverse block in `inverse`; false where there is none. */
  invert(user: number): boolean;
  /** Leaves the inverse block that all singles of an item have. */
  invertSingle(item: number): void;
}

/** Prepares room for the inverses. */
export function inverseBlock(rows: ThinRows, items: Float64Array): InverseBlock {
  const { problem, stride, start, others } = rows;
  const { factors: d } = problem.shape;
  const { factorPenalty, biasPenalty, userScale } = problem;
  const inverse = new Float64Array(stride * stride);
  const matrix = new Float64Array(Math.max(d, stride) ** 2);
  const scratch = new Float64Array(Math.max(d, stride) ** 2);
  const slopes = new Float64Array(d * stride);
  const mixed = new Float64Array(stride);

  /** D⁻¹ − D⁻¹·Xᵀ·K⁻¹·X·D⁻¹ of the pairs' slopes in `slopes`, already over the penalties (Woodbury 1950). */
  function throughRatings(n: number, scale: number): void {
    inverse.fill(0);
    for (let f = 0; f < stride; f++) inverse[f * stride + f] = 1 / (scale * (f < d ? factorPenalty : biasPenalty));
    for (let a = 0; a < n; a++) {
      mixed.fill(0);
      for (let b = 0; b < n; b++) {
        const weight = matrix[a * n + b];
        for (let f = 0; f < stride; f++) mixed[f] += weight * slopes[b * stride + f];
      }
      for (let f = 0; f < stride; f++) {
        const x = slopes[a * stride + f];
        for (let g = 0; g < stride; g++) inverse[f * stride + g] -= x * mixed[g];
      }
    }
  }

  function slopeOf(item: number, a: number, scale: number): void {
    for (let f = 0; f < d; f++) slopes[a * stride + f] = items[item * stride + f] / (scale * factorPenalty);
    if (stride > d) slopes[a * stride + d] = 1 / (scale * biasPenalty);
  }

  return {
    inverse,
    invert(u) {
      const n = start[u + 1] - start[u];
      if (n > d) {
        blockOf(rows, u, items, inverse);
        if (!choleskyInPlace(inverse, stride)) return false;
        invertFromCholesky(inverse, stride, scratch);
        return true;
      }
      ratingsMatrix(rows, u, items, matrix);
      if (!choleskyInPlace(matrix, n)) return false;
      invertFromCholesky(matrix, n, scratch);
      for (let a = 0; a < n; a++) slopeOf(others[start[u] + a], a, userScale[u]);
      throughRatings(n, userScale[u]);
      return true;
    },
    invertSingle(i) {
      slopeOf(i, 0, 1);
      let k = 1 + (stride > d ? slopes[d] : 0);
      for (let f = 0; f < d; f++) k += slopes[f] * items[i * stride + f];
      matrix[0] = 1 / k;
      throughRatings(1, 1);
    },
  };
}

/** Overwrites the lower triangle of the n × n `out` with Q·Qᵀ/λ + 1/λ_b + W⁻¹ of a user's n pairs. */
function ratingsMatrix(
  { problem, stride, start, others, weights }: ThinRows,
  u: number,
  items: Float64Array,
  out: Float64Array,
): void {
  const { factors: d, biases } = problem.shape;
  const from = start[u];
  const n = start[u + 1] - from;
  const spread = 1 / (problem.userScale[u] * problem.factorPenalty);
  const shared = biases ? 1 / (problem.userScale[u] * problem.biasPenalty) : 0;
  for (let a = 0; a < n; a++) {
    const p = others[from + a] * stride;
    for (let b = 0; b <= a; b++) {
      const q = others[from + b] * stride;
      let product = 0;
      for (let f = 0; f < d; f++) product += items[p + f] * items[q + f];
      out[a * n + b] = product * spread + shared;
    }
    out[a * n + a] += 1 / weights[from + a];
  }
}

/** Overwrites the lower triangle of `out` with the block of a user: Σ w·x·xᵀ + scale·penalties, x = [item's embedding, 1]. */
function blockOf(
  { problem, stride, start, others, weights }: ThinRows,
  u: number,
  items: Float64Array,
  out: Float64Array,
): void {
  const { factors: d, biases } = problem.shape;
  out.fill(0);
  for (let k = start[u]; k < start[u + 1]; k++) {
    const p = others[k] * stride;
    const w = weights[k];
    for (let f = 0; f < d; f++) {
      const x = w * items[p + f];
      for (let g = 0; g <= f; g++) out[f * stride + g] += x * items[p + g];
    }
    if (!biases) continue;
    for (let g = 0; g < d; g++) out[d * stride + g] += w * items[p + g];
    out[d * stride + d] += w;
  }
  for (let f = 0; f < stride; f++)
    out[f * stride + f] += problem.userScale[u] * (f < d ? problem.factorPenalty : problem.biasPenalty);
}
