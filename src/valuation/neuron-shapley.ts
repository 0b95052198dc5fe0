/** Neuron Shapley: which of a model's own units a measure rests on. */

import { LetheError } from "../errors.ts";
import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { truncatedBandit } from "./semivalues/bandit.ts";
import { shapleyOf } from "./shapley.ts";
import type { Ablation } from "./units/readers.ts";
import { requireUnits, unitGame } from "./units/unit-game.ts";
import { unitsInside, unitsOf } from "./units/units.ts";

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
            requireUnits("neuron-shapley", model, players);
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

function requireOneOrder(evaluations: number, units: number): void {
  if (evaluations >= units + 2) return;
  throw new LetheError(
    "bad-input",
    `\`evaluations\` is ${evaluations}; one order of ${units} units takes ${units + 2}`,
    `set \`evaluations\` to ${units + 2} at least, better to some dozen times that`,
  );
}
