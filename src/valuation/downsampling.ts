/** Downsampling: models that are trained on parts of one size, with and without a player. */

import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import type { Properties } from "../method/properties.ts";
import type { Game } from "./games/game.ts";
import { drawSettings, type Sampling, samplingSettings } from "./sampling/sampling-settings.ts";
import { choiceOfSize, sizeOf } from "./sampling/sizes.ts";
import { fromSubsets } from "./sampling/subset-means.ts";
import { valuer } from "./valuer.ts";

/** The survey's Table 1, column downsampling. */
export const downsamplingProperties: Properties = {
  family: "retraining",
  kin: "downsampling",
  full: "O(KT)",
  further: "O(K)",
  space: "O(n + p)",
  storage: "O(Kp)",
  traits: [
    "any model class",
    "estimates leave-one-out",
    "group influence",
    "generative models",
    "high upfront cost",
    "amortizable",
  ],
};

/** Feldman and Zhang (2020); survey Eq. 9. With all subsets of a size it is Eq. 10: the mean with the player less the mean without. */
export const downsampling = method({
  name: "downsampling",
  summary: "trained on parts of one size: the mean of those with the player, less of those without",
  source: "Feldman and Zhang (2020); survey, Eq. 9",
  needs: [],
  settings: {
    share: { summary: "share of the players in a part", standard: 0.7, above: 0 },
    sampler: {
      summary: "auto: all parts of the size where `trainings` pays for them, else drawn ones",
      standard: "auto",
      choices: ["auto", "all", "drawn"],
    },
    ...samplingSettings,
    trainings: { ...drawSettings.trainings, standard: 1000 },
  },
  cost: "a pool",
  properties: downsamplingProperties,
  make: ({ share, sampler, ...sampling }) => {
    const valuing = (own: boolean) => (game: Game, run: EstimateRun) =>
      ofParts(game, { share, sampler, own }, sampling, run);
    return valuer({ estimate: valuing(false), own: valuing(true) });
  },
});

interface Parts {
  readonly share: number;
  readonly sampler: string;
  readonly own: boolean;
}

async function ofParts(
  game: Game,
  { share, sampler, own }: Parts,
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  const size = sizeOf(share, game.players);
  const { of, all } = choiceOfSize(game.players, size, sampler, sampling);
  return fromSubsets(game, { of, all, own }, sampling, run);
}
