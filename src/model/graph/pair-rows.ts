/** Pairs' rows in a table of users and items: inner products, and their transpose. */

import type { Pairs } from "../model.ts";

/** A row-major table: `userCount` rows of users, then the items', `width` columns each. */
export interface NodeTable {
  readonly userCount: number;
  readonly width: number;
}

/** Adds x[user]·y[item] of every pair to `out`. */
export function addPairProducts(
  { userCount, width }: NodeTable,
  { users, items }: Pairs,
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
): void {
  for (let n = 0; n < out.length; n++) {
    const [p, q] = [users[n] * width, (userCount + items[n]) * width];
    let sum = 0;
    for (let f = 0; f < width; f++) sum += x[p + f] * y[q + f];
    out[n] += sum;
  }
}

/** Adds weights[n]·x[item] to the user's row of `out`, and weights[n]·x[user] to the item's. */
export function addPairRows(
  { userCount, width }: NodeTable,
  { users, items }: Pairs,
  weights: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  for (let n = 0; n < weights.length; n++) {
    const w = weights[n];
    if (w === 0) continue;
    const [p, q] = [users[n] * width, (userCount + items[n]) * width];
    for (let f = 0; f < width; f++) {
      out[p + f] += w * x[q + f];
      out[q + f] += w * x[p + f];
    }
  }
}
