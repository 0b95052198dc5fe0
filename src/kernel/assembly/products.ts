/** Products of the Hessian's parts with a vector, on one chunk of users. */

import { addToBiases, batchOf, dots, dotsTwo, update } from "./batch";
import { addTo, borderOf, emptyAccumulator, finish, paddedOf, penaltyOf, scratchOf, shift, shiftWeighted, startOf } from "./chunks";
import {
  biasesField, blockBytesField, factorsField, inputField, largestBatch, movedField, outputField, pointField, residualsField,
  strideField, takenField, userBlocksField, userCountField, userMatrixField, userMovesMatrixField, userOthersField,
  userScaleField, weightsField,
} from "./layout";
import { multiplyPacked } from "./packed";
import { addProduct } from "./pairs";
import { bytes, Real } from "./vectors";

/** H·input of a chunk; `full` takes e from the kept residuals. */
@inline
function product(s: usize, chunk: i32, thread: i32, full: bool): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const itemsAt = rowBytes * load<usize>(s, userCountField);
  const items = load<usize>(s, pointField) + itemsAt;
  const directions = load<usize>(s, inputField) + itemsAt;
  const moved = load<Real>(s, movedField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  const offsets = scratchOf(s, thread) + 2 * paddedOf(stride);
  const xs = offsets + 4 * largestBatch;
  const most = batchOf(stride);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let direction = load<usize>(s, inputField) + rowBytes * (<usize>first);
  let own = load<usize>(s, outputField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  const allOthers = load<usize>(s, userOthersField);
  const allKept = load<usize>(s, residualsField);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const base = biases ? moved + load<Real>(direction + biasAt) : moved;
    penaltyOf(s, load<Real>(scale), direction, own, d, biases);
    addPairs(s, row, direction, own);
    let sum: Real = 0;
    for (const end = startOf(s, u + 1); k < end; k += most) {
      const count = min<i32>(most, end - k);
      dotsTwo(allOthers + ((<usize>k) << 2), count, row, directions, direction, items, rowBytes, d, biases, offsets, xs);
      const weights = load<usize>(s, weightsField);
      sum += weights ? shiftWeighted(xs, base, weights + bytes(k), count) : shift(xs, base, count);
      const es = allKept + bytes(k);
      if (full) update(true, true, true, count, offsets, xs, es, row, direction, own, items, directions, table, d);
      else update(false, true, true, count, offsets, xs, 0, row, 0, own, items, 0, table, d);
      if (biases) addToBiases(count, offsets, xs, table + biasAt);
    }
    k = startOf(s, u + 1);
    if (biases) addTo(own + biasAt, sum);
    total += sum;
    row += rowBytes;
    direction += rowBytes;
    own += rowBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, 0, total);
}

// Not in the loop over users, where it would be in the way of those without a weight of all pairs.
function addPairs(s: usize, row: usize, direction: usize, own: usize): void {
  const d = load<i32>(s, factorsField);
  const matrix = load<usize>(s, userMatrixField);
  const movesMatrix = load<usize>(s, userMovesMatrixField);
  if (matrix) addProduct(matrix, row, own, d);
  if (movesMatrix) addProduct(movesMatrix, direction, own, d);
}

export function fullProduct(s: usize, chunk: i32, thread: i32): void {
  product(s, chunk, thread, true);
}

export function gaussNewtonProduct(s: usize, chunk: i32, thread: i32): void {
  product(s, chunk, thread, false);
}

/** t += H_ur·input for one user's ratings begin … end; the products are left in `held`. */
@inline
function coupleUser(
  s: usize, begin: i32, end: i32, row: usize, t: usize, offsets: usize, held: usize, holding: bool,
): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const directions = load<usize>(s, inputField);
  const moved = load<Real>(s, movedField);
  const allOthers = load<usize>(s, userOthersField);
  const allKept = load<usize>(s, residualsField);
  const allWeights = load<usize>(s, weightsField);
  const matrix = load<usize>(s, userMatrixField);
  const most = batchOf(stride);
  if (matrix) addProduct(matrix, row, t, d);
  let sum: Real = 0;
  for (let k = begin; k < end; k += most) {
    const count = min<i32>(most, end - k);
    dots(allOthers + ((<usize>k) << 2), count, row, directions, rowBytes, d, biases, offsets, held, true);
    sum += allWeights ? shiftWeighted(held, moved, allWeights + bytes(k), count) : shift(held, moved, count);
    update(true, true, false, count, offsets, held, allKept + bytes(k), 0, 0, t, items, directions, 0, d);
    if (holding) held += bytes(count);
  }
  if (biases) addTo(t + bytes(d), sum);
}

