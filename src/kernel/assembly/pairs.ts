/**
 * What all pairs of a user and an item add, through d × d matrices: their sums over rows, and their products with a row.
 * A matrix has rows of `pitchOf(d)` bytes, zero behind column d, so that it may begin a padded block.
 */

import { updateBlock } from "./dense";
import {
  batchSize, factorsField, gramLeftField, gramRightField, gramRowsField, gramsField, gramTasks, scratchField,
  scratchGapField,
} from "./layout";
import { bytes, Real } from "./vectors";

/** Bytes of a row of a padded matrix of order d. */
@inline
export function pitchOf(d: i32): usize {
  return bytes((d + 4) & ~3);
}

/** One task's part of Σ_r left_r right_rᵀ, into its padded matrix. Below the diagonal it is left out when both are one table. */
export function sumGram(s: usize, task: i32, thread: i32): void {
  const d = load<i32>(s, factorsField);
  const rows = load<u32>(s, gramRowsField);
  const first = <u32>((<u64>rows * task) / gramTasks);
  const last = <u32>((<u64>rows * (task + 1)) / gramTasks);
  const leftTable = load<usize>(s, gramLeftField);
  const rightTable = load<usize>(s, gramRightField);
  const pitch = pitchOf(d);
  const wide = (d + 3) & ~3;
  const same = leftTable == rightTable;
  const left = load<usize>(s, scratchField) + load<usize>(s, scratchGapField) * (<usize>thread);
  const right = same ? left : left + pitch * batchSize;
  const sums = load<usize>(s, gramsField) + pitch * (<usize>(wide * task));
  memory.fill(sums, 0, pitch * (<usize>wide));
  memory.fill(left, 0, right - left + pitch * batchSize);
  for (let r = first; r < last; r += batchSize) {
    const count = min<u32>(batchSize, last - r);
    copyRows(leftTable, r, count, d, left, pitch);
    if (!same) copyRows(rightTable, r, count, d, right, pitch);
    for (let i = 0; i < wide; i += 4)
      for (let j = same ? i : 0; j < wide; j += 4)
        updateBlock(left + bytes(i), right + bytes(j), count, sums + pitch * (<usize>i) + bytes(j), pitch, false);
  }
}

/** Copies rows of d numbers to padded ones, whose padding stays. */
@inline
function copyRows(table: usize, first: u32, count: u32, d: i32, to: usize, pitch: usize): void {
  let from = table + bytes(d) * (<usize>first);
  for (; count > 0; count--) {
    let into = to;
    for (let k = d >> 1; k > 0; k--) {
      v128.store(into, v128.load(from));
      from += 16;
      into += 16;
    }
    if (d & 1) {
      store<Real>(into, load<Real>(from));
      from += sizeof<Real>();
    }
    to += pitch;
  }
}

/** to += Mᵀx: every row of the matrix times its entry of x, d numbers. */
export function addProduct(matrix: usize, x: usize, to: usize, d: i32): void {
  const pitch = pitchOf(d);
  const end = x + bytes(d);
  for (let k = d >> 3; k > 0; k--) {
    let m = matrix;
    let o0 = v128.load(to);
    let o1 = v128.load(to, 16);
    let o2 = v128.load(to, 32);
    let o3 = v128.load(to, 48);
    for (let at = x; at < end; at += sizeof<Real>()) {
      const y = v128.load_splat<Real>(at);
      o0 = v128.add<Real>(o0, v128.mul<Real>(y, v128.load(m)));
      o1 = v128.add<Real>(o1, v128.mul<Real>(y, v128.load(m, 16)));
      o2 = v128.add<Real>(o2, v128.mul<Real>(y, v128.load(m, 32)));
      o3 = v128.add<Real>(o3, v128.mul<Real>(y, v128.load(m, 48)));
      m += pitch;
    }
    v128.store(to, o0);
    v128.store(to, o1, 16);
    v128.store(to, o2, 32);
    v128.store(to, o3, 48);
    matrix += 64;
    to += 64;
  }
  for (let k = (d & 7) >> 1; k > 0; k--) {
    let m = matrix;
    let sum = v128.load(to);
    for (let at = x; at < end; at += sizeof<Real>()) {
      sum = v128.add<Real>(sum, v128.mul<Real>(v128.load_splat<Real>(at), v128.load(m)));
      m += pitch;
    }
    v128.store(to, sum);
    matrix += 16;
    to += 16;
  }
  if (d & 1) {
    let sum = load<Real>(to);
    for (let at = x; at < end; at += sizeof<Real>()) {
      sum += load<Real>(at) * load<Real>(matrix);
      matrix += pitch;
    }
    store<Real>(to, sum);
  }
}
