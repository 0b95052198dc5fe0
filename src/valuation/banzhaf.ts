/** The Banzhaf value: what a player adds to a set of others, every set counting the same. */

import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { drawInto } from "./drawing.ts";
import type { Game } from "./game.ts";
import { inAndOut } from "./in-and-out.ts";
import { checkSampling, estimateOf, rulesOf, type Sampling, samplingSettings } from "./sampling-settings.ts";
import { semivaluesOf, takesAll } from "./semivalue.ts";
import { shapleyProperties } from "./shapley.ts";
import { independentSizes } from "./size-laws.ts";
import { independentSubset, subsetDraws } from "./subset-draws.ts";
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
      estimate: (game, run) =>
        settings.sampler === "plain" || takesAll(settings.sampler, game, settings)
          ? semivaluesOf(game, half, settings, run)
          : reused(game, settings, run),
    }),
});

/** mean(ν | k in) − mean(ν | k out) over subsets that every player joins with chance ½. */
async function reused(game: Game, sampling: Sampling, run: EstimateRun): Promise<Estimate> {
  checkSampling(sampling);
  const tally = inAndOut(game.players, game.measures);
  const sampler = subsetDraws((unit) => independentSubset(game.players, 0.5, sampling.seed, unit));
  const drawing = await drawInto(game, sampler, tally, rulesOf(sampling, game, run), run);
  return estimateOf(tally, drawing, "subsets");
}
