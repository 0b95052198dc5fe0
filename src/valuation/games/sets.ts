/** Sets of players: all of them, all of a size, and how many there are. */

import { LetheError } from "../../errors.ts";

/** Sets of 1 … order players, by size, then in the order of their players. */
export function setsUpTo(players: number, order: number): number[][] {
  return Array.from({ length: Math.min(order, players) }, (_, k) => setsOfSize(players, k + 1)).flat();
}

/** Every player by itself. */
export function singles(players: number): number[][] {
  return Array.from({ length: players }, (_, k) => [k]);
}

/** All sets of a size, each ascending, in lexicographic order. */
export function setsOfSize(players: number, size: number): number[][] {
  if (size === 0) return [[]];
  const out: number[][] = [];
  const grow = (set: number[], from: number) => {
    if (set.length === size) out.push(set);
    else for (let k = from; k <= players - (size - set.length); k++) grow([...set, k], k + 1);
  };
  grow([], 0);
  return out;
}

/** n over k, as a double. */
export function binomial(n: number, k: number): number {
  let out = 1;
  for (let j = 1; j <= k; j++) out = (out * (n - k + j)) / j;
  return Math.round(out);
}

/** Who is there in a set that is given by its bits. */
export function presentOf(mask: number, players: number): Uint8Array {
  return Uint8Array.from({ length: players }, (_, k) => (mask >> k) & 1);
}

/** How many bits are set. */
export function bitsOf(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}

/** Who is there in a set of players. */
export function presentIn(set: ArrayLike<number>, players: number): Uint8Array {
  const present = new Uint8Array(players);
  for (let n = 0; n < set.length; n++) present[set[n]] = 1;
  return present;
}

/** More sets than this are no answer. */
const mostSets = 1_000_000;

/** Throws `bad-input` where there are too many sets of up to `order` players. */
export function requireFewSets(players: number, order: number): void {
  let count = 0;
  for (let size = 1; size <= Math.min(order, players); size++) count += binomial(players, size);
  if (count <= mostSets) return;
  throw new LetheError(
    "bad-input",
    `${players.toLocaleString("en-US")} players have ${count.toLocaleString("en-US")} sets of up to ${order}`,
    "name fewer players, or a smaller `order`",
  );
}
