/** The objective on one chunk of users: errors, value and gradient, also where the users have moved. */

import { addToBiases, batchOf, dots, update } from "./batch";
import { addTo, borderOf, emptyAccumulator, finish, paddedOf, penaltyOf, scratchOf, startOf } from "./chunks";
import {
  biasesField, blockBytesField, factorsField, largestBatch, meanField, outputField, pointField, ratingsField, residualsField,
  strideField, userBlocksField, userCountField, userMatrixField, userOthersField, userScaleField, weightsField,
} from "./layout";
import { optimise } from "./optima";
import { addProduct } from "./pairs";
import { multiplyPacked } from "./packed";
import { axpy, bytes, Real } from "./vectors";

/** Writes −e of every rating of a batch over its scores, and e to the kept residuals; returns Σe². */
@inline
function errors(count: i32, base: Real, ratings: usize, xs: usize, kept: usize): f64 {
  let squares: f64 = 0;
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) {
    const e = load<Real>(ratings) - (base + load<Real>(xs));
    if (kept) {
      store<Real>(kept, e);
      kept += sizeof<Real>();
    }
    store<Real>(xs, -e);
    squares += e * e;
    ratings += sizeof<Real>();
  }
  return squares;
}

/**
 * The same for pulls and weights, e = pull − w·score; returns Σ(w·score² − 2·pull·score). `base` is what all scores of the batch
 * have more.
 */
function weightedErrors(count: i32, base: Real, ratings: usize, weights: usize, xs: usize, kept: usize): f64 {
  let terms: f64 = 0;
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) {
    const pull = load<Real>(ratings);
    const score = base + load<Real>(xs);
    const e = pull - load<Real>(weights) * score;
    if (kept) {
      store<Real>(kept, e);
      kept += sizeof<Real>();
    }
    store<Real>(xs, -e);
    terms -= (pull + e) * score;
    ratings += sizeof<Real>();
    weights += sizeof<Real>();
  }
  return terms;
}

@inline
function sumOf(xs: usize, count: i32): Real {
  let sum: Real = 0;
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) sum += load<Real>(xs);
  return sum;
}

/** e of every rating of a chunk. */
export function residuals(s: usize, chunk: i32): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const mean = load<Real>(s, meanField);
  const first = borderOf(s, chunk);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  let others = load<usize>(s, userOthersField) + ((<usize>k) << 2);
  let rating = load<usize>(s, ratingsField) + bytes(k);
  let out = load<usize>(s, residualsField) + bytes(k);
  const weights = load<usize>(s, weightsField);
  if (weights) return weightedResiduals(s, first, last, out, items, mean);
  for (let u = first; u < last; u++) {
    const base = biases ? mean + load<Real>(row + biasAt) : mean;
    const end = startOf(s, u + 1);
    dots(others, end - k, row, items, rowBytes, d, biases, 0, out, false);
    for (; k < end; k++) {
      store<Real>(out, load<Real>(rating) - (base + load<Real>(out)));
      others += 4;
      rating += sizeof<Real>();
      out += sizeof<Real>();
    }
    row += rowBytes;
  }
}

/** The same with weights, for the users first … last. */
function weightedResiduals(s: usize, first: i32, last: i32, out: usize, items: usize, mean: Real): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  let others = load<usize>(s, userOthersField) + ((<usize>k) << 2);
  let pull = load<usize>(s, ratingsField) + bytes(k);
  let weight = load<usize>(s, weightsField) + bytes(k);
  for (let u = first; u < last; u++) {
    const base = biases ? mean + load<Real>(row + bytes(d)) : mean;
    const end = startOf(s, u + 1);
    dots(others, end - k, row, items, rowBytes, d, biases, 0, out, false);
    for (; k < end; k++) {
      store<Real>(out, load<Real>(pull) - load<Real>(weight) * (base + load<Real>(out)));
      others += 4;
      pull += sizeof<Real>();
      weight += sizeof<Real>();
      out += sizeof<Real>();
    }
    row += rowBytes;
  }
}

