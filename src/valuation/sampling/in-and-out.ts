/** Means over the subsets that a player is in, less those over the subsets that it is not in: every subset serves every player. */

import type { Tally } from "./drawing.ts";
import type { Valued } from "./subset-draws.ts";

/**
 * mean(ν | k in) − mean(ν | k out), measures × players, and its standard error √(s²_in/n_in + s²_out/n_out). NaN where a player was in all or
 * in none. With `own` there is a measure a player, and each counts for its player alone. Memory: four numbers a value.
 */
export function inAndOut(players: number, measures: number, own = false): Tally<Valued> {
  const rows = own ? 1 : measures;
  const inside = sumsOf(rows * players);
  const outside = sumsOf(rows * players);
  const counts = new Uint32Array(players);
  let first: Float64Array | undefined;
  let units = 0;
  return {
    get units() {
      return units;
    },
    add({ present, values }) {
      units++;
      // Sums of what is beyond the first value lose no digits to a large mean.
      first ??= values.slice();
      for (let k = 0; k < players; k++) {
        counts[k] += present[k];
        const side = present[k] === 1 ? inside : outside;
        for (let r = 0; r < rows; r++) {
          const m = own ? k : r;
          const beyond = values[m] - first[m];
          side.sums[r * players + k] += beyond;
          side.squares[r * players + k] += beyond * beyond;
        }
      }
    },
    values: () =>
      inside.sums.map((sum, v) => {
        const there = counts[v % players];
        return sum / there - outside.sums[v] / (units - there);
      }),
    standardErrors: () =>
      inside.sums.map((_, v) => {
        const there = counts[v % players];
        return Math.sqrt(variance(inside, v, there) / there + variance(outside, v, units - there) / (units - there));
      }),
  };
}

interface Sums {
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

function sumsOf(length: number): Sums {
  return { sums: new Float64Array(length), squares: new Float64Array(length) };
}

/** Of a sample; NaN of fewer than two. */
function variance({ sums, squares }: Sums, v: number, count: number): number {
  if (count < 2) return Number.NaN;
  return Math.max(0, squares[v] - sums[v] ** 2 / count) / (count - 1);
}
