/** The order in which an epoch visits its units: by numbers that follow from outside ids, so that deleting a unit leaves the order of the others unchanged. */

import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { Objective } from "../../objective/objective.ts";
import { unitKeys } from "../../objective/units.ts";

/**
 * A permutation of the objective's units. Every unit has a number that follows from the seed, the epoch and the outside ids of its user
 * and item (of its user alone, where units are users); units are sorted by it, equal numbers by position. Removing a unit leaves
 * the others in their order.
 */
export function unitOrder(
  { units, settings, interactions, keys }: Objective,
  seed: number,
  epoch: number,
): Uint32Array {
  const stream = randomOf(seed, "order of units", epoch).integer(2 ** 53);
  const numbers = new Float64Array(units.length);
  for (let n = 0; n < units.length; n++) {
    const [user, item, purpose] = unitKeys(settings.loss, interactions, keys, units[n]);
    numbers[n] = keyedUniform(stream, user, item, purpose);
  }
  return sortedBy(numbers).map((n) => units[n]);
}

/** Fewer numbers than this are sorted by comparing. */
const fewNumbers = 4096;

/** The positions of numbers in [0, 1) in ascending order of the numbers; equal ones in order of position. */
export function sortedBy(numbers: Float64Array): Uint32Array {
  let order = new Uint32Array(numbers.length);
  for (let n = 0; n < order.length; n++) order[n] = n;
  if (order.length < fewNumbers) return order.sort((a, b) => numbers[a] - numbers[b] || a - b);
  const high = new Uint32Array(numbers.length);
  for (let n = 0; n < high.length; n++) high[n] = numbers[n] * 2 ** 32;
  for (const shift of [0, 16]) order = countingPass(order, high, shift);
  settle(order, numbers);
  return order;
}

/** One stable pass of radix sort by 16 bits. */
function countingPass(order: Uint32Array, keys: Uint32Array, shift: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(65537);
  for (let n = 0; n < keys.length; n++) next[((keys[n] >>> shift) & 0xffff) + 1]++;
  for (let g = 0; g < 65536; g++) next[g + 1] += next[g];
  const out = new Uint32Array(order.length);
  for (let n = 0; n < order.length; n++) out[next[(keys[order[n]] >>> shift) & 0xffff]++] = order[n];
  return out;
}

/** Insertion sort: only numbers that agree in their first 32 bits are still out of order. */
function settle(order: Uint32Array, numbers: Float64Array): void {
  for (let n = 1; n < order.length; n++)
    for (let k = n; k > 0 && numbers[order[k - 1]] > numbers[order[k]]; k--) {
      const position = order[k];
      order[k] = order[k - 1];
      order[k - 1] = position;
    }
}
