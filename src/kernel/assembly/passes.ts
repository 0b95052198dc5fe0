/** The passes over one chunk of users' ratings: residuals, gradients, products; items are summed in the chunk's private table. */

import {
  accumulatorGapField, accumulatorsField, biasesField, biasPenaltyField, blockBytesField, bordersField, factorPenaltyField,
  factorsField, inputField, inputItemsField, meanField, movedField, outputField, partialBytes, partialMean,
  partialsField, partialValue, pointField, ratingsField, residualsField, scratchField, scratchGapField, strideField,
  userBlocksField, userCountField, userOthersField, userScaleField, userStartField,
} from "./layout";
import { multiplyPacked } from "./packed";
import { axpy, axpyTwo, bytes, combine, dot, dotTwo, Real } from "./vectors";

@inline
function borderOf(s: usize, chunk: i32): i32 {
  return load<i32>(load<usize>(s, bordersField) + ((<usize>chunk) << 2));
}

@inline
function startOf(s: usize, row: i32): i32 {
  return load<i32>(load<usize>(s, userStartField) + ((<usize>row) << 2));
}

/** The chunk's private item table, emptied. */
function emptyAccumulator(s: usize, chunk: i32): usize {
  const gap = load<usize>(s, accumulatorGapField);
  const table = load<usize>(s, accumulatorsField) + gap * (<usize>chunk);
  memory.fill(table, 0, gap);
  return table;
}

function finish(s: usize, chunk: i32, value: f64, mean: f64): void {
  const at = load<usize>(s, partialsField) + (<usize>partialBytes) * (<usize>chunk);
  store<f64>(at, value, partialValue);
  store<f64>(at, mean, partialMean);
}

/** Overwrites `to` with a row times its penalties; returns half the penalised squares. */
@inline
function penaltyOf(s: usize, scale: Real, row: usize, to: usize, d: i32, biases: bool): f64 {
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
  for (let u = first; u < last; u++) {
    const base = biases ? mean + load<Real>(row + biasAt) : mean;
    for (const end = startOf(s, u + 1); k < end; k++) {
      const item = items + rowBytes * load<u32>(others);
      let score = base + dot(row, item, d);
      if (biases) score += load<Real>(item + biasAt);
      store<Real>(out, load<Real>(rating) - score);
      others += 4;
      rating += sizeof<Real>();
      out += sizeof<Real>();
    }
    row += rowBytes;
  }
}

/** Value and gradient of a chunk: the users' rows into the output, the items' into the private table. */
export function evaluate(s: usize, chunk: i32): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const mean = load<Real>(s, meanField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let own = load<usize>(s, outputField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  let others = load<usize>(s, userOthersField) + ((<usize>k) << 2);
  let rating = load<usize>(s, ratingsField) + bytes(k);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let kept = load<usize>(s, residualsField);
  if (kept) kept += bytes(k);
  let loss: f64 = 0;
  let penalties: f64 = 0;
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const base = biases ? mean + load<Real>(row + biasAt) : mean;
    penalties += penaltyOf(s, load<Real>(scale), row, own, d, biases);
    let sum: Real = 0;
    for (const end = startOf(s, u + 1); k < end; k++) {
      const at = rowBytes * load<u32>(others);
      const item = items + at;
      let score = base + dot(row, item, d);
      if (biases) score += load<Real>(item + biasAt);
      const e = load<Real>(rating) - score;
      if (kept) {
        store<Real>(kept, e);
        kept += sizeof<Real>();
      }
      loss += e * e;
      sum += e;
      axpyTwo(-e, item, own, row, table + at, d);
      if (biases) store<Real>(table + at + biasAt, load<Real>(table + at + biasAt) - e);
      others += 4;
      rating += sizeof<Real>();
    }
    if (biases) store<Real>(own + biasAt, load<Real>(own + biasAt) - sum);
    total -= sum;
    row += rowBytes;
    own += rowBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, loss / 2 + penalties, total);
}

