/** Values of sets of players: what they add together beyond what their parts add. */

import type { Estimate, EstimateRun, Estimator } from "../../method/estimator.ts";
import type { Game } from "../games/game.ts";
import { binomial, setsUpTo } from "../games/sets.ts";
import { checkSampling, requireOneSample, type Sampling, samplingSettings } from "../sampling/sampling-settings.ts";
import { valuer } from "../valuer.ts";
import { fromAllSubsets } from "./all-subsets.ts";
import { fromDerivatives, takesAll } from "./semivalue.ts";
import type { SizeLaw } from "./size-laws.ts";

/** Settings of values of sets. */
export const interactionSettings = {
  order: { summary: "players in a set, at most", standard: 2, least: 1, whole: true },
  sampler: {
    summary: "auto: all subsets to 12 players; plain: others are drawn for every set by itself",
    standard: "auto",
    choices: ["auto", "all", "plain"],
  },
  ...samplingSettings,
} as const;

/** A valuer of all sets of 1 … `order` players under a law of sizes; `sets` of the estimate says which value is whose. */
export function setValuer(
  law: SizeLaw,
  { order, sampler, ...sampling }: Sampling & { readonly order: number; readonly sampler: string },
): Estimator {
  return valuer({
    order,
    async estimate(game, run) {
      checkSampling(sampling);
      return ofSets(game, law, { order, sampler }, sampling, run);
    },
  });
}

async function ofSets(
  game: Game,
  law: SizeLaw,
  { order, sampler }: { readonly order: number; readonly sampler: string },
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  const { players } = game;
  if (await takesAll(sampler, game, sampling, run)) return fromAllSubsets(game, setsUpTo(players, order), law, run);
  requireOneSample(sampling, costOf(players, order), `one sample of all sets to ${order} of ${players} players`);
  return fromDerivatives(game, setsUpTo(players, order), law, sampling, run);
}

/** Sets that one sample asks about. */
function costOf(players: number, order: number): number {
  let cost = 0;
  for (let size = 1; size <= Math.min(order, players); size++) cost += binomial(players, size) * 2 ** size;
  return cost;
}
