/** Samples that are one subset each: of a fixed size, or with every player there by a chance of its own. */

import { randomOf } from "../../numeric/random.ts";
import { presentIn } from "../games/sets.ts";
import type { Sampler } from "./drawing.ts";
import { drawnSubset } from "./shuffling.ts";

/** A subset and what it is worth. */
export interface Valued {
  readonly present: Uint8Array;
  /** By measure. */
  readonly values: Float64Array;
}

/** Every player is there with chance p, whoever else is. */
export function independentSubset(players: number, chance: number, seed: number, unit: number): Uint8Array {
  const random = randomOf(seed, "independent subsets", unit);
  return Uint8Array.from({ length: players }, () => (random.uniform() < chance ? 1 : 0));
}

/** `size` players are there, any choice as likely as any other. */
export function subsetOfSize(players: number, size: number, seed: number, unit: number): Uint8Array {
  return presentIn(drawnSubset(players, size, randomOf(seed, "subsets of a size", unit)), players);
}

/** One subset a sample, from its number. */
export function subsetDraws(subset: (unit: number) => Uint8Array): Sampler<Valued> {
  return {
    cost: 1,
    async draw(unit, ask) {
      const present = subset(unit);
      const values = await ask(present);
      return values === undefined ? undefined : { present, values };
    },
  };
}
