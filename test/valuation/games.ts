/** Games that are known: by a formula of the set, each measure one. */

import { randomOf } from "../../src/numeric/random.ts";
import type { Game } from "../../src/valuation/games/game.ts";

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

/** Any worth for every set: normal numbers. */
export function tableGame(players: number, seed: number): (present: Uint8Array) => number {
  const random = randomOf(seed, "table game");
  const table = Float64Array.from({ length: 2 ** players }, () => random.normal());
  return (present) => table[present.reduce((mask, bit, k) => mask | (bit << k), 0)];
}

/** The players of a set by its bits. */
export function membersOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, k) => k).filter((k) => (mask >> k) & 1);
}

/** A game's worth of a set of players. */
export function worthOf(worth: (present: Uint8Array) => number, players: number, members: readonly number[]): number {
  return worth(Uint8Array.from({ length: players }, (_, k) => (members.includes(k) ? 1 : 0)));
}

/** All orders of 0 … n − 1. */
export function allOrders(n: number): number[][] {
  if (n === 0) return [[]];
  return allOrders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/** By definition: a mean over all orders of a weight by place times what the player adds to those before it. */
export function byOrders(
  worth: (present: Uint8Array) => number,
  n: number,
  weight: (before: number) => number = () => 1,
): number[] {
  const orders = allOrders(n);
  const out = new Array<number>(n).fill(0);
  for (const order of orders)
    order.forEach((k, before) => {
      const gain = worthOf(worth, n, order.slice(0, before + 1)) - worthOf(worth, n, order.slice(0, before));
      out[k] += (weight(before) * gain) / orders.length;
    });
  return out;
}

/** By definition: a mean over all sets of others, each weighing what it is told to. */
export function bySets(
  worth: (present: Uint8Array) => number,
  n: number,
  weight: (others: number) => number,
): number[] {
  return Array.from({ length: n }, (_, k) => {
    let sum = 0;
    for (let mask = 0; mask < 2 ** n; mask++) {
      const others = membersOf(mask);
      if (others.includes(k)) continue;
      sum += weight(others.length) * (worthOf(worth, n, [...others, k]) - worthOf(worth, n, others));
    }
    return sum;
  });
}
