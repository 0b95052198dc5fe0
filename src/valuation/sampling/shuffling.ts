/** Random orders, random subsets and random sizes. */

import type { Random } from "../../numeric/random.ts";

/** Puts `count` random ones of the values in front, in random order: any choice as likely as any other (Fisher and Yates 1938). */
export function shuffleFront(values: Uint32Array, count: number, random: Random): void {
  for (let k = 0; k < Math.min(count, values.length - 1); k++) {
    const other = k + random.integer(values.length - k);
    const value = values[k];
    values[k] = values[other];
    values[other] = value;
  }
}

/** A random order of 0 … count − 1. */
export function shuffled(count: number, random: Random): Uint32Array {
  const order = inOrder(count);
  shuffleFront(order, count, random);
  return order;
}

/** Some of 0 … count − 1, each set of `size` as likely as any other. */
export function drawnSubset(count: number, size: number, random: Random): Uint32Array {
  const order = inOrder(count);
  shuffleFront(order, size, random);
  return order.subarray(0, size);
}

/** 0 … count − 1. */
export function inOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, k) => k);
}

/** A size, drawn by its share. */
export function drawnSize(shares: ArrayLike<number>, random: Random): number {
  let left = random.uniform();
  for (let size = 0; size < shares.length; size++) {
    left -= shares[size];
    if (left < 0) return size;
  }
  // What rounding leaves is the last size that can be.
  let last = shares.length - 1;
  while (shares[last] === 0) last--;
  return last;
}
