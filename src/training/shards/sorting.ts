/** Sorting of many numbers with turns of the event loop in between. */

import type { YieldToEventLoop } from "../../run.ts";
import { sortedBy } from "../batches/order.ts";

/** Numbers that are sorted or merged at once: some milliseconds. */
const block = 65536;

/** What `sortedBy` returns, for numbers in [0, 1): blocks sorted apart, then merged two by two. */
export async function sortedInTurns(numbers: Float64Array, yieldToEventLoop: YieldToEventLoop): Promise<Uint32Array> {
  let runs: Uint32Array[] = [];
  for (let from = 0; from < numbers.length; from += block) {
    await yieldToEventLoop();
    runs.push(sortedBy(numbers.subarray(from, from + block)).map((n) => n + from));
  }
  while (runs.length > 1) {
    const next: Uint32Array[] = [];
    for (let r = 0; r < runs.length; r += 2)
      next.push(r + 1 < runs.length ? await merged(numbers, runs[r], runs[r + 1], yieldToEventLoop) : runs[r]);
    runs = next;
  }
  return runs[0] ?? new Uint32Array(0);
}

/** Two ascending runs as one; of equal numbers those of the first come first. */
async function merged(
  numbers: Float64Array,
  first: Uint32Array,
  second: Uint32Array,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const out = new Uint32Array(first.length + second.length);
  let a = 0;
  let b = 0;
  for (let from = 0; from < out.length; from += block) {
    await yieldToEventLoop();
    for (let to = from; to < Math.min(out.length, from + block); to++) {
      const takesFirst = b === second.length || (a < first.length && numbers[first[a]] <= numbers[second[b]]);
      out[to] = takesFirst ? first[a++] : second[b++];
    }
  }
  return out;
}
