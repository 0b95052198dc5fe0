/** The Banzhaf value: what a player adds to a set of others, every set counting the same. */

import { method } from "../method/method.ts";
import type { Game } from "./games/game.ts";
import { samplingSettings } from "./sampling/sampling-settings.ts";
import { independentSubset } from "./sampling/subset-draws.ts";
import { fromSubsets } from "./sampling/subset-means.ts";
import { semivaluesOf, takesAll } from "./semivalues/semivalue.ts";
import { independentSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";
import { valuer } from "./valuer.ts";

const half = independentSizes([0.5]);

/** Banzhaf values (Banzhaf 1965; survey Eq. 27), drawn with maximum sample reuse (Wang and Jia 2023, Eq. 7) or plainly. */
export const banzhaf = method({
  name: "banzhaf",
  summary: "what a player adds to a set of others, every set counting the same",
  source: "Banzhaf (1965); Wang and Jia (2023); survey, Eq. 27",
  needs: [],
  settings: {
    sampler: {
      summary: "how subsets are chosen; auto: all of them to 12 players, else reuse: each for all players",
      standard: "auto",
      choices: ["auto", "all", "reuse", "plain"],
    },
    ...samplingSettings,
  },
  cost: "a pool",
  properties: shapleyProperties,
  make: (settings) =>
    valuer({
      estimate: async (game, run) =>
        settings.sampler === "plain" || (await takesAll(settings.sampler, game, settings, run))
          ? semivaluesOf(game, half, settings, run)
          : fromSubsets(game, { of: (unit) => halfOf(game, settings.seed, unit) }, settings, run),
    }),
});

/** Every player joins with chance ½. */
function halfOf({ players }: Game, seed: number, unit: number): Uint8Array {
  return independentSubset(players, 0.5, seed, unit);
}
