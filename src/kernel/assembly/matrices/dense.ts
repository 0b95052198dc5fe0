/** Products of dense matrices: tiles of 4 × 4 in registers, over packed panels of the second factor. */

import {
  aColumnField, addField, aField, aRowField, bColumnField, bField, blockDepth, blockRows, bRowField, columnsField,
  depthField, grainField, outField, packedField, rowsField, scratchBytes, scratchField, tileSize,
} from "./layout";

/** Packs the panels of one task. */
export function pack(s: usize, task: i32): void {
  const columns = load<i32>(s, columnsField);
  const depth = load<i32>(s, depthField);
  const grain = load<i32>(s, grainField);
  const rowBytes = load<usize>(s, bRowField);
  const columnBytes = load<usize>(s, bColumnField);
  const panels = (columns + tileSize - 1) / tileSize;
  const last = min<i32>(panels, (task + 1) * grain);
  for (let from = 0; from < depth; from += blockDepth) {
    const count = min<i32>(blockDepth, depth - from);
    for (let panel = task * grain; panel < last; panel++) {
      const source = load<usize>(s, bField) + rowBytes * (<usize>from) + columnBytes * (<usize>(panel * tileSize));
      const to = load<usize>(s, packedField) + panelAt(panels, from, panel, count);
      packPanel(source, columnBytes, rowBytes, min<i32>(tileSize, columns - panel * tileSize), count, to);
    }
  }
}

/** Bytes from the first packed entry to a panel. */
@inline
function panelAt(panels: i32, from: i32, panel: i32, count: i32): usize {
  return ((<usize>panels) * (<usize>from) + (<usize>panel) * (<usize>count)) * (tileSize * 8);
}

/** Interleaves up to four lines of `count` entries, and zeros in the place of missing ones. */
@inline
function packPanel(source: usize, lineBytes: usize, stepBytes: usize, lines: i32, count: i32, to: usize): void {
  if (lines == tileSize) {
    if (lineBytes == 8) copyLines(source, stepBytes, count, to);
    else interleave(source, lineBytes, stepBytes, count, to);
    return;
  }
  memory.fill(to, 0, (<usize>count) * (tileSize * 8));
  for (let line = 0; line < lines; line++) {
    let from = source + lineBytes * (<usize>line);
    let into = to + ((<usize>line) << 3);
    for (let k = count; k > 0; k--) {
      store<f64>(into, load<f64>(from));
      from += stepBytes;
      into += tileSize * 8;
    }
  }
}

@inline
function copyLines(source: usize, stepBytes: usize, count: i32, to: usize): void {
  for (let k = count; k > 0; k--) {
    v128.store(to, v128.load(source));
    v128.store(to, v128.load(source, 16), 16);
    source += stepBytes;
    to += tileSize * 8;
  }
}

@inline
function interleave(source: usize, lineBytes: usize, stepBytes: usize, count: i32, to: usize): void {
  let p1 = source + lineBytes;
  let p2 = p1 + lineBytes;
  let p3 = p2 + lineBytes;
  for (let k = count; k > 0; k--) {
    store<f64>(to, load<f64>(source));
    store<f64>(to, load<f64>(p1), 8);
    store<f64>(to, load<f64>(p2), 16);
    store<f64>(to, load<f64>(p3), 24);
    source += stepBytes;
    p1 += stepBytes;
    p2 += stepBytes;
    p3 += stepBytes;
    to += tileSize * 8;
  }
}

/** The rows of one task, times the packed panels. */
export function multiply(s: usize, task: i32, thread: i32): void {
  const depth = load<i32>(s, depthField);
  const grain = load<i32>(s, grainField);
  const last = min<i32>(load<i32>(s, rowsField), (task + 1) * grain);
  const add = load<i32>(s, addField) != 0;
  if (depth == 0 && !add) clearRows(s, task * grain, last);
  for (let from = 0; from < depth; from += blockDepth)
    for (let row = task * grain; row < last; row += blockRows)
      multiplyBlock(s, row, min<i32>(blockRows, last - row), from, min<i32>(blockDepth, depth - from), add || from > 0, thread);
}

function clearRows(s: usize, first: i32, last: i32): void {
  const rowBytes = load<usize>(s, columnsField) << 3;
  memory.fill(load<usize>(s, outField) + rowBytes * (<usize>first), 0, rowBytes * (<usize>(last - first)));
}

/** A block of rows and of depth, against all panels. */
function multiplyBlock(s: usize, row: i32, rows: i32, from: i32, count: i32, add: bool, thread: i32): void {
  const columns = load<i32>(s, columnsField);
  const rowBytes = load<usize>(s, aRowField);
  const columnBytes = load<usize>(s, aColumnField);
  const scratch = load<usize>(s, scratchField) + (<usize>scratchBytes) * (<usize>thread);
  const edge = scratch + blockRows * blockDepth * 8;
  const source = load<usize>(s, aField) + rowBytes * (<usize>row) + columnBytes * (<usize>from);
  const inPlace = columnBytes == 8;
  if (!inPlace)
    for (let r = 0; r < rows; r += tileSize)
      packPanel(source + rowBytes * (<usize>r), rowBytes, columnBytes, min<i32>(tileSize, rows - r), count, scratch + (((<usize>r) * (<usize>count)) << 3));
  const outBytes = (<usize>columns) << 3;
  const out = load<usize>(s, outField) + outBytes * (<usize>row);
  const panels = (columns + tileSize - 1) / tileSize;
  let panel = load<usize>(s, packedField) + panelAt(panels, from, 0, count);
  for (let column = 0; column < columns; column += tileSize) {
    const wide = min<i32>(tileSize, columns - column);
    for (let r = 0; r < rows; r += tileSize) {
      const high = min<i32>(tileSize, rows - r);
      const whole = wide == tileSize && high == tileSize;
      const to = out + outBytes * (<usize>r) + ((<usize>column) << 3);
      const tile = whole ? to : edge;
      const tileBytes = whole ? outBytes : tileSize * 8;
      if (inPlace) rowsTile(source + rowBytes * (<usize>r), rowBytes, high, panel, count, tile, tileBytes, whole && add);
      else packedTile(scratch + (((<usize>r) * (<usize>count)) << 3), panel, count, tile, tileBytes, whole && add);
      if (!whole) copyEdge(edge, to, outBytes, high, wide, add);
    }
    panel += (<usize>count) * (tileSize * 8);
  }
}

