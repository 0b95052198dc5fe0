/** Samples that draw, for every set of players by itself, who was there before it. */

import { type Random, randomOf } from "../../numeric/random.ts";
import type { Game } from "../games/game.ts";
import { bitsOf } from "../games/sets.ts";
import type { Ask, Sampler } from "../sampling/drawing.ts";
import { drawnSize, inOrder, shuffleFront } from "../sampling/shuffling.ts";
import type { SizeLaw } from "./size-laws.ts";

/**
 * A sample is measures × sets: for each set A some others D, of a size drawn by its share, and Σ_T ⊆ A (−1)^(|A| − |T|) ν(D ∪ T). Of sets
 * of one player this is plain sampling of a semivalue: two sets a player.
 */
export function derivatives(
  game: Game,
  sets: readonly (readonly number[])[],
  law: SizeLaw,
  seed: number,
): Sampler<Float64Array> {
  const shares = new Map(sets.map(({ length }) => [length, law(length, game.players)]));
  return {
    cost: sets.reduce((sum, { length }) => sum + 2 ** length, 0),
    async draw(unit, ask) {
      const random = randomOf(seed, "derivatives", unit);
      const out = new Float64Array(game.measures * sets.length);
      for (const [a, set] of sets.entries()) {
        const others = drawnOthers(game.players, set, shares.get(set.length) ?? [], random);
        const found = await derivative(others, set, ask, game.measures);
        if (found === undefined) return undefined;
        for (let m = 0; m < game.measures; m++) out[m * sets.length + a] = found[m];
      }
      return out;
    },
  };
}

function drawnOthers(players: number, set: readonly number[], shares: ArrayLike<number>, random: Random): Uint8Array {
  const others = inOrder(players).filter((k) => !set.includes(k));
  const size = drawnSize(shares, random);
  shuffleFront(others, size, random);
  const present = new Uint8Array(players);
  for (const k of others.subarray(0, size)) present[k] = 1;
  return present;
}

/** Σ_T ⊆ A (−1)^(|A| − |T|) ν(D ∪ T), by measure. */
async function derivative(present: Uint8Array, set: readonly number[], ask: Ask, measures: number) {
  const out = new Float64Array(measures);
  for (let mask = 0; mask < 2 ** set.length; mask++) {
    set.forEach((k, bit) => {
      present[k] = (mask >> bit) & 1;
    });
    const found = await ask(present);
    if (found === undefined) return undefined;
    const sign = (set.length - bitsOf(mask)) % 2 === 0 ? 1 : -1;
    for (let m = 0; m < measures; m++) out[m] += sign * found[m];
  }
  return out;
}