/** Value and gradient of a chunk: the users' rows into the output, the items' into the private table. */
export function evaluate(s: usize, chunk: i32, thread: i32): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const mean = load<Real>(s, meanField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  const offsets = scratchOf(s, thread) + 2 * paddedOf(stride);
  const xs = offsets + 4 * largestBatch;
  const most = batchOf(stride);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let own = load<usize>(s, outputField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  const allOthers = load<usize>(s, userOthersField);
  const allRatings = load<usize>(s, ratingsField);
  const allKept = load<usize>(s, residualsField);
  const allWeights = load<usize>(s, weightsField);
  const matrix = load<usize>(s, userMatrixField);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let loss: f64 = 0;
  let penalties: f64 = 0;
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const base = biases ? mean + load<Real>(row + biasAt) : mean;
    penalties += penaltyOf(s, load<Real>(scale), row, own, d, biases);
    if (matrix) addProduct(matrix, row, own, d);
    let sum: Real = 0;
    for (const end = startOf(s, u + 1); k < end; k += most) {
      const count = min<i32>(most, end - k);
      dots(allOthers + ((<usize>k) << 2), count, row, items, rowBytes, d, biases, offsets, xs, true);
      const kept = allKept ? allKept + bytes(k) : 0;
      loss += allWeights
        ? weightedErrors(count, base, allRatings + bytes(k), allWeights + bytes(k), xs, kept)
        : errors(count, base, allRatings + bytes(k), xs, kept);
      sum += sumOf(xs, count);
      update(false, true, true, count, offsets, xs, 0, row, 0, own, items, 0, table, d);
      if (biases) addToBiases(count, offsets, xs, table + biasAt);
    }
    k = startOf(s, u + 1);
    if (biases) addTo(own + biasAt, sum);
    total += sum;
    row += rowBytes;
    own += rowBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, loss / 2 + penalties, total);
}

/** Moves user u, whose row is at `row`, by minus its frozen block times its gradient. `own` is the scratch of a pass. */
@inline
function relax(s: usize, u: i32, row: usize, scale: Real, items: usize, block: usize, own: usize): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const padded = paddedOf(stride);
  const step = own + padded;
  const offsets = step + padded;
  const xs = offsets + 4 * largestBatch;
  const most = batchOf(stride);
  const others = load<usize>(s, userOthersField);
  const ratings = load<usize>(s, ratingsField);
  const weights = load<usize>(s, weightsField);
  const matrix = load<usize>(s, userMatrixField);
  const mean = load<Real>(s, meanField);
  const base = biases ? mean + load<Real>(row + bytes(d)) : mean;
  store<Real>(own + padded - sizeof<Real>(), 0);
  penaltyOf(s, scale, row, own, d, biases);
  if (matrix) addProduct(matrix, row, own, d);
  let sum: Real = 0;
  const end = startOf(s, u + 1);
  for (let k = startOf(s, u); k < end; k += most) {
    const count = min<i32>(most, end - k);
    dots(others + ((<usize>k) << 2), count, row, items, rowBytes, d, biases, offsets, xs, true);
    if (weights) weightedErrors(count, base, ratings + bytes(k), weights + bytes(k), xs, 0);
    else errors(count, base, ratings + bytes(k), xs, 0);
    sum += sumOf(xs, count);
    update(false, true, false, count, offsets, xs, 0, 0, 0, own, items, 0, 0, d);
  }
  if (biases) addTo(own + bytes(d), sum);
  multiplyPacked(block, own, step, stride);
  axpy(-1, step, row, stride);
}

/** Moves the users of a chunk to their optima or by their frozen blocks, then the value and the items' gradient at the new point. */
export function moveUsers(s: usize, chunk: i32, thread: i32, toOptima: bool): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const mean = load<Real>(s, meanField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  const padded = paddedOf(stride);
  const own = scratchOf(s, thread);
  const offsets = own + 2 * padded;
  const xs = offsets + 4 * largestBatch;
  const most = batchOf(stride);
  const blockBytes = load<usize>(s, blockBytesField);
  let block = load<usize>(s, userBlocksField) + blockBytes * (<usize>first);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  const allOthers = load<usize>(s, userOthersField);
  const allRatings = load<usize>(s, ratingsField);
  const allKept = load<usize>(s, residualsField);
  const allWeights = load<usize>(s, weightsField);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let loss: f64 = 0;
  let penalties: f64 = 0;
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const begin = startOf(s, u);
    const end = startOf(s, u + 1);
    if (toOptima) optimise(s, u, row, load<Real>(scale), items, own);
    else relax(s, u, row, load<Real>(scale), items, block, own);
    penalties += penaltyOf(s, load<Real>(scale), row, own, d, biases);
    const base = biases ? mean + load<Real>(row + biasAt) : mean;
    for (let k = begin; k < end; k += most) {
      const count = min<i32>(most, end - k);
      dots(allOthers + ((<usize>k) << 2), count, row, items, rowBytes, d, biases, offsets, xs, true);
      const kept = allKept ? allKept + bytes(k) : 0;
      loss += allWeights
        ? weightedErrors(count, base, allRatings + bytes(k), allWeights + bytes(k), xs, kept)
        : errors(count, base, allRatings + bytes(k), xs, kept);
      total += sumOf(xs, count);
      update(false, false, true, count, offsets, xs, 0, row, 0, 0, 0, 0, table, d);
      if (biases) addToBiases(count, offsets, xs, table + biasAt);
    }
    row += rowBytes;
    block += blockBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, loss / 2 + penalties, total);
}
