/** Adds the private item tables of the chunks, in chunk order, and the items' penalties. */

import {
  accumulatorGapField, accumulatorsField, biasesField, biasPenaltyField, chunksField, factorPenaltyField, factorsField,
  inputField, inputItemsField, itemMatrixField, itemMovesMatrixField, itemScaleField, outputField, outputItemsField, partialBytes, partialsField,
  partialValue, penalisedField, pointField, rangesField, strideField, userCountField,
} from "./layout";
import { addProduct } from "./pairs";
import { bytes, Real } from "./vectors";

/** The items of one range; leaves half their penalised squares among the sums. */
export function reduce(s: usize, range: i32): void {
  const d = load<i32>(s, factorsField);
  const rowBytes = bytes(load<i32>(s, strideField));
  const penalised = load<i32>(s, penalisedField);
  const ranges = load<usize>(s, rangesField) + ((<usize>range) << 2);
  const first = load<u32>(ranges);
  const last = load<u32>(ranges, 4);
  const gap = load<usize>(s, accumulatorGapField);
  const chunks = load<i32>(s, chunksField);
  let table = load<usize>(s, accumulatorsField) + rowBytes * first;
  let out = load<usize>(s, outputField) + load<usize>(s, outputItemsField) + rowBytes * first;
  let row =
    rowBytes * first +
    (penalised == 1
      ? load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField)
      : load<usize>(s, inputField) + load<usize>(s, inputItemsField));
  const end = out + rowBytes * (last - first);
  const begin = out;
  addTables(table, gap, chunks, out, end);
  let sum: f64 = 0;
  if (penalised) {
    let scale = load<usize>(s, itemScaleField) + bytes(first);
    const biases = load<i32>(s, biasesField) != 0;
    while (out < end) {
      sum += addPenalty(s, load<Real>(scale), row, out, d, biases);
      row += rowBytes;
      out += rowBytes;
      scale += sizeof<Real>();
    }
  }
  const items = load<usize>(s, pointField) + rowBytes * load<usize>(s, userCountField) + rowBytes * first;
  const moves = load<usize>(s, inputField) + load<usize>(s, inputItemsField) + rowBytes * first;
  addProducts(load<usize>(s, itemMatrixField), items, begin, end, rowBytes, d);
  addProducts(load<usize>(s, itemMovesMatrixField), moves, begin, end, rowBytes, d);
  store<f64>(load<usize>(s, partialsField) + (<usize>partialBytes) * (<usize>range), sum / 2, partialValue);
}

/** Adds what all pairs add to the rows. */
function addProducts(matrix: usize, x: usize, out: usize, end: usize, rowBytes: usize, d: i32): void {
  if (!matrix) return;
  for (; out < end; out += rowBytes) {
    addProduct(matrix, x, out, d);
    x += rowBytes;
  }
}

function addTables(table: usize, gap: usize, chunks: i32, out: usize, end: usize): void {
  for (; out + 16 <= end; out += 16) {
    let from = table;
    let sum = v128.load(from);
    for (let c = 1; c < chunks; c++) {
      from += gap;
      sum = v128.add<Real>(sum, v128.load(from));
    }
    v128.store(out, sum);
    table += 16;
  }
  if (out < end) {
    let sum = load<Real>(table);
    for (let c = 1; c < chunks; c++) {
      table += gap;
      sum += load<Real>(table);
    }
    store<Real>(out, sum);
  }
}

/** Adds a row times its penalties; returns the penalised squares. */
@inline
function addPenalty(s: usize, scale: Real, row: usize, to: usize, d: i32, biases: bool): f64 {
  const weight = scale * load<Real>(s, factorPenaltyField);
  const weights = v128.splat<Real>(weight);
  let sums = v128.splat<Real>(0);
  for (let k = d >> 1; k > 0; k--) {
    const x = v128.load(row);
    const weighted = v128.mul<Real>(weights, x);
    v128.store(to, v128.add<Real>(v128.load(to), weighted));
    sums = v128.add<Real>(sums, v128.mul<Real>(weighted, x));
    row += 16;
    to += 16;
  }
  let sum: f64 = v128.extract_lane<Real>(sums, 0) + v128.extract_lane<Real>(sums, 1);
  if (d & 1) {
    const x = load<Real>(row);
    store<Real>(to, load<Real>(to) + weight * x);
    sum += weight * x * x;
    row += sizeof<Real>();
    to += sizeof<Real>();
  }
  if (biases) {
    const x = load<Real>(row);
    const weighted = scale * load<Real>(s, biasPenaltyField) * x;
    store<Real>(to, load<Real>(to) + weighted);
    sum += weighted * x;
  }
  return sum;
}
