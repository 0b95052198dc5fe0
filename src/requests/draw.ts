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
  const border: number[] = [];
  for (let k = 0; k < count; k++) {
    if (binOf(keys[k]) === last) border.push(k);
    if (k % keysPerPiece === 0) await yieldToEventLoop();
  }
  border.sort((a, b) => keys[a] - keys[b] || before(a, b));
  const taken = new Set(border.slice(0, wanted - below));
  const out = new Uint32Array(wanted);
  let found = 0;
  for (let k = 0; k < count; k++) {
    if (binOf(keys[k]) < last || taken.has(k)) out[found++] = k;
    if (k % keysPerPiece === 0) await yieldToEventLoop();
  }
  return out;
}

function binOf(key: number): number {
  return Math.floor(key * binCount);
}