/** H·input of a chunk; `full` takes e from the kept residuals. */
@inline
function product(s: usize, chunk: i32, full: bool): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const itemsAt = rowBytes * load<usize>(s, userCountField);
  const items = load<usize>(s, pointField) + itemsAt;
  const directions = load<usize>(s, inputField) + itemsAt;
  const moved = load<Real>(s, movedField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let direction = load<usize>(s, inputField) + rowBytes * (<usize>first);
  let own = load<usize>(s, outputField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  let others = load<usize>(s, userOthersField) + ((<usize>k) << 2);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let kept = load<usize>(s, residualsField) + bytes(k);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const base = biases ? moved + load<Real>(direction + biasAt) : moved;
    penaltyOf(s, load<Real>(scale), direction, own, d, biases);
    let sum: Real = 0;
    for (const end = startOf(s, u + 1); k < end; k++) {
      const at = rowBytes * load<u32>(others);
      const item = items + at;
      const towards = directions + at;
      let x = base + dotTwo(row, towards, direction, item, d);
      if (biases) x += load<Real>(towards + biasAt);
      sum += x;
      if (full) {
        const e = -load<Real>(kept);
        kept += sizeof<Real>();
        combine(x, item, e, towards, own, d);
        combine(x, row, e, direction, table + at, d);
      } else axpyTwo(x, item, own, row, table + at, d);
      if (biases) store<Real>(table + at + biasAt, load<Real>(table + at + biasAt) + x);
      others += 4;
    }
    if (biases) store<Real>(own + biasAt, load<Real>(own + biasAt) + sum);
    total += sum;
    row += rowBytes;
    direction += rowBytes;
    own += rowBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, 0, total);
}

export function fullProduct(s: usize, chunk: i32): void {
  product(s, chunk, true);
}

export function gaussNewtonProduct(s: usize, chunk: i32): void {
  product(s, chunk, false);
}

/** Moves the users of a chunk by their frozen blocks, then the value and the items' gradient at the new point. */
export function relaxUsers(s: usize, chunk: i32, thread: i32): void {
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
  // The packed product works on rows padded to a whole number of pairs.
  const padded = bytes((stride + 1) & ~1);
  const own = load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
  const step = own + padded;
  const blockBytes = load<usize>(s, blockBytesField);
  let block = load<usize>(s, userBlocksField) + blockBytes * (<usize>first);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  const allOthers = load<usize>(s, userOthersField);
  const allRatings = load<usize>(s, ratingsField);
  const allKept = load<usize>(s, residualsField);
  let scale = load<usize>(s, userScaleField) + bytes(first);
  let loss: f64 = 0;
  let penalties: f64 = 0;
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const end = startOf(s, u + 1);
    store<Real>(own + padded - sizeof<Real>(), 0);
    penaltyOf(s, load<Real>(scale), row, own, d, biases);
    let base = biases ? mean + load<Real>(row + biasAt) : mean;
    let sum: Real = 0;
    let others = allOthers + ((<usize>k) << 2);
    let rating = allRatings + bytes(k);
    for (let visit = k; visit < end; visit++) {
      const item = items + rowBytes * load<u32>(others);
      let score = base + dot(row, item, d);
      if (biases) score += load<Real>(item + biasAt);
      const e = load<Real>(rating) - score;
      sum += e;
      axpy(-e, item, own, d);
      others += 4;
      rating += sizeof<Real>();
    }
    if (biases) store<Real>(own + biasAt, load<Real>(own + biasAt) - sum);
    multiplyPacked(block, own, step, stride);
    axpy(-1, step, row, stride);
    penalties += penaltyOf(s, load<Real>(scale), row, own, d, biases);
    base = biases ? mean + load<Real>(row + biasAt) : mean;
    others = allOthers + ((<usize>k) << 2);
    rating = allRatings + bytes(k);
    let kept = allKept + bytes(k);
    for (; k < end; k++) {
      const at = rowBytes * load<u32>(others);
      const item = items + at;
      let score = base + dot(row, item, d);
      if (biases) score += load<Real>(item + biasAt);
      const e = load<Real>(rating) - score;
      if (allKept) {
        store<Real>(kept, e);
        kept += sizeof<Real>();
      }
      loss += e * e;
      total -= e;
      axpy(-e, row, table + at, d);
      if (biases) store<Real>(table + at + biasAt, load<Real>(table + at + biasAt) - e);
      others += 4;
      rating += sizeof<Real>();
    }
    row += rowBytes;
    block += blockBytes;
    scale += sizeof<Real>();
  }
  finish(s, chunk, loss / 2 + penalties, total);
}

