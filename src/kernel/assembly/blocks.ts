/** The diagonal blocks of the Hessian, row by row of one side: normal equations, their inverses, and the rows that solve them. */

import {
  batchSize, biasesField, biasPenaltyField, blockBytesField, factorPenaltyField, factorsField, grainField, inputField,
  listField, meanField, outputField, partialBytes, partialMean, partialsField, scratchField, scratchGapField,
  sideBlocksField, sideCountField, sideMatrixField, sideOthersField, sideOtherTableField, sideRatingsField,
  sideScaleField, sideStartField, sideTableField, sideWeightsField, strideField,
} from "./layout";
import { addTo } from "./chunks";
import { addSquares, factor, invertFactor, packInverse } from "./dense";
import { multiplyPacked } from "./packed";
import { axpy, bytes, Real } from "./vectors";

/** Elements of a padded scratch row: the block's columns and the right-hand side, to a multiple of four. */
@inline
export function paddedRow(stride: i32): i32 {
  return (stride + 4) & ~3;
}

/** Stores the inverses of the rows of one task, and with `solving` moves the rows to their minimisers. */
export function factorise(s: usize, task: i32, thread: i32, solving: bool): void {
  const d = load<i32>(s, factorsField);
  const biases = load<i32>(s, biasesField) != 0;
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const start = load<usize>(s, sideStartField);
  const list = load<usize>(s, listField);
  const count = load<i32>(s, sideCountField);
  const scales = load<usize>(s, sideScaleField);
  const blocks = load<usize>(s, sideBlocksField);
  const blockBytes = load<usize>(s, blockBytesField);
  const rows = load<usize>(s, sideTableField);
  const others = load<usize>(s, sideOtherTableField);
  const allOthers = load<usize>(s, sideOthersField);
  const allRatings = load<usize>(s, sideRatingsField);
  const allWeights = load<usize>(s, sideWeightsField);
  const matrix = load<usize>(s, sideMatrixField);
  const mean = load<Real>(s, meanField);
  const grain = load<i32>(s, grainField);
  const padded = bytes(paddedRow(stride));
  const gathered = load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
  const normal = gathered + padded * batchSize;
  const inverse = normal + padded * (<usize>((stride + 3) & ~3));
  const reciprocals = inverse + padded * (<usize>((stride + 3) & ~3));
  const pulls = reciprocals + bytes((stride + 3) & ~3);
  memory.fill(gathered, 0, padded * batchSize);
  let failed: f64 = 0;
  const last = min<i32>(count, (task + 1) * grain);
  for (let at = task * grain; at < last; at++) {
    const r = <usize>(list ? load<u32>(list + ((<usize>at) << 2)) : at);
    const first = load<u32>(start + (r << 2));
    const end = load<u32>(start + (r << 2), 4);
    if (matrix) memory.copy(normal, matrix, padded * (<usize>stride));
    else memory.fill(normal, 0, padded * (<usize>stride));
    const from = allOthers + ((<usize>first) << 2);
    const values = allRatings + ((<usize>first) << 3);
    if (allWeights) memory.fill(pulls, 0, rowBytes);
    for (let k: u32 = 0; k < end - first; k += batchSize) {
      const batch = min<i32>(batchSize, end - first - k);
      const names = from + ((<usize>k) << 2);
      const value = values + ((<usize>k) << 3);
      const weights = allWeights + ((<usize>(first + k)) << 3);
      let below = false;
      if (allWeights)
        below = gatherWeighted(others, names, value, weights, batch, gathered, padded, rowBytes, d, mean, biases, pulls);
      else gather(others, names, value, batch, gathered, padded, rowBytes, d, mean, biases);
      addSquares(gathered, batch, normal, stride, padded);
      if (below) takeOff(others, names, weights, batch, gathered, normal, d, padded, rowBytes);
    }
    if (allWeights) addColumn(pulls, normal, stride, padded);
    addPenalties(normal, load<Real>(scales + (r << 3)), s, d, biases, padded);
    const block = blocks + blockBytes * r;
    const sound = factor(normal, stride, reciprocals, padded);
    if (sound) {
      invertFactor(normal, stride, reciprocals, inverse, padded);
      packInverse(inverse, stride, block, padded);
    } else {
      memory.fill(block, 0, blockBytes);
      // Without a penalty nothing has to determine the row: it goes to zero.
      if (end > first && load<Real>(scales + (r << 3)) != 0) failed += 1;
    }
    if (solving) {
      const row = rows + rowBytes * r;
      memory.fill(row, 0, rowBytes);
      if (sound) backSubstitute(normal, inverse, row, stride, padded);
    }
  }
  store<f64>(load<usize>(s, partialsField) + (<usize>partialBytes) * (<usize>task), failed, partialMean);
}

/** row = Wᵀ·(the column behind U). */
@inline
export function backSubstitute(normal: usize, inverse: usize, row: usize, stride: i32, padded: usize): void {
  let y = normal + bytes(stride);
  for (let k = 1; k <= stride; k++) {
    axpy(load<Real>(y), inverse, row, k);
    y += padded;
    inverse += padded;
  }
}

