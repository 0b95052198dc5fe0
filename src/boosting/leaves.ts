/** The leaf of every row in every tree. */

import type { Steps } from "../run.ts";
import { type FeatureRows, leafOf, type Tree } from "./ensemble.ts";

/** One tree's leaf of every row, in as few bytes as its leaves need. */
export type Leaves = Uint8Array | Uint16Array | Uint32Array;

const rowsPerStep = 1 << 16;

/** Of each tree the leaves of all rows. */
export function* leavesOf(trees: readonly Tree[], rows: FeatureRows): Steps<Leaves[]> {
  const all: Leaves[] = [];
  for (const tree of trees) {
    const leaves = spaceFor(tree.values.length, rows.count);
    for (let row = 0; row < rows.count; row++) {
      if (row % rowsPerStep === 0) yield;
      leaves[row] = leafOf(tree, rows, row);
    }
    all.push(leaves);
  }
  return all;
}

function spaceFor(leaves: number, rows: number): Leaves {
  if (leaves <= 0x100) return new Uint8Array(rows);
  return leaves <= 0x10000 ? new Uint16Array(rows) : new Uint32Array(rows);
}
