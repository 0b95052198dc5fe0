/** Neuron Shapley: which of a model's own units a measure rests on. */

import { LetheError } from "../errors.ts";
import type { EstimateRun, Estimator } from "../method/estimator.ts";
import { type Measure, measuredBy } from "../method/measure.ts";
import { method } from "../method/method.ts";
import type { Players } from "../method/players.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Game } from "./games/game.ts";
import { truncatedBandit } from "./semivalues/bandit.ts";
import { shapleyOf } from "./shapley.ts";
import type { Ablation } from "./units/readers.ts";
import { unitNames, unitsInside, unitsOf } from "./units/units.ts";

/** Up to this many units all subsets are asked. */
const mostExact = 10;

/**
 * Shapley values of the units of a model for a measure of its scores (Ghorbani and Zou 2020): a set of units is worth what the model measures whose other
 * units are absent, at zero or at their mean over the training data. Exact to 10 units; drawn orders, truncated and with a bandit, beyond. Nothing is
 * trained again. Scores of dot products are sums over dimensions: the value of dimension d is p_ud·q_id, at the mean less its mean.
 */
export const neuronShapley = method({
  name: "neuron-shapley",
  summary: "which embedding dimensions or hidden units of the model a measure rests on",
  source: "Ghorbani and Zou (2020), Algorithm 1; survey, §4.3",
  needs: [unitsInside],
  settings: {
    ablation: {
      summary: "what an absent unit says: nothing, or its mean over the training data",
      standard: "zero",
      choices: ["zero", "mean"],
    },
    truncation: {
      summary: "part of ν(all) − ν(none) from which on an order is not followed; 0: never",
      standard: 0.01,
      least: 0,
    },
    top: {
      summary: "draw until these many first units are told apart; 0: draw all alike",
      standard: 0,
      least: 0,
      whole: true,
    },
    evaluations: { summary: "sets of units asked beyond 10 units, at most", standard: 10_000, least: 1, whole: true },
    seed: { summary: "of the orders that are drawn", standard: 1, least: 0, whole: true },
  },
  cost: "closed form",
  properties: {
    ...{ family: "retraining", kin: "Shapley value" },
    ...{ full: "O(Kn)", further: "O(Kn)", space: "O(n + p)", storage: "0" },
    traits: ["generative models", "hyperparameter sensitive", "high instance cost"],
  },
  make({ ablation, top, evaluations, ...settings }): Estimator {
    return {
      async prepare(model, run) {
        const units = await unitsOf(model, ablation as Ablation, run);
        return {
          async estimate(measures, players) {
            requireUnits(model, players);
            const game = unitGame(units.scoresWith, players.count, measures, run);
            if (game.players <= mostExact) return shapleyOf(game, run);
            requireOneOrder(evaluations, game.players);
            return truncatedBandit(game, { ...settings, top, evaluations }, run);
          },
          close: () => {},
        };
      },
    };
  },
});

/** A set of units is worth what the measures are of the scores that they make. */
function unitGame(
  scoresWith: Awaited<ReturnType<typeof unitsOf>>["scoresWith"],
  players: number,
  measures: readonly Measure[],
  run: EstimateRun,
): Game {
  return {
    ...{ players, measures: measures.length, width: 1 },
    async value(present) {
      await run.yieldToEventLoop();
      return { values: await measuredBy(measures, scoresWith(present), run), status: "converged" };
    },
  };
}

function requireUnits(model: TrainedModel, { kind, count }: Players): void {
  const { length } = unitNames(model);
  if (kind === "units" && count === length) return;
  throw new LetheError(
    "bad-input",
    `neuron-shapley values the ${length} units of ${model.kind}, and was asked about ${count} ${kind}`,
    `ask about units: unitPlayers(${length}); another valuer is for ${kind === "units" ? "rows" : kind}`,
  );
}

function requireOneOrder(evaluations: number, units: number): void {
  if (evaluations >= units + 2) return;
  throw new LetheError(
    "bad-input",
    `\`evaluations\` is ${evaluations}; one order of ${units} units takes ${units + 2}`,
    `set \`evaluations\` to ${units + 2} at least, better to some dozen times that`,
  );
}
