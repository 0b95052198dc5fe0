/** Matrix products of a block of rows: with packed weights, and with another block of the same rows. */

import { blockDepth, tileSize } from "../matrices/layout";
import { linesTile, packPanel, rowsTile } from "../matrices/tiles";

/** The number of columns filled up to whole tiles. */
@inline
export function whole(columns: i32): i32 {
  return (columns + tileSize - 1) & ~(tileSize - 1);
}

/** Packs lines of `count` entries, four to a panel, zeros in the place of missing ones. */
export function packLines(source: usize, lineBytes: usize, stepBytes: usize, lines: i32, count: i32, to: usize): void {
  for (let line = 0; line < lines; line += tileSize) {
    packPanel(source + lineBytes * (<usize>line), lineBytes, stepBytes, min<i32>(tileSize, lines - line), count, to);
    to += (<usize>count) * (tileSize * 8);
  }
}

/** out = or += a·(the packed matrix of `depth` rows), for whole tiles of rows and columns. */
export function multiplyPacked(
  a: usize, aBytes: usize, depth: i32, panels: usize, out: usize, outBytes: usize, rows: i32, columns: i32, add: bool,
): void {
  for (let from = 0; from < depth; from += blockDepth) {
    const count = min<i32>(blockDepth, depth - from);
    let panel = panels + (<usize>from) * (tileSize * 8);
    for (let column = 0; column < columns; column += tileSize) {
      let source = a + ((<usize>from) << 3);
      let to = out + ((<usize>column) << 3);
      for (let row = 0; row < rows; row += tileSize) {
        rowsTile(source, aBytes, tileSize, panel, count, to, outBytes, add || from > 0);
        source += aBytes * tileSize;
        to += outBytes * tileSize;
      }
      panel += (<usize>depth) * (tileSize * 8);
    }
  }
}

/** out += aᵀ·b, the sum over the rows that both have; the columns of out are those of b, filled up. */
export function addOuter(
  a: usize, aBytes: usize, aColumns: i32, b: usize, bBytes: usize, bColumns: i32, rows: i32, out: usize,
): void {
  const outBytes = (<usize>whole(bColumns)) << 3;
  for (let i = 0; i < aColumns; i += tileSize)
    for (let j = 0; j < bColumns; j += tileSize)
      linesTile(
        a + ((<usize>i) << 3), aBytes, b + ((<usize>j) << 3), bBytes, rows,
        out + outBytes * (<usize>i) + ((<usize>j) << 3), outBytes, true,
      );
}
