/** Sparse × dense: every row of the result is a weighted sum of rows, sixteen columns of it in registers at a time. */

import {
  aField, bField, bordersField, columnsField, depthField, outField, panelWidth, sparseColumnsField, sparseStartField,
  sparseValuesField,
} from "./layout";

/** Bytes from row to row of a panel: the last one may be narrow. */
@inline
function panelRow(width: i32, panel: i32): usize {
  return (<usize>min<i32>(panelWidth, width - panel * panelWidth)) << 3;
}

/** Copies one panel of columns together, so that the second-level cache holds what the rows of a task read again and again. */
export function split(s: usize, panel: i32): void {
  const width = load<i32>(s, columnsField);
  const rows = load<i32>(s, depthField);
  const rowBytes = (<usize>width) << 3;
  const wide = panelRow(width, panel);
  const skipped = (<usize>(panel * panelWidth)) << 3;
  let from = load<usize>(s, bField) + skipped;
  let to = load<usize>(s, aField) + skipped * (<usize>rows);
  for (let r = rows; r > 0; r--) {
    memory.copy(to, from, wide);
    from += rowBytes;
    to += wide;
  }
}

/** The rows of one task. */
export function sparseMultiply(s: usize, task: i32): void {
  const borders = load<usize>(s, bordersField) + ((<usize>task) << 2);
  const width = load<i32>(s, columnsField);
  const rows = <usize>load<u32>(s, depthField);
  for (let panel = 0; panel * panelWidth < width; panel++) {
    const skipped = (<usize>(panel * panelWidth)) << 3;
    const from = load<usize>(s, aField) + skipped * rows;
    sumRows(s, load<u32>(borders), load<u32>(borders, 4), from, panelRow(width, panel), load<usize>(s, outField) + skipped);
  }
}

/** The columns of one panel of some rows. */
function sumRows(s: usize, row: u32, last: u32, panel: usize, rowBytes: usize, out: usize): void {
  const outBytes = (<usize>load<u32>(s, columnsField)) << 3;
  const wide = <i32>(rowBytes >> 3);
  const start = load<usize>(s, sparseStartField);
  for (; row < last; row++) {
    const at = start + ((<usize>row) << 2);
    const first = <usize>load<u32>(at);
    const count = load<u32>(at, 4) - <u32>first;
    const columns = load<usize>(s, sparseColumnsField) + (first << 2);
    const values = load<usize>(s, sparseValuesField) + (first << 3);
    let from = panel;
    let to = out + outBytes * (<usize>row);
    if (wide == panelWidth) {
      sixteen(columns, values, count, from, rowBytes, to);
      continue;
    }
    if (wide & 8) {
      eight(columns, values, count, from, rowBytes, to);
      from += 64;
      to += 64;
    }
    for (let k = (wide & 7) >> 1; k > 0; k--) {
      two(columns, values, count, from, rowBytes, to);
      from += 16;
      to += 16;
    }
    if (wide & 1) one(columns, values, count, from, rowBytes, to);
  }
}

@inline
function sixteen(columns: usize, values: usize, count: i32, from: usize, rowBytes: usize, to: usize): void {
  let s0 = v128.splat<f64>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (; count > 0; count--) {
    const x = from + rowBytes * (<usize>load<u32>(columns));
    const w = v128.load64_splat(values);
    s0 = v128.add<f64>(s0, v128.mul<f64>(w, v128.load(x)));
    s1 = v128.add<f64>(s1, v128.mul<f64>(w, v128.load(x, 16)));
    s2 = v128.add<f64>(s2, v128.mul<f64>(w, v128.load(x, 32)));
    s3 = v128.add<f64>(s3, v128.mul<f64>(w, v128.load(x, 48)));
    s4 = v128.add<f64>(s4, v128.mul<f64>(w, v128.load(x, 64)));
    s5 = v128.add<f64>(s5, v128.mul<f64>(w, v128.load(x, 80)));
    s6 = v128.add<f64>(s6, v128.mul<f64>(w, v128.load(x, 96)));
    s7 = v128.add<f64>(s7, v128.mul<f64>(w, v128.load(x, 112)));
    columns += 4;
    values += 8;
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
}

@inline
function eight(columns: usize, values: usize, count: i32, from: usize, rowBytes: usize, to: usize): void {
  let s0 = v128.splat<f64>(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; count > 0; count--) {
    const x = from + rowBytes * (<usize>load<u32>(columns));
    const w = v128.load64_splat(values);
    s0 = v128.add<f64>(s0, v128.mul<f64>(w, v128.load(x)));
    s1 = v128.add<f64>(s1, v128.mul<f64>(w, v128.load(x, 16)));
    s2 = v128.add<f64>(s2, v128.mul<f64>(w, v128.load(x, 32)));
    s3 = v128.add<f64>(s3, v128.mul<f64>(w, v128.load(x, 48)));
    columns += 4;
    values += 8;
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
}

@inline
function two(columns: usize, values: usize, count: i32, from: usize, rowBytes: usize, to: usize): void {
  let sum = v128.splat<f64>(0);
  for (; count > 0; count--) {
    const x = from + rowBytes * (<usize>load<u32>(columns));
    sum = v128.add<f64>(sum, v128.mul<f64>(v128.load64_splat(values), v128.load(x)));
    columns += 4;
    values += 8;
  }
  v128.store(to, sum);
}

@inline
function one(columns: usize, values: usize, count: i32, from: usize, rowBytes: usize, to: usize): void {
  let sum: f64 = 0;
  for (; count > 0; count--) {
    sum += load<f64>(values) * load<f64>(from + rowBytes * (<usize>load<u32>(columns)));
    columns += 4;
    values += 8;
  }
  store<f64>(to, sum);
}
