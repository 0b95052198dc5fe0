/** SHAP of a history: how the items that a user has chosen share a score of a model that reads them. */

import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { type Game, requirePlayers } from "./games/game.ts";
import { historyGame, historyInside } from "./history/history-game.ts";
import { placesOf, spread } from "./players/players-with-rows.ts";
import { mostExact } from "./semivalues/all-subsets.ts";
import { kernelShap, type SetDrawing } from "./semivalues/kernel-shap.ts";
import { shapleyOf } from "./shapley.ts";

/**
 * Shapley values of f(rows) − f(no rows), f a measure of the model as it is, whose input is without the rows of absent players (Lundberg and
 * Lee 2017). From all subsets to 12 players with rows of the user, by KernelSHAP beyond. Everybody else has value 0. Nothing is trained again.
 */
export const historyShap = method({
  name: "history-shap",
  summary: "how the items that a user has chosen share a score, by reading some of them only; nothing is trained again",
  source: "Lundberg and Lee (2017), Theorem 2; survey, §4.3",
  needs: [historyInside],
  settings: {
    samples: { summary: "sets asked beyond 12 players; 0: 2,048 and two a player", standard: 0, least: 0, whole: true },
    seed: { summary: "of the sets that are drawn", standard: 1, least: 0, whole: true },
  },
  cost: "closed form",
  properties: {
    ...{ family: "retraining", kin: "Shapley value" },
    ...{ full: "O(Kp + n³)", further: "O(Kp + n³)", space: "O(n² + p)", storage: "0" },
    traits: ["group influence", "generative models", "high instance cost"],
  },
  make({ samples, seed }): Estimator {
    return {
      async prepare(model, run) {
        return {
          async estimate(measures, players) {
            requirePlayers(players);
            const game = await historyGame(model, measures, players, run);
            const found = await shapOf(game, { samples, seed }, run);
            return spread(found, placesOf(players.count, game.of), measures.length);
          },
          close: () => {},
        };
      },
    };
  },
});

/** Exact for few players, KernelSHAP for more; `samples` 0 is 2,048 and two a player. */
export function shapOf(game: Game, { samples, seed }: SetDrawing, run: EstimateRun): Promise<Estimate> {
  if (game.players > mostExact) return kernelShap(game, { samples: samples || 2048 + 2 * game.players, seed }, run);
  return shapleyOf(game, run);
}
