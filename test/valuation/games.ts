/** Games that are known: by a formula of the set, each measure one. */

import type { Game } from "../../src/valuation/game.ts";

/** A game from functions of who is there. */
export function gameOf(players: number, ...worth: readonly ((present: Uint8Array) => number)[]): Game {
  return {
    players,
    measures: worth.length,
    width: 1,
    value: async (present) => ({ values: Float64Array.from(worth, (of) => of(present)), status: "converged" }),
  };
}

/** How many are there. */
export function sizeOf(present: Uint8Array): number {
  return present.reduce((sum, bit) => sum + bit, 0);
}

/** A player is worth what it is, whoever else is there. */
export const additive = (weights: readonly number[]) => (present: Uint8Array) =>
  weights.reduce((sum, weight, k) => sum + weight * present[k], 0);

/** 1 where all of these are there, else 0. */
export const unanimity = (members: readonly number[]) => (present: Uint8Array) =>
  members.every((k) => present[k] === 1) ? 1 : 0;

/** Pairs of a left and a right glove; the first `left` players have left ones. */
export const gloves = (left: number) => (present: Uint8Array) => {
  const lefts = sizeOf(present.subarray(0, left));
  return Math.min(lefts, sizeOf(present) - lefts);
};

/** 1 where more than half are there. */
export const majority = (present: Uint8Array) => (2 * sizeOf(present) > present.length ? 1 : 0);

/** A runway long enough for the longest plane that is there. */
export const airport = (lengths: readonly number[]) => (present: Uint8Array) =>
  lengths.reduce((most, length, k) => (present[k] === 1 ? Math.max(most, length) : most), 0);
