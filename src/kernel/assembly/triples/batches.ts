/** A user's triples, a batch at a time: where they are, their margins, and what every entry's coefficient is. */

import { decay, sigmoidOfMinus, softplusOfMinus } from "./exponential";
import {
  accumulatorGapField, accumulatorsField, bordersField, largestBatch, partialBytes, partialsField, scratchBytes,
  scratchField,
} from "./layout";

// A thread's scratch: the offsets of a batch's entries, then three lists of a number an entry.
export const xsAt: usize = largestBatch * 4;
export const ysAt: usize = largestBatch * 12;
export const marginsAt: usize = largestBatch * 20;

@inline
export function scratchOf(s: usize, thread: i32): usize {
  return load<usize>(s, scratchField) + (<usize>scratchBytes) * (<usize>thread);
}

@inline
export function borderOf(s: usize, chunk: i32): i32 {
  return load<i32>(load<usize>(s, bordersField) + ((<usize>chunk) << 2));
}

/** The chunk's private item table, emptied. */
export function emptyAccumulator(s: usize, chunk: i32): usize {
  const gap = load<usize>(s, accumulatorGapField);
  const table = load<usize>(s, accumulatorsField) + gap * (<usize>chunk);
  memory.fill(table, 0, gap);
  return table;
}

@inline
export function finish(s: usize, task: i32, value: f64): void {
  store<f64>(load<usize>(s, partialsField) + (<usize>partialBytes) * (<usize>task), value);
}

/** Margins of runs: what is liked minus each of the others. xs has a number an entry, `to` gets one a triple. */
@inline
export function differences(xs: usize, runs: usize, endRun: usize, to: usize): void {
  for (; runs < endRun; runs += 4) {
    const liked = load<f64>(xs);
    xs += 8;
    for (let k = load<u32>(runs); k > 0; k--) {
      store<f64>(to, liked - load<f64>(xs));
      xs += 8;
      to += 8;
    }
  }
}

/** Overwrites margins with sigmoid(−margin); with `summing` returns Σ softplus(−margin). */
@inline
export function logistic(summing: bool, at: usize, count: i32): f64 {
  let sums = v128.splat<f64>(0);
  for (let k = count >> 1; k > 0; k--) {
    const x = v128.load(at);
    const e = decay(x);
    v128.store(at, sigmoidOfMinus(x, e));
    if (summing) sums = v128.add<f64>(sums, softplusOfMinus(x, e));
    at += 16;
  }
  let sum = v128.extract_lane<f64>(sums, 0) + v128.extract_lane<f64>(sums, 1);
  if (count & 1) {
    const x = v128.load64_splat(at);
    const e = decay(x);
    store<f64>(at, v128.extract_lane<f64>(sigmoidOfMinus(x, e), 0));
    if (summing) sum += v128.extract_lane<f64>(softplusOfMinus(x, e), 0);
  }
  return sum;
}

/** Coefficients of the entries from those of the triples: c for another, −Σ c for what is liked. */
@inline
export function spread(from: usize, runs: usize, endRun: usize, xs: usize): void {
  for (; runs < endRun; runs += 4) {
    const liked = xs;
    let sum: f64 = 0;
    xs += 8;
    for (let k = load<u32>(runs); k > 0; k--) {
      const c = load<f64>(from);
      store<f64>(xs, c);
      sum += c;
      from += 8;
      xs += 8;
    }
    store<f64>(liked, -sum);
  }
}

/**
 * The same for a product: with w = s(1 − s)·(difference of the tangents in xs), xs becomes Σ w for what is liked and −w for another;
 * with `full` ys becomes Σ s and −s. s is the slope of a triple.
 */
@inline
export function spreadProduct(full: bool, slopes: usize, runs: usize, endRun: usize, xs: usize, ys: usize): void {
  for (; runs < endRun; runs += 4) {
    const liked = xs;
    const tangent = load<f64>(xs);
    const likedY = ys;
    let sum: f64 = 0;
    let sumY: f64 = 0;
    xs += 8;
    ys += 8;
    for (let k = load<u32>(runs); k > 0; k--) {
      const slope = load<f64>(slopes);
      const w = slope * (1 - slope) * (tangent - load<f64>(xs));
      store<f64>(xs, -w);
      sum += w;
      if (full) {
        store<f64>(ys, -slope);
        sumY += slope;
      }
      slopes += 8;
      xs += 8;
      ys += 8;
    }
    store<f64>(liked, sum);
    if (full) store<f64>(likedY, sumY);
  }
}
