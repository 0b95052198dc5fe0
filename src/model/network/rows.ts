/** Moving rows of tables in and out of a batch: each pair's user row and item row, side by side. */

import type { Pairs } from "../model.ts";

/** Two tables with `width` columns each, by where they begin in a parameter vector. */
export interface PairRows {
  readonly pairs: Pairs;
  readonly width: number;
  readonly usersAt: number;
  readonly itemsAt: number;
}

/** Row n of `out` (2·width wide) = [user row; item row] of pair n in `vector`. */
export function gatherRows(rows: PairRows, vector: Float64Array, out: Float64Array): void {
  const { pairs, width, usersAt, itemsAt } = rows;
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    const left = 2 * n * width;
    const right = left + width;
    for (let f = 0; f < width; f++) {
      out[left + f] = vector[p + f];
      out[right + f] = vector[q + f];
    }
  }
}

/** Adds row n of `values` to the two rows of pair n in `out`, in the order of the pairs. */
export function scatterRows(rows: PairRows, values: Float64Array, out: Float64Array): void {
  const { pairs, width, usersAt, itemsAt } = rows;
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    const left = 2 * n * width;
    const right = left + width;
    for (let f = 0; f < width; f++) {
      out[p + f] += values[left + f];
      out[q + f] += values[right + f];
    }
  }
}
