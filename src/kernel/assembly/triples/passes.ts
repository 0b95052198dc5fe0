/** Passes over the triples of a chunk of users: value and gradient, slopes, and products with the Hessian. */

import { dots, dotsTwo, update } from "../batch";
import { bytes } from "../vectors";
import {
  borderOf, differences, emptyAccumulator, finish, logistic, marginsAt, scratchOf, spread, spreadProduct, xsAt, ysAt,
} from "./batches";
import {
  batchesField, factorsField, inputField, itemsField, outputField, pointField, runsField, slopesField,
  userBatchesField, userCountField,
} from "./layout";

@inline
function itemsAt(s: usize, rowBytes: usize): usize {
  return rowBytes * (<usize>load<u32>(s, userCountField));
}

/** Adds the gradient of a chunk's users to its item table and writes their own rows; keeps the slopes where there is room for them. */
export function evaluate(s: usize, chunk: i32, thread: i32): void {
  pass(s, chunk, thread, true);
}

/** Keeps the slopes at the point. */
export function keepSlopes(s: usize, chunk: i32, thread: i32): void {
  pass(s, chunk, thread, false);
}

@inline
function pass(s: usize, chunk: i32, thread: i32, gradient: bool): void {
  const d = load<i32>(s, factorsField);
  const rowBytes = bytes(d);
  const offsets = scratchOf(s, thread);
  const xs = offsets + xsAt;
  const slopes = load<usize>(s, slopesField);
  const items = load<usize>(s, itemsField);
  const runs = load<usize>(s, runsField);
  const point = load<usize>(s, pointField);
  const table = point + itemsAt(s, rowBytes);
  const own = load<usize>(s, outputField);
  const into = gradient ? emptyAccumulator(s, chunk) : 0;
  const last = borderOf(s, chunk + 1);
  let value: f64 = 0;
  for (let user = borderOf(s, chunk); user < last; user++) {
    const row = point + rowBytes * (<usize>user);
    const out = own + rowBytes * (<usize>user);
    if (gradient) memory.fill(out, 0, rowBytes);
    const first = load<usize>(s, userBatchesField) + ((<usize>user) << 2);
    let batch = load<usize>(s, batchesField) + ((<usize>load<u32>(first)) << 3);
    const end = load<usize>(s, batchesField) + ((<usize>load<u32>(first, 4)) << 3);
    for (; batch < end; batch += 8) {
      const entry = <usize>load<u32>(batch);
      const run = <usize>load<u32>(batch, 4);
      const count = load<i32>(batch, 8) - <i32>entry;
      const runCount = load<i32>(batch, 12) - <i32>run;
      const firstRun = runs + (run << 2);
      const endRun = firstRun + ((<usize>runCount) << 2);
      const at = slopes ? slopes + ((entry - run) << 3) : offsets + marginsAt;
      dots(items + (entry << 2), count, row, table, rowBytes, d, false, offsets, xs, gradient);
      differences(xs, firstRun, endRun, at);
      value += logistic(gradient, at, count - runCount);
      if (!gradient) continue;
      spread(at, firstRun, endRun, xs);
      update(false, true, true, count, offsets, xs, xs, row, row, out, table, table, into, d);
    }
  }
  finish(s, chunk, value);
}

/** The same for the product of the Hessian with the input. */
export function fullProduct(s: usize, chunk: i32, thread: i32): void {
  product(s, chunk, thread, true);
}

/** The same for the product of the Gauss-Newton matrix. */
export function gaussNewtonProduct(s: usize, chunk: i32, thread: i32): void {
  product(s, chunk, thread, false);
}

@inline
function product(s: usize, chunk: i32, thread: i32, full: bool): void {
  const d = load<i32>(s, factorsField);
  const rowBytes = bytes(d);
  const offsets = scratchOf(s, thread);
  const xs = offsets + xsAt;
  const ys = offsets + ysAt;
  const slopes = load<usize>(s, slopesField);
  const items = load<usize>(s, itemsField);
  const runs = load<usize>(s, runsField);
  const point = load<usize>(s, pointField);
  const input = load<usize>(s, inputField);
  const table = point + itemsAt(s, rowBytes);
  const towards = input + itemsAt(s, rowBytes);
  const own = load<usize>(s, outputField);
  const into = emptyAccumulator(s, chunk);
  const last = borderOf(s, chunk + 1);
  for (let user = borderOf(s, chunk); user < last; user++) {
    const row = point + rowBytes * (<usize>user);
    const direction = input + rowBytes * (<usize>user);
    const out = own + rowBytes * (<usize>user);
    memory.fill(out, 0, rowBytes);
    const first = load<usize>(s, userBatchesField) + ((<usize>user) << 2);
    let batch = load<usize>(s, batchesField) + ((<usize>load<u32>(first)) << 3);
    const end = load<usize>(s, batchesField) + ((<usize>load<u32>(first, 4)) << 3);
    for (; batch < end; batch += 8) {
      const entry = <usize>load<u32>(batch);
      const run = <usize>load<u32>(batch, 4);
      const count = load<i32>(batch, 8) - <i32>entry;
      const firstRun = runs + (run << 2);
      const endRun = runs + ((<usize>load<u32>(batch, 12)) << 2);
      dotsTwo(items + (entry << 2), count, row, towards, direction, table, rowBytes, d, false, offsets, xs);
      spreadProduct(full, slopes + ((entry - run) << 3), firstRun, endRun, xs, ys);
      update(full, true, true, count, offsets, xs, ys, row, direction, out, table, towards, into, d);
    }
  }
}
