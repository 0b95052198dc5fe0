/** The Shapley value: what a player adds to a set, on average over all orders in which players come. */

import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import type { Properties } from "../method/properties.ts";
import type { Game } from "./games/game.ts";
import { singles } from "./games/sets.ts";
import { samplingSettings } from "./sampling/sampling-settings.ts";
import { fromAllSubsets } from "./semivalues/all-subsets.ts";
import { samplerSetting, semivaluesOf } from "./semivalues/semivalue.ts";
import { uniformSizes } from "./semivalues/size-laws.ts";
import { valuer } from "./valuer.ts";

/** Of sampled values of the Shapley kind, with K trainings. */
export const shapleyProperties: Properties = {
  family: "retraining",
  kin: "Shapley value",
  full: "O(KT)",
  further: "O(K)",
  space: "O(n + p)",
  storage: "O(Kp)",
  traits: ["any model class", "group influence", "generative models", "high upfront cost", "amortizable"],
};

/** Shapley values (Shapley 1953; survey Eq. 17 and 18): from all subsets, or as means over drawn orders. */
export const shapley = method({
  name: "shapley",
  summary: "what a player adds to a set of others, on average over all orders",
  source: "Shapley (1953); survey, Eq. 18",
  needs: [],
  settings: { sampler: samplerSetting, ...samplingSettings },
  cost: "a pool",
  // The survey's Table 1.
  properties: {
    ...shapleyProperties,
    full: "O(2ⁿT)",
    further: "O(2ⁿ)",
    storage: "O(2ⁿp)",
    traits: [
      "any model class",
      "estimates leave-one-out",
      "group influence",
      "generative models",
      "high upfront cost",
      "high instance cost",
      "amortizable",
    ],
  },
  make: (settings) => valuer({ estimate: (game, run) => semivaluesOf(game, uniformSizes, settings, run) }),
});

/** Exact Shapley values of a game, from all subsets. */
export function shapleyOf(game: Game, run: EstimateRun): Promise<Estimate> {
  return fromAllSubsets(game, singles(game.players), uniformSizes, run);
}