/** table += H_ru·z for one user's ratings, with `held` added to the products when `holding`; returns the mean's part. */
@inline
function coupleItems(
  s: usize, begin: i32, end: i32, row: usize, z: usize, table: usize, offsets: usize, held: usize, holding: bool,
): Real {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const allOthers = load<usize>(s, userOthersField);
  const allKept = load<usize>(s, residualsField);
  const allWeights = load<usize>(s, weightsField);
  const most = batchOf(stride);
  const xs = offsets + 4 * largestBatch;
  const base: Real = biases ? load<Real>(z + bytes(d)) : 0;
  let total: Real = 0;
  for (let k = begin; k < end; k += most) {
    const count = min<i32>(most, end - k);
    dots(allOthers + ((<usize>k) << 2), count, z, items, rowBytes, d, false, offsets, xs, true);
    // What is held has its weights already.
    if (allWeights) shiftWeighted(xs, base, allWeights + bytes(k), count);
    if (holding) {
      addAll(xs, held, count);
      held += bytes(count);
    }
    total += shift(xs, allWeights ? 0 : base, count);
    update(true, false, true, count, offsets, xs, allKept + bytes(k), row, z, 0, 0, 0, table, d);
    if (biases) addToBiases(count, offsets, xs, table + bytes(d));
  }
  return total;
}

@inline
function addAll(xs: usize, more: usize, count: i32): void {
  for (const end = xs + bytes(count); xs < end; xs += sizeof<Real>()) {
    store<Real>(xs, load<Real>(more) + load<Real>(xs));
    more += sizeof<Real>();
  }
}

/** S·input of a chunk, both reduced: H_rr·input − H_ru·A⁻¹·H_ur·input. */
export function schurProduct(s: usize, chunk: i32, thread: i32): void {
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const first = borderOf(s, chunk);
  const last = borderOf(s, chunk + 1);
  const table = emptyAccumulator(s, chunk);
  const padded = paddedOf(stride);
  const t = scratchOf(s, thread);
  const z = t + padded;
  const offsets = z + padded;
  const held = offsets + (4 + sizeof<Real>()) * largestBatch;
  const blockBytes = load<usize>(s, blockBytesField);
  let block = load<usize>(s, userBlocksField) + blockBytes * (<usize>first);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  const taken = load<usize>(s, takenField);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const begin = startOf(s, u);
    const end = startOf(s, u + 1);
    memory.fill(t, 0, padded);
    coupleUser(s, begin, end, row, t, offsets, held, true);
    multiplyPacked(block, t, z, stride);
    negate(z, padded);
    if (taken) memory.copy(taken + rowBytes * (<usize>u), z, rowBytes);
    total += coupleItems(s, begin, end, row, z, table, offsets, held, true);
    row += rowBytes;
    block += blockBytes;
  }
  finish(s, chunk, 0, total);
}

function negate(x: usize, length: usize): void {
  for (const end = x + length; x < end; x += 16) v128.store(x, v128.neg<Real>(v128.load(x)));
}

/** H_ur·input of a chunk, the input reduced. */
export function userCoupling(s: usize, chunk: i32, thread: i32): void {
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const first = borderOf(s, chunk);
  const last = borderOf(s, chunk + 1);
  const offsets = scratchOf(s, thread) + 2 * paddedOf(stride);
  const xs = offsets + 4 * largestBatch;
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let t = load<usize>(s, outputField) + rowBytes * (<usize>first);
  memory.fill(t, 0, rowBytes * (<usize>(last - first)));
  for (let u = first; u < last; u++) {
    coupleUser(s, startOf(s, u), startOf(s, u + 1), row, t, offsets, xs, false);
    row += rowBytes;
    t += rowBytes;
  }
}

/** H_ru·input of a chunk, the input a users' table. */
export function itemCoupling(s: usize, chunk: i32, thread: i32): void {
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const first = borderOf(s, chunk);
  const last = borderOf(s, chunk + 1);
  const table = emptyAccumulator(s, chunk);
  const offsets = scratchOf(s, thread) + 2 * paddedOf(stride);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let z = load<usize>(s, inputField) + rowBytes * (<usize>first);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    total += coupleItems(s, startOf(s, u), startOf(s, u + 1), row, z, table, offsets, 0, false);
    row += rowBytes;
    z += rowBytes;
  }
  finish(s, chunk, 0, total);
}
