/** Samples that are orders in which the players come: what each adds to those before it. */

import { randomOf } from "../../numeric/random.ts";
import type { Ends, Game } from "../games/game.ts";
import type { Ask, Sampler } from "../sampling/drawing.ts";
import { shuffled } from "../sampling/shuffling.ts";
import type { SizeLaw } from "./size-laws.ts";

/** How orders are drawn and walked. */
export interface Orders {
  readonly law: SizeLaw;
  readonly seed: number;
  /** Every order is followed by its reverse; the mean of the two is one sample. */
  readonly antithetic?: boolean;
  /**
   * A measure's walk ends where it is nearer than this to that of all players; those who have not come add 0 (Ghorbani and Zou 2019,
   * Algorithm 1). Every measure ends for itself.
   */
  readonly tolerance?: number;
}

/** How far walks came. */
export interface Walks {
  /** Steps until a walk ended and steps that there were, over all measures. */
  taken: number;
  possible: number;
}

/**
 * A sample is measures × players: n·(share of the size)·(ν(those before, and the player) − ν(those before)), which is right in expectation
 * because a player is as likely at any place. With uniform sizes a sample sums to ν(all) − ν(none).
 */
export function permutations(
  game: Game,
  ends: Ends,
  orders: Orders,
  walks: Walks = { taken: 0, possible: 0 },
): Sampler<Float64Array> {
  const { players: n, measures } = game;
  const weights = orders.law(1, n).map((share) => share * n);
  const ways = orders.antithetic ? 2 : 1;
  return {
    cost: ways * Math.max(1, n - 1),
    async draw(unit, ask) {
      const order = shuffled(n, randomOf(orders.seed, "orders", unit));
      const out = new Float64Array(measures * n);
      for (let way = 0; way < ways; way++) {
        const steps = await walk({ order, weights, ends, tolerance: orders.tolerance ?? 0 }, ask, out, 1 / ways);
        if (steps === undefined) return undefined;
        walks.taken += steps;
        walks.possible += measures * n;
        order.reverse();
      }
      return out;
    },
  };
}

interface Walk {
  readonly order: Uint32Array;
  readonly weights: Float64Array;
  readonly ends: Ends;
  readonly tolerance: number;
}

/** Adds what each player adds, times `scale`, and returns the steps of all measures; undefined when the answers ended. */
async function walk({ order, weights, ends, tolerance }: Walk, ask: Ask, out: Float64Array, scale: number) {
  const n = order.length;
  const before = ends.none.values.slice();
  const all = ends.all.values;
  const open = new Uint8Array(before.length).fill(1);
  const present = new Uint8Array(n);
  let steps = 0;
  for (const [s, k] of order.entries()) {
    for (let m = 0; m < open.length; m++) if (Math.abs(all[m] - before[m]) < tolerance) open[m] = 0;
    if (!open.includes(1)) break;
    present[k] = 1;
    const after = s === n - 1 ? all : await ask(present);
    if (after === undefined) return undefined;
    for (let m = 0; m < open.length; m++) {
      if (open[m] === 0) continue;
      out[m * n + k] += scale * weights[s] * (after[m] - before[m]);
      before[m] = after[m];
      steps++;
    }
  }
  return steps;
}
