/** Drawing a number of things by keys that belong to them, so that no draw depends on another. */

import type { YieldToEventLoop } from "../run.ts";

const binCount = 1 << 12;
const keysPerPiece = 1 << 14;

/**
 * The `wanted` of 0 … count − 1 with the smallest keys, ascending; `before` orders those with the same key. Keys are in [0, 1). Only those
 * whose keys are near the last one that is taken are sorted.
 */
export async function drawn(
  count: number,
  wanted: number,
  key: (k: number) => number,
  before: (a: number, b: number) => number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const keys = new Float64Array(count);
  const bins = new Uint32Array(binCount);
  for (let k = 0; k < count; k++) {
    keys[k] = key(k);
    bins[binOf(keys[k])]++;
    if (k % keysPerPiece === 0) await yieldToEventLoop();
  }
  let last = 0;
  let below = 0;
  while (last < binCount && below + bins[last] <= wanted) below += bins[last++];
  const all = Uint32Array.from(keys.keys());
  const order = (a: number, b: number) => keys[a] - keys[b] || before(a, b);
  const border = all.filter((k) => binOf(keys[k]) === last).sort(order);
  const taken = new Set(border.subarray(0, wanted - below));
  return all.filter((k) => binOf(keys[k]) < last || taken.has(k));
}

function binOf(key: number): number {
  return Math.floor(key * binCount);
}
