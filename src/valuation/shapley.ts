/** The Shapley value: what a player adds to a set, on average over all orders in which players come. */

import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { Estimate, Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { trainInTurn } from "../method/trainings.ts";
import { type Game, trainingGame } from "./game.ts";

/** Shapley values by all 2ⁿ subsets (Shapley 1953; survey Eq. 18). Cost: 2ⁿ trainings. */
export const shapley = method({
  name: "shapley",
  summary: "what a player adds to a set of others, on average over all orders; from all subsets",
  source: "Shapley (1953); survey, Eq. 18",
  needs: [],
  settings: {},
  cost: "a pool",
  properties: {
    family: "retraining",
    kin: "Shapley value",
    full: "O(2ⁿT)",
    further: "O(2ⁿ)",
    space: "O(n + p)",
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
  make: (): Estimator => ({
    async prepare(model, run) {
      return {
        async estimate(measures, players) {
          const trainings = await (run.openTrainings ?? trainInTurn)(model, measures, run);
          try {
            return await shapleyOf(trainingGame(players, measures.length, trainings));
          } finally {
            await trainings.close();
          }
        },
        close: () => {},
      };
    },
  }),
});

/** Exact Shapley values of a game. */
export async function shapleyOf(game: Game): Promise<Estimate> {
  const { players: n, measures } = game;
  const values = new Float64Array(measures * n);
  let status: SolveStatus = "converged";
  const weights = sizeWeights(n);
  for (let mask = 0; mask < 2 ** n; mask++) {
    const present = Uint8Array.from({ length: n }, (_, k) => (mask >> k) & 1);
    const size = present.reduce((sum, bit) => sum + bit, 0);
    const found = await game.value(present);
    status = worseStatus(status, found.status);
    for (let m = 0; m < measures; m++)
      for (let k = 0; k < n; k++)
        values[m * n + k] += found.values[m] * (present[k] === 1 ? weights[size - 1] : -weights[size]);
  }
  const statuses = new Array<SolveStatus>(values.length).fill(status);
  return { values, statuses, residual: 0, evaluations: 2 ** n };
}

/** s!(n − 1 − s)!/n! by size s. */
function sizeWeights(n: number): number[] {
  const weights = [1 / n];
  for (let s = 1; s < n; s++) weights.push((weights[s - 1] * s) / (n - s));
  return weights;
}
