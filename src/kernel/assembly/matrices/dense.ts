/** Products of dense matrices: tiles of 4 × 4 in registers, over packed panels of the second factor. */

import {
  aColumnField, addField, aField, aRowField, bColumnField, bField, blockDepth, blockRows, bRowField, columnsField,
  depthField, grainField, outField, packedField, rowsField, scratchBytes, scratchField, tileSize,
} from "./layout";
import { copyEdge, linesTile, packPanel, rowsTile } from "./tiles";

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
      else linesTile(scratch + (((<usize>r) * (<usize>count)) << 3), tileSize * 8, panel, tileSize * 8, count, tile, tileBytes, whole && add);
      if (!whole) copyEdge(edge, to, outBytes, high, wide, add);
    }
    panel += (<usize>count) * (tileSize * 8);
  }
}
