/** The optimum of one row, given the other side: through its ratings where it has fewer than factors, else through its block. */

import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../../numeric/dense.ts";
import type { ThinRows } from "./rows.ts";

/** Solves rows one after the other, at a point of the other side. */
export interface RowOptimum {
  /** Leaves the row's parameters in `own` and weight·(rating − score) of its pairs in `pulls`; returns its part of J. NaN: it has no optimum. */
  solve(row: number, mean: number, items: Float64Array): number;
  readonly own: Float64Array;
  /** In the order of the pairs. */
  readonly pulls: Float64Array;
}

/** Prepares room for the solves. */
export function rowOptimum(rows: ThinRows): RowOptimum {
  const { problem, stride, start, others, ratings, weights } = rows;
  const { factors: d, biases } = problem.shape;
  const { factorPenalty, biasPenalty, userScale } = problem;
  const own = new Float64Array(stride);
  const pulls = new Float64Array(ratings.length);
  const matrix = new Float64Array(Math.max(d, stride) ** 2);
  const known = new Float64Array(d);
  const wanted = new Float64Array(d);

  /** (Q·Qᵀ/λ + 1/λ_b + W⁻¹)·pulls = ratings less mean and biases; the row is Qᵀ·pulls/λ. */
  function throughRatings(u: number, mean: number, items: Float64Array): number {
    const from = start[u];
    const n = start[u + 1] - from;
    const spread = 1 / (userScale[u] * factorPenalty);
    const shared = biases ? 1 / (userScale[u] * biasPenalty) : 0;
    ratingsMatrix(rows, u, items, matrix);
    for (let a = 0; a < n; a++) {
      known[a] = ratings[from + a] - mean - (biases ? items[others[from + a] * stride + d] : 0);
      wanted[a] = known[a];
    }
    if (!choleskyInPlace(matrix, n)) return Number.NaN;
    forwardSubstitute(matrix, n, wanted);
    backSubstitute(matrix, n, wanted);
    own.fill(0);
    let twice = 0;
    for (let a = 0; a < n; a++) {
      const p = others[from + a] * stride;
      const pull = wanted[a];
      twice += pull * known[a];
      pulls[from + a] = pull;
      for (let f = 0; f < d; f++) own[f] += pull * spread * items[p + f];
      if (biases) own[d] += pull * shared;
    }
    return twice / 2;
  }

  /** (Σ w·x·xᵀ + λ)·row = Σ w·x·(rating less mean and bias). */
  function throughBlock(u: number, mean: number, items: Float64Array): number {
    const from = start[u];
    const to = start[u + 1];
    blockOf(rows, u, items, matrix);
    own.fill(0);
    for (let k = from; k < to; k++) {
      const p = others[k] * stride;
      const goal = weights[k] * (ratings[k] - mean - (biases ? items[p + d] : 0));
      for (let f = 0; f < d; f++) own[f] += goal * items[p + f];
      if (biases) own[d] += goal;
    }
    if (!choleskyInPlace(matrix, stride)) return Number.NaN;
    forwardSubstitute(matrix, stride, own);
    backSubstitute(matrix, stride, own);
    let twice = 0;
    for (let f = 0; f < stride; f++) twice += userScale[u] * (f < d ? factorPenalty : biasPenalty) * own[f] * own[f];
    for (let k = from; k < to; k++) {
      const p = others[k] * stride;
      let error = ratings[k] - mean - (biases ? items[p + d] + own[d] : 0);
      for (let f = 0; f < d; f++) error -= own[f] * items[p + f];
      pulls[k] = weights[k] * error;
      twice += pulls[k] * error;
    }
    return twice / 2;
  }

  return {
    own,
    pulls,
    solve: (u, mean, items) =>
      start[u + 1] - start[u] <= d ? throughRatings(u, mean, items) : throughBlock(u, mean, items),
  };
}

/** Overwrites the lower triangle of the n × n `out` with Q·Qᵀ/λ + 1/λ_b + W⁻¹ of a user's n pairs. */
export function ratingsMatrix(
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
export function blockOf(
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
