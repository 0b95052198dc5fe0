/** The average marginal effect: what a player adds to subsets that the others join by chance, by regression. */

import { LetheError } from "../errors.ts";
import { worseStatus } from "../linear/status.ts";
import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import type { Game } from "./games/game.ts";
import { singles } from "./games/sets.ts";
import { designOf } from "./regression/design.ts";
import { lasso, shrunk } from "./regression/lasso.ts";
import { leastSquares, mostLeastSquares } from "./regression/least-squares.ts";
import { drawInto } from "./sampling/drawing.ts";
import {
  checkSampling,
  drawSettings,
  estimateOf,
  requireOneSample,
  rulesOf,
  type Sampling,
} from "./sampling/sampling-settings.ts";
import { independentSubset, subsetDraws } from "./sampling/subset-draws.ts";
import { fromAllSubsets } from "./semivalues/all-subsets.ts";
import { takesAll } from "./semivalues/semivalue.ts";
import { independentSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";
import { valuer } from "./valuer.ts";

/** Lin et al. (2022, Eq. 3 to 5): β of the regression on 1/p (in) and −1/(1 − p) (out), times the mean of 1/(p(1 − p)). */
export const ame = method({
  name: "ame",
  summary: "average marginal effect: what a player adds to subsets that others join by chance, by regression",
  source: "Lin et al. (2022), Eq. 3 to 5",
  needs: [],
  settings: {
    chances: { summary: "chances of being in a subset, each as often as any other", standard: "0.2 0.4 0.6 0.8" },
    penalty: {
      summary: "of the LASSO, in the measure's unit: values within it become 0, the others come nearer to 0 by it",
      standard: 0,
      least: 0,
    },
    sampler: {
      summary: "auto: all subsets to 12 players, else drawn ones",
      standard: "auto",
      choices: ["auto", "all", "drawn"],
    },
    ...drawSettings,
  },
  cost: "a pool",
  properties: {
    ...shapleyProperties,
    full: "O(KT)",
    further: "O(Kn)",
    storage: "O(Kp)",
    traits: [
      "any model class",
      "group influence",
      "hyperparameter sensitive",
      "generative models",
      "high upfront cost",
      "amortizable",
    ],
  },
  make: ({ chances, ...settings }) => {
    const grid = chancesOf(chances);
    return valuer({ estimate: (game, run) => amesOf(game, grid, settings, run) });
  },
});

/** Reads chances, separated by spaces or commas. Throws `bad-input` where one is not between 0 and 1. */
export function chancesOf(text: string): readonly number[] {
  const chances = text
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    .map(Number);
  if (chances.length > 0 && chances.every((p) => p > 0 && p < 1)) return chances;
  throw new LetheError(
    "bad-input",
    `\`chances\` is ${JSON.stringify(text)}; expected numbers between 0 and 1`,
    'separate them by spaces: "0.2 0.4 0.6 0.8"',
  );
}

interface Settings extends Sampling {
  readonly penalty: number;
  readonly sampler: string;
}

async function amesOf(game: Game, chances: readonly number[], settings: Settings, run: EstimateRun): Promise<Estimate> {
  const { penalty, sampler, ...sampling } = settings;
  checkSampling(sampling);
  if (await takesAll(sampler, game, sampling, run)) {
    const exact = await fromAllSubsets(game, singles(game.players), independentSizes(chances), run);
    return { ...exact, values: exact.values.map((value) => shrunk(value, penalty)) };
  }
  if (penalty === 0) requireOneSample(sampling, game.players + 2, `a regression on ${game.players} players`);
  const design = designOf(game, chances, sampling.trainings);
  const draws = subsetDraws((unit) =>
    independentSubset(game.players, chances[unit % chances.length], sampling.seed, unit),
  );
  const drawing = await drawInto(game, draws, design, rulesOf(sampling, game, run), run);
  if (penalty > 0 || game.players > mostLeastSquares) {
    const { values, status } = await lasso(design, penalty, run);
    const found = estimateOf({ ...design, units: design.units, values: () => values }, drawing, "subsets");
    return { ...found, statuses: found.statuses.map((one) => worseStatus(one, status)), standardErrors: undefined };
  }
  const { values, standardErrors } = await leastSquares(design, run);
  return estimateOf(
    { units: design.units, values: () => values, standardErrors: () => standardErrors },
    drawing,
    "subsets",
  );
}
