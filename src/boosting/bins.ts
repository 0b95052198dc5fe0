/** Values of features in bins: borders from quantiles, and examples in an order that is theirs alone. */

import type { FeatureRows } from "./ensemble.ts";

/** Examples as trees are grown on them: column by column, each value as the number of its bin. */
export interface Binned {
  readonly count: number;
  /** A column a feature. */
  readonly columns: readonly Uint8Array[];
  /** Of every feature, ascending: border b lies between bin b and bin b + 1, and values up to it are left of it. */
  readonly borders: readonly Float64Array[];
}

/** The borders of one feature's bins, `bins` at most: between all values that differ where these are few, else before every quantile. */
export function bordersOf(values: Float64Array, bins: number): Float64Array {
  const sorted = values.toSorted();
  const starts = sorted.filter((value, k) => k === 0 || value !== sorted[k - 1]);
  if (starts.length <= bins) return Float64Array.from(starts.subarray(1), (value, k) => between(starts[k], value));
  const borders: number[] = [];
  for (let bin = 1; bin < bins; bin++) {
    const start = sorted[Math.floor((bin * sorted.length) / bins)];
    const at = binOf(start, starts);
    if (at === 0) continue;
    const border = between(starts[at - 1], start);
    if (border !== borders.at(-1)) borders.push(border);
  }
  return Float64Array.from(borders);
}

/** A number that is at least the lower one and below the upper one. */
function between(low: number, high: number): number {
  const middle = Math.max(low, low / 2 + high / 2);
  return middle < high ? middle : low;
}

/** How many of the ascending borders lie below a value. */
export function binOf(value: number, borders: Float64Array): number {
  let [low, high] = [0, borders.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (borders[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Column `feature` of rows of features. */
export function columnOf({ count, width, values }: FeatureRows, feature: number): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => values[row * width + feature]);
}

/**
 * The order of examples by bins, then labels. Examples that are alike in both have the same slopes in every round, so sums in this order do
 * not depend on how the examples came.
 */
export function orderOf(columns: readonly Uint8Array[], labels: Float64Array): Uint32Array {
  const known = labels.toSorted();
  const ranks = Uint32Array.from(labels, (label) => binOf(label, known));
  let order = Uint32Array.from(labels.keys());
  for (let shift = 0; shift < 32 && labels.length >>> shift > 0; shift += 8)
    order = sortedBy(order, (row) => (ranks[row] >>> shift) & 0xff);
  for (const column of columns) order = sortedBy(order, (row) => column[row]);
  return order;
}

/** A stable counting sort by a byte. */
function sortedBy(order: Uint32Array, byteOf: (row: number) => number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(257);
  for (const row of order) next[byteOf(row) + 1]++;
  for (let byte = 0; byte < 256; byte++) next[byte + 1] += next[byte];
  const out = new Uint32Array(order.length);
  for (const row of order) out[next[byteOf(row)]++] = row;
  return out;
}
