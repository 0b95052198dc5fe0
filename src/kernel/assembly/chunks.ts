/** What the passes over a chunk of users share: its borders, its private sums, its scratch. */

import {
  accumulatorGapField, accumulatorsField, biasPenaltyField, bordersField, factorPenaltyField, partialBytes,
  partialMean, partialsField, partialValue, scratchField, scratchGapField, userStartField,
} from "./layout";
import { bytes, Real } from "./vectors";

@inline
export function borderOf(s: usize, chunk: i32): i32 {
  return load<i32>(load<usize>(s, bordersField) + ((<usize>chunk) << 2));
}

@inline
export function startOf(s: usize, row: i32): i32 {
  return load<i32>(load<usize>(s, userStartField) + ((<usize>row) << 2));
}

// A thread's scratch in a pass: two padded rows, then a batch's offsets and its two lists of coefficients, then a number a rating.

@inline
export function scratchOf(s: usize, thread: i32): usize {
  return load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
}

/** Bytes of a row padded to whole pairs, as the packed product wants it. */
@inline
export function paddedOf(stride: i32): usize {
  return bytes((stride + 1) & ~1);
}

/** The chunk's private item table, emptied. */
export function emptyAccumulator(s: usize, chunk: i32): usize {
  const gap = load<usize>(s, accumulatorGapField);
  const table = load<usize>(s, accumulatorsField) + gap * (<usize>chunk);
  memory.fill(table, 0, gap);
  return table;
}

export function finish(s: usize, chunk: i32, value: f64, mean: f64): void {
  const at = load<usize>(s, partialsField) + (<usize>partialBytes) * (<usize>chunk);
  store<f64>(at, value, partialValue);
  store<f64>(at, mean, partialMean);
}

/** Overwrites `to` with a row times its penalties; returns half the penalised squares. */
@inline
export function penaltyOf(s: usize, scale: Real, row: usize, to: usize, d: i32, biases: bool): f64 {
  const weight = scale * load<Real>(s, factorPenaltyField);
  const weights = v128.splat<Real>(weight);
  let sums = v128.splat<Real>(0);
  const from = row;
  for (let k = d >> 1; k > 0; k--) {
    const x = v128.load(row);
    const weighted = v128.mul<Real>(weights, x);
    v128.store(to, weighted);
    sums = v128.add<Real>(sums, v128.mul<Real>(weighted, x));
    row += 16;
    to += 16;
  }
  let sum: f64 = v128.extract_lane<Real>(sums, 0) + v128.extract_lane<Real>(sums, 1);
  if (d & 1) {
    const x = load<Real>(row);
    store<Real>(to, weight * x);
    sum += weight * x * x;
    to += sizeof<Real>();
  }
  if (biases) {
    const x = load<Real>(from + bytes(d));
    const weighted = scale * load<Real>(s, biasPenaltyField) * x;
    store<Real>(to, weighted);
    sum += weighted * x;
  }
  return sum / 2;
}

@inline
export function addTo(at: usize, x: Real): void {
  store<Real>(at, load<Real>(at) + x);
}

/** Adds x to every entry and multiplies it by its weight; returns the sum of what comes out. */
export function shiftWeighted(xs: usize, x: Real, weights: usize, count: i32): Real {
  let sum: Real = 0;
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) {
    const moved = load<Real>(weights) * (load<Real>(xs) + x);
    store<Real>(xs, moved);
    sum += moved;
    weights += sizeof<Real>();
  }
  return sum;
}

/** Adds x to every entry; returns the sum of what comes out. */
@inline
export function shift(xs: usize, x: Real, count: i32): Real {
  let sum: Real = 0;
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) {
    const moved = load<Real>(xs) + x;
    store<Real>(xs, moved);
    sum += moved;
  }
  return sum;
}
