/** Means over the subsets that leave a player out, of what the player's own rows are worth then. */

import type { Tally } from "./drawing.ts";
import type { Valued } from "./subset-draws.ts";

/** A subset that counts so much, with a value a player. */
export interface Weighed extends Valued {
  readonly weight: number;
}

/**
 * Σ w·v_k/Σ w over the subsets without k (Hájek 1971), and the standard error √(Σ w²(v_k − mean)²)/Σ w, for as many samples as there are
 * degrees of freedom. NaN where a player was in all of them. Memory: six numbers a player.
 */
export function leftOut(players: number): Tally<Weighed> {
  const zeros = () => new Float64Array(players);
  const [weights, sums, counts, w2, w2v, w2vv] = [zeros(), zeros(), zeros(), zeros(), zeros(), zeros()];
  let first: Float64Array | undefined;
  let units = 0;
  const mean = (k: number) => sums[k] / weights[k];
  return {
    get units() {
      return units;
    },
    add({ present, values, weight }) {
      units++;
      // Sums of what is beyond the first value lose no digits to a large mean.
      first ??= values.slice();
      for (let k = 0; k < players; k++) {
        if (present[k] === 1) continue;
        const beyond = values[k] - first[k];
        counts[k]++;
        weights[k] += weight;
        sums[k] += weight * beyond;
        w2[k] += weight * weight;
        w2v[k] += weight * weight * beyond;
        w2vv[k] += weight * weight * beyond * beyond;
      }
    },
    values: () => sums.map((_, k) => (first?.[k] ?? 0) + mean(k)),
    standardErrors: () =>
      counts.map((count, k) => {
        if (count < 2) return Number.NaN;
        const squares = Math.max(0, w2vv[k] - 2 * mean(k) * w2v[k] + mean(k) ** 2 * w2[k]);
        return Math.sqrt((squares * count) / (count - 1)) / weights[k];
      }),
  };
}
