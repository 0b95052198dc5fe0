/** Moving rows of two tables in and out of a matrix: the user's row and the item's, side by side. */

import type { RowPairs, Tower } from "./towers.ts";

/** A matrix inside an array: `count` rows for the pairs from `from` on, the first at `at`, the next ones `stride` behind each other. */
export interface RowBlock {
  readonly values: Float64Array;
  readonly at: number;
  readonly stride: number;
  readonly from: number;
  readonly count: number;
}

/** Overwrites the first 2·embedding columns of the block by the pairs' rows in `vector`. */
export function gatherRows(tower: Tower, { users, items }: RowPairs, vector: Float64Array, block: RowBlock): void {
  const { embedding, usersAt, itemsAt } = tower;
  const { values, stride, from, count } = block;
  let left = block.at;
  for (let n = from; n < from + count; n++, left += stride) {
    const p = usersAt + users[n] * embedding;
    const q = itemsAt + items[n] * embedding;
    const right = left + embedding;
    for (let f = 0; f < embedding; f++) {
      values[left + f] = vector[p + f];
      values[right + f] = vector[q + f];
    }
  }
}

/** Adds them to the pairs' rows in `out`, in the order of the pairs. */
export function scatterRows(tower: Tower, { users, items }: RowPairs, block: RowBlock, out: Float64Array): void {
  const { embedding, usersAt, itemsAt } = tower;
  const { values, stride, from, count } = block;
  let left = block.at;
  for (let n = from; n < from + count; n++, left += stride) {
    const p = usersAt + users[n] * embedding;
    const q = itemsAt + items[n] * embedding;
    const right = left + embedding;
    for (let f = 0; f < embedding; f++) {
      out[p + f] += values[left + f];
      out[q + f] += values[right + f];
    }
  }
}
