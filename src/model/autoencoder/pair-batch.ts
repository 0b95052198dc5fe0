/** Pairs gathered by user, and the last layer of a network on them: whole rows of items where most are asked, single products else. */

import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import type { Pairs } from "../model.ts";

/** Pairs whose users are numbered 0, 1, … in order of first appearance. */
export interface PairBatch {
  /** The distinct users. */
  readonly users: Uint32Array;
  /** Of every pair, the place of its user in `users`. */
  readonly slots: Uint32Array;
  readonly items: Uint32Array;
  readonly itemCount: number;
  /** The pairs whose "item" is the extra output. */
  readonly extra: Uint32Array;
  /** Most items of most users are there. */
  readonly wide: boolean;
  /** What multiplies whole rows. */
  readonly matrices: MatrixKernels;
}

/** Gathers pairs. */
export function pairBatch({ users, items }: Pairs, itemCount: number, matrices: MatrixKernels): PairBatch {
  const places = new Map<number, number>();
  const slots = new Uint32Array(users.length);
  for (let n = 0; n < users.length; n++) {
    if (n > 0 && users[n] === users[n - 1]) {
      slots[n] = slots[n - 1];
      continue;
    }
    const known = places.get(users[n]);
    slots[n] = known ?? places.size;
    if (known === undefined) places.set(users[n], slots[n]);
  }
  const extra: number[] = [];
  items.forEach((item, n) => {
    if (item === itemCount) extra.push(n);
  });
  const wide = 2 * (users.length - extra.length) >= places.size * itemCount;
  return {
    users: Uint32Array.from(places.keys()),
    slots,
    items,
    itemCount,
    extra: Uint32Array.from(extra),
    wide,
    matrices,
  };
}

/** Adds left[slot]·right[item] of every pair with an item to `out`; both tables have `width` columns. */
export function addItemProducts(
  batch: PairBatch,
  width: number,
  left: Float64Array,
  right: Float64Array,
  out: Float64Array,
): void {
  const { slots, items, itemCount, users } = batch;
  if (!batch.wide) {
    forEachItem(batch, (n) => {
      const [p, q] = [slots[n] * width, items[n] * width];
      let sum = 0;
      for (let f = 0; f < width; f++) sum += left[p + f] * right[q + f];
      out[n] += sum;
    });
    return;
  }
  const all = new Float64Array(users.length * itemCount);
  batch.matrices.multiply({ m: users.length, k: width, n: itemCount, transposeB: true }, left, right, all);
  forEachItem(batch, (n) => {
    out[n] += all[slots[n] * itemCount + items[n]];
  });
}

/** The transpose of `addItemProducts`, for one set of pairs' weights. */
export interface WeightedPairs {
  /** Adds Σ weights[n]·right[item] to the rows of slots. */
  addToSlots(right: Float64Array, out: Float64Array): void;
  /** Adds Σ weights[n]·left[slot] to the rows of items. */
  addToItems(left: Float64Array, out: Float64Array): void;
  /** Of every slot, the weight of its extra output. */
  readonly extra: Float64Array;
}

/** Prepares pairs' weights. */
export function weightedPairs(batch: PairBatch, width: number, weights: Float64Array): WeightedPairs {
  const { slots, users, itemCount } = batch;
  const extra = new Float64Array(users.length);
  for (const n of batch.extra) extra[slots[n]] += weights[n];
  if (!batch.wide) return { extra, ...singly(batch, width, weights) };
  const all = new Float64Array(users.length * itemCount);
  forEachItem(batch, (n) => {
    all[slots[n] * itemCount + batch.items[n]] += weights[n];
  });
  const { matrices } = batch;
  return {
    extra,
    addToSlots: (right, out) =>
      matrices.multiply({ m: users.length, k: itemCount, n: width, add: true }, all, right, out),
    addToItems: (left, out) =>
      matrices.multiply({ m: itemCount, k: users.length, n: width, transposeA: true, add: true }, all, left, out),
  };
}

function singly(batch: PairBatch, width: number, weights: Float64Array): Omit<WeightedPairs, "extra"> {
  const { slots, items } = batch;
  /** out[to[n]] += weights[n]·x[from[n]]. */
  const add = (x: Float64Array, from: Uint32Array, out: Float64Array, to: Uint32Array) =>
    forEachItem(batch, (n) => {
      const w = weights[n];
      if (w === 0) return;
      const [p, q] = [from[n] * width, to[n] * width];
      for (let f = 0; f < width; f++) out[q + f] += w * x[p + f];
    });
  return {
    addToSlots: (right, out) => add(right, items, out, slots),
    addToItems: (left, out) => add(left, slots, out, items),
  };
}

/** Visits the pairs that have an item. */
export function forEachItem({ items, itemCount }: PairBatch, visit: (n: number) => void): void {
  for (let n = 0; n < items.length; n++) if (items[n] !== itemCount) visit(n);
}
