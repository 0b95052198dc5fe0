/** Consistency: how well a player's own rows are predicted by models that never saw them. */

import { LetheError } from "../errors.ts";
import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { randomOf } from "../numeric/random.ts";
import { downsamplingProperties } from "./downsampling.ts";
import type { Game } from "./games/game.ts";
import { binomial, presentIn, setsOfSize } from "./games/sets.ts";
import { drawInto, type Sampler } from "./sampling/drawing.ts";
import { leftOut, type Weighed } from "./sampling/left-out.ts";
import {
  checkSampling,
  drawSettings,
  estimateOf,
  rulesOf,
  type Sampling,
  samplingSettings,
} from "./sampling/sampling-settings.ts";
import { sizeOf } from "./sampling/sizes.ts";
import { subsetOfSize } from "./sampling/subset-draws.ts";
import { takesAll } from "./semivalues/semivalue.ts";
import { valuer } from "./valuer.ts";

/**
 * The C-score, or the consistency profile at one size (Jiang et al. 2021; survey Eq. 15 and 16), of players: the mean fit of a player's rows
 * over subsets of the others. Large: easy to predict.
 */
export const consistency = method({
  name: "consistency",
  summary: "how well a player's own rows are predicted from parts of the others: its C-score",
  source: "Jiang et al. (2021); survey, Eq. 15 and 16",
  needs: [],
  settings: {
    share: {
      summary: "the profile at this share of the players; 0: the C-score, the mean over all sizes",
      standard: 0,
      least: 0,
    },
    sampler: {
      summary: "auto: all subsets to 12 players, else drawn ones",
      standard: "auto",
      choices: ["auto", "all", "drawn"],
    },
    ...samplingSettings,
    trainings: { ...drawSettings.trainings, standard: 1000 },
  },
  cost: "a pool",
  properties: { ...downsamplingProperties, traits: ["any model class", "group influence", "high upfront cost"] },
  make: ({ share, sampler, ...sampling }) =>
    valuer({
      estimate: refused,
      own: (game, run) => ownConsistency(game, share, sampler, sampling, run),
      // Who has no rows has none that could be predicted.
      nobody: Number.NaN,
    }),
});

async function refused(): Promise<never> {
  throw new LetheError(
    "unsupported",
    "consistency is about how well each player's own rows are predicted; there is no measure to ask about",
    "ask what players are to their own rows (memorization), or ask downsampling about the measure",
  );
}

async function ownConsistency(
  game: Game,
  share: number,
  sampler: string,
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  checkSampling(sampling);
  const { players } = game;
  const sizes = share > 0 ? [sizeOf(share, players)] : Array.from({ length: players - 1 }, (_, k) => k + 1);
  if (players === 1) return alone;
  const tally = leftOut(players);
  const all = (await takesAll(sampler, game, sampling, run)) ? subsetsOf(players, sizes) : undefined;
  const subsets = weighedDraws((unit) => all?.[unit] ?? drawn(players, sizes, sampling.seed, unit));
  const rules = rulesOf({ ...sampling, trainings: all?.length ?? sampling.trainings }, game, run);
  const found = estimateOf(tally, await drawInto(game, subsets, tally, rules, run), "subsets");
  return all?.length === tally.units ? { ...found, standardErrors: undefined } : found;
}

type Subset = Omit<Weighed, "values">;

/** A lone player has no others to be predicted from. */
const alone: Estimate = {
  ...{ values: Float64Array.of(Number.NaN), statuses: ["breakdown"], residual: 0, evaluations: 0 },
  notes: ["a lone player has no others to be predicted from"],
};

/** A player is left out of n − m in n subsets of m: what it is left out of counts so much more. */
function drawn(players: number, sizes: readonly number[], seed: number, unit: number): Subset {
  const size = sizes[randomOf(seed, "consistency", unit).integer(sizes.length)];
  return { present: subsetOfSize(players, size, seed, unit), weight: players / (players - size) };
}

/** All subsets of the sizes, every size counting the same to those who are left out. */
function subsetsOf(players: number, sizes: readonly number[]): Subset[] {
  return sizes.flatMap((size) =>
    setsOfSize(players, size).map((set) => ({
      present: presentIn(set, players),
      weight: 1 / binomial(players - 1, size),
    })),
  );
}

function weighedDraws(subset: (unit: number) => Subset): Sampler<Weighed> {
  return {
    cost: 1,
    async draw(unit, ask) {
      const { present, weight } = subset(unit);
      const values = await ask(present);
      return values && { present, weight, values };
    },
  };
}
