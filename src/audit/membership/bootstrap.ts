/** Intervals of an attack's rates by the bootstrap, over the same points for all models that are compared. */

import { randomOf } from "../../numeric/random.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { type Ranking, type Rates, ratesOf } from "./ranking.ts";

/** How often points are drawn again, and by which seed. */
export interface BootstrapSettings {
  readonly resamples: number;
  readonly seed: number;
}

/** Rates of every resample, one list a ranking. */
export interface Resampled {
  readonly rates: readonly (readonly Rates[])[];
}

/**
 * Members drawn from members and others from others, with replacement, as many as there are (Efron 1979); all rankings are of the same points and
 * get the same draws, so that differences between them are paired.
 */
export async function resampled(
  rankings: readonly Ranking[],
  { resamples, seed }: BootstrapSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Resampled> {
  const { members, nonMembers } = rankings[0];
  const random = randomOf(seed, "bootstrap of points");
  const counts = new Uint16Array(members + nonMembers);
  const rates: Rates[][] = rankings.map(() => []);
  for (let n = 0; n < resamples; n++) {
    await yieldToEventLoop();
    counts.fill(0);
    draw(counts.subarray(0, members), random.uniform);
    draw(counts.subarray(members), random.uniform);
    for (const [k, ranking] of rankings.entries()) rates[k].push(ratesOf(ranking, counts));
  }
  return { rates };
}

/** Adds as many draws as there are entries. A number of 53 bits gives two of them: what the first leaves over is uniform, too. */
function draw(counts: Uint16Array, uniform: () => number): void {
  const size = counts.length;
  for (let n = 0; n < size; n += 2) {
    const place = uniform() * size;
    const first = Math.floor(place);
    counts[first]++;
    if (n + 1 < size) counts[Math.floor((place - first) * size)]++;
  }
}