/** The part of a tile that is inside the result. */
function copyEdge(edge: usize, to: usize, outBytes: usize, high: i32, wide: i32, add: bool): void {
  for (let r = 0; r < high; r++)
    for (let c = 0; c < wide; c++) {
      const at = to + outBytes * (<usize>r) + ((<usize>c) << 3);
      const x = load<f64>(edge + ((<usize>(r * tileSize + c)) << 3));
      store<f64>(at, add ? load<f64>(at) + x : x);
    }
}

@inline
function put(to: usize, x: v128, y: v128, add: bool): void {
  if (add) {
    v128.store(to, v128.add<f64>(v128.load(to), x));
    v128.store(to, v128.add<f64>(v128.load(to, 16), y), 16);
  } else {
    v128.store(to, x);
    v128.store(to, y, 16);
  }
}

/** Four rows as they lie in memory; missing ones repeat the first, and are computed for nothing. */
function rowsTile(p0: usize, rowBytes: usize, high: i32, panel: usize, count: i32, to: usize, toBytes: usize, add: bool): void {
  let p1 = high > 1 ? p0 + rowBytes : p0;
  let p2 = high > 2 ? p1 + rowBytes : p0;
  let p3 = high > 3 ? p2 + rowBytes : p0;
  let r00 = v128.splat<f64>(0);
  let r01 = r00;
  let r10 = r00;
  let r11 = r00;
  let r20 = r00;
  let r21 = r00;
  let r30 = r00;
  let r31 = r00;
  for (const end = p0 + ((<usize>count) << 3); p0 < end; p0 += 8) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const a0 = v128.load64_splat(p0);
    r00 = v128.add<f64>(r00, v128.mul<f64>(a0, b0));
    r01 = v128.add<f64>(r01, v128.mul<f64>(a0, b1));
    const a1 = v128.load64_splat(p1);
    r10 = v128.add<f64>(r10, v128.mul<f64>(a1, b0));
    r11 = v128.add<f64>(r11, v128.mul<f64>(a1, b1));
    const a2 = v128.load64_splat(p2);
    r20 = v128.add<f64>(r20, v128.mul<f64>(a2, b0));
    r21 = v128.add<f64>(r21, v128.mul<f64>(a2, b1));
    const a3 = v128.load64_splat(p3);
    r30 = v128.add<f64>(r30, v128.mul<f64>(a3, b0));
    r31 = v128.add<f64>(r31, v128.mul<f64>(a3, b1));
    p1 += 8;
    p2 += 8;
    p3 += 8;
    panel += tileSize * 8;
  }
  put(to, r00, r01, add);
  to += toBytes;
  put(to, r10, r11, add);
  to += toBytes;
  put(to, r20, r21, add);
  to += toBytes;
  put(to, r30, r31, add);
}

/** Four rows that were packed. */
function packedTile(packed: usize, panel: usize, count: i32, to: usize, toBytes: usize, add: bool): void {
  let r00 = v128.splat<f64>(0);
  let r01 = r00;
  let r10 = r00;
  let r11 = r00;
  let r20 = r00;
  let r21 = r00;
  let r30 = r00;
  let r31 = r00;
  for (const end = packed + (<usize>count) * (tileSize * 8); packed < end; packed += tileSize * 8) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const a0 = v128.load64_splat(packed);
    r00 = v128.add<f64>(r00, v128.mul<f64>(a0, b0));
    r01 = v128.add<f64>(r01, v128.mul<f64>(a0, b1));
    const a1 = v128.load64_splat(packed, 8);
    r10 = v128.add<f64>(r10, v128.mul<f64>(a1, b0));
    r11 = v128.add<f64>(r11, v128.mul<f64>(a1, b1));
    const a2 = v128.load64_splat(packed, 16);
    r20 = v128.add<f64>(r20, v128.mul<f64>(a2, b0));
    r21 = v128.add<f64>(r21, v128.mul<f64>(a2, b1));
    const a3 = v128.load64_splat(packed, 24);
    r30 = v128.add<f64>(r30, v128.mul<f64>(a3, b0));
    r31 = v128.add<f64>(r31, v128.mul<f64>(a3, b1));
    panel += tileSize * 8;
  }
  put(to, r00, r01, add);
  to += toBytes;
  put(to, r10, r11, add);
  to += toBytes;
  put(to, r20, r21, add);
  to += toBytes;
  put(to, r30, r31, add);
}