/** Copies `batch` rows [embedding, 1, rating − mean − bias] to the scratch. */
@inline
export function gather(
  table: usize, others: usize, values: usize, batch: i32, to: usize, padded: usize, rowBytes: usize, d: i32, mean: Real,
  biases: bool,
): void {
  const wide = (d + 1) >> 1;
  for (; batch > 0; batch--) {
    let from = table + rowBytes * load<u32>(others);
    let into = to;
    let goal = load<Real>(values) - mean;
    // An odd last factor takes its neighbour along, which is then overwritten.
    for (let k = wide; k > 0; k--) {
      v128.store(into, v128.load(from));
      from += 16;
      into += 16;
    }
    into = to + bytes(d);
    if (biases) {
      goal -= load<Real>(table + rowBytes * load<u32>(others) + bytes(d));
      store<Real>(into, 1);
      into += sizeof<Real>();
    }
    store<Real>(into, goal);
    others += 4;
    values += sizeof<Real>();
    to += padded;
  }
}

/**
 * Copies `batch` rows √w·[embedding, 1] and a goal of 0 to the scratch, since their squares are summed, and adds [embedding, 1] times
 * pull − w·(mean + bias) to `pulls`: a rating that weighs nothing may pull. Returns whether a weight is below 0, which counts as 0 here. Called
 * by the loop over rows and not part of it, which would be slower without weights too.
 */
function gatherWeighted(
  table: usize, others: usize, values: usize, weights: usize, batch: i32, to: usize, padded: usize, rowBytes: usize, d: i32,
  mean: Real, biases: bool, pulls: usize,
): bool {
  const biasAt = bytes(d);
  let below = false;
  for (; batch > 0; batch--) {
    const row = table + rowBytes * load<u32>(others);
    const weight = load<Real>(weights);
    if (weight < 0) below = true;
    const root = sqrt<Real>(max<Real>(weight, 0));
    const roots = v128.splat<Real>(root);
    // An odd last factor takes its neighbour along, which is then overwritten.
    for (let at: usize = 0; at < biasAt; at += 16) v128.store(to + at, v128.mul<Real>(roots, v128.load(row + at)));
    const known = biases ? mean + load<Real>(row + biasAt) : mean;
    const goal = load<Real>(values) - weight * known;
    axpy(goal, row, pulls, d);
    if (biases) {
      store<Real>(to + biasAt, root);
      addTo(pulls + biasAt, goal);
    }
    store<Real>(to + biasAt + (biases ? sizeof<Real>() : 0), 0);
    others += 4;
    values += sizeof<Real>();
    weights += sizeof<Real>();
    to += padded;
  }
  return below;
}

/**
 * Takes the squares of the ratings that weigh less than 0 off a matrix: those of √−w·embedding, over the scratch of the batch. Such ratings are
 * there only without biases.
 */
function takeOff(
  table: usize, others: usize, weights: usize, batch: i32, gathered: usize, matrix: usize, d: i32, padded: usize,
  rowBytes: usize,
): void {
  const biasAt = bytes(d);
  const length = padded * (<usize>d);
  let to = gathered;
  for (let k = batch; k > 0; k--) {
    const row = table + rowBytes * load<u32>(others);
    const root = sqrt<Real>(max<Real>(-load<Real>(weights), 0));
    const roots = v128.splat<Real>(root);
    for (let at: usize = 0; at < biasAt; at += 16) v128.store(to + at, v128.mul<Real>(roots, v128.load(row + at)));
    store<Real>(to + biasAt, 0);
    others += 4;
    weights += sizeof<Real>();
    to += padded;
  }
  negate(matrix, length);
  addSquares(gathered, batch, matrix, d, padded);
  negate(matrix, length);
}

function negate(from: usize, length: usize): void {
  for (; length > 0; length -= 16) {
    v128.store(from, v128.neg<Real>(v128.load(from)));
    from += 16;
  }
}

/** Adds a row to the column behind a matrix. */
function addColumn(row: usize, matrix: usize, order: i32, padded: usize): void {
  let to = matrix + bytes(order);
  for (; order > 0; order--) {
    addTo(to, load<Real>(row));
    row += sizeof<Real>();
    to += padded;
  }
}

@inline
export function addPenalties(normal: usize, scale: Real, s: usize, d: i32, biases: bool, padded: usize): void {
  const weight = scale * load<Real>(s, factorPenaltyField);
  for (let k = d; k > 0; k--) {
    store<Real>(normal, load<Real>(normal) + weight);
    normal += padded + sizeof<Real>();
  }
  if (biases) store<Real>(normal, load<Real>(normal) + scale * load<Real>(s, biasPenaltyField));
}

/** output = stored inverse blocks × input, for the rows of one task; both are tables of the side. */
export function applyInverse(s: usize, task: i32, thread: i32): void {
  const stride = load<i32>(s, strideField);
  const rowBytes = bytes(stride);
  const grain = load<i32>(s, grainField);
  const first = task * grain;
  const last = min<i32>(load<i32>(s, sideCountField), first + grain);
  const blockBytes = load<usize>(s, blockBytesField);
  const x = load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
  const padded = bytes((stride + 1) & ~1);
  const y = x + padded;
  store<Real>(x + padded - sizeof<Real>(), 0);
  let block = load<usize>(s, sideBlocksField) + blockBytes * (<usize>first);
  let input = load<usize>(s, inputField) + rowBytes * (<usize>first);
  let output = load<usize>(s, outputField) + rowBytes * (<usize>first);
  for (let r = first; r < last; r++) {
    memory.copy(x, input, rowBytes);
    multiplyPacked(block, x, y, stride);
    memory.copy(output, y, rowBytes);
    block += blockBytes;
    input += rowBytes;
    output += rowBytes;
  }
}