/** S·input of a chunk, or with `coupling` only H_ur·input into the users' rows of the output. */
@inline
function reducedProduct(s: usize, chunk: i32, thread: i32, coupling: bool): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const directions = load<usize>(s, inputField);
  const moved = load<Real>(s, movedField);
  const first = borderOf(s, chunk);
  const table = coupling ? <usize>0 : emptyAccumulator(s, chunk);
  const padded = bytes((stride + 1) & ~1);
  const scratch = load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
  const z = scratch + padded;
  const products = z + padded;
  const blockBytes = load<usize>(s, blockBytesField);
  let block = load<usize>(s, userBlocksField) + blockBytes * (<usize>first);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let t = coupling ? load<usize>(s, outputField) + rowBytes * (<usize>first) : scratch;
  let k = startOf(s, first);
  const allOthers = load<usize>(s, userOthersField);
  const allKept = load<usize>(s, residualsField);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const end = startOf(s, u + 1);
    memory.fill(t, 0, coupling ? rowBytes : padded);
    let sum: Real = 0;
    let others = allOthers + ((<usize>k) << 2);
    let kept = allKept + bytes(k);
    let held = products;
    for (let visit = k; visit < end; visit++) {
      const at = rowBytes * load<u32>(others);
      const item = items + at;
      const towards = directions + at;
      let x = moved + dot(row, towards, d);
      if (biases) x += load<Real>(towards + biasAt);
      sum += x;
      combine(x, item, -load<Real>(kept), towards, t, d);
      if (!coupling) {
        store<Real>(held, x);
        held += sizeof<Real>();
      }
      others += 4;
      kept += sizeof<Real>();
    }
    if (biases) store<Real>(t + biasAt, sum);
    if (coupling) {
      k = end;
      t += rowBytes;
    } else {
      multiplyPacked(block, t, z, stride);
      const base: Real = biases ? load<Real>(z + biasAt) : 0;
      others = allOthers + ((<usize>k) << 2);
      kept = allKept + bytes(k);
      held = products;
      for (; k < end; k++) {
        const at = rowBytes * load<u32>(others);
        const x = load<Real>(held) - (base + dot(items + at, z, d));
        combine(x, row, load<Real>(kept), z, table + at, d);
        if (biases) store<Real>(table + at + biasAt, load<Real>(table + at + biasAt) + x);
        total += x;
        others += 4;
        kept += sizeof<Real>();
        held += sizeof<Real>();
      }
    }
    row += rowBytes;
    block += blockBytes;
  }
  if (!coupling) finish(s, chunk, 0, total);
}

export function schurProduct(s: usize, chunk: i32, thread: i32): void {
  reducedProduct(s, chunk, thread, false);
}

export function userCoupling(s: usize, chunk: i32, thread: i32): void {
  reducedProduct(s, chunk, thread, true);
}

/** H_ru·input of a chunk, the input a users' table. */
export function itemCoupling(s: usize, chunk: i32): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const rowBytes = bytes(load<i32>(s, strideField));
  const biasAt = bytes(d);
  const last = borderOf(s, chunk + 1);
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField);
  const first = borderOf(s, chunk);
  const table = emptyAccumulator(s, chunk);
  let row = load<usize>(s, pointField) + rowBytes * (<usize>first);
  let z = load<usize>(s, inputField) + rowBytes * (<usize>first);
  let k = startOf(s, first);
  let others = load<usize>(s, userOthersField) + ((<usize>k) << 2);
  let kept = load<usize>(s, residualsField) + bytes(k);
  let total: f64 = 0;
  for (let u = first; u < last; u++) {
    const base: Real = biases ? load<Real>(z + biasAt) : 0;
    for (const end = startOf(s, u + 1); k < end; k++) {
      const at = rowBytes * load<u32>(others);
      const x = base + dot(items + at, z, d);
      combine(x, row, -load<Real>(kept), z, table + at, d);
      if (biases) store<Real>(table + at + biasAt, load<Real>(table + at + biasAt) + x);
      total += x;
      others += 4;
      kept += sizeof<Real>();
    }
    row += rowBytes;
    z += rowBytes;
  }
  finish(s, chunk, 0, total);
}
