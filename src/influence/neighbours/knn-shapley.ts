/** Shapley values of a vote by the nearest of the user's own rows, in closed form. */

import type { Estimator } from "../../method/estimator.ts";
import { checkWhole, method } from "../../method/method.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { voteSettings } from "./knn-leave-one-out.ts";
import { type Electorate, electorateOf, featuresOf, type ItemFeatures, itemsAmongRatings } from "./neighbours.ts";

/**
 * Shapley values of the vote ν(S) = (1/K)·#{those of the K nearest in S whose label is the target's}, the user's rows being the players: from the
 * farthest to the nearest, s_i = s_{i+1} + (1[y_i = y] − 1[y_{i+1} = y])/K·min(K, i)/i (Jia et al. 2019, Theorem 1; survey Eq. 26). A player of
 * several rows is their sum. Rows of other users are worth 0. Cost: a sort of the user's rows a target.
 */
export const knnShapley = method({
  name: "knn-shapley",
  summary: "the Shapley values of a vote of the nearest own ratings, instead of the model itself, in closed form",
  source: "Jia et al. (2019), Theorem 1; survey, Eq. 25 and 26, corrected",
  needs: [itemsAmongRatings],
  settings: {
    ...voteSettings,
    form: {
      summary: "the farthest row's value: right for any number of rows, or as printed, for at least k",
      standard: "corrected",
      choices: ["corrected", "printed"],
    },
  },
  cost: "closed form",
  value: "vote",
  properties: {
    ...{ family: "retraining", kin: "Shapley value" },
    ...{ full: "O(n log n)", further: "O(n log n)", space: "O(n)", storage: "0" },
    traits: ["any model class", "hyperparameter sensitive"],
  },
  make({ k, threshold, form }): Estimator {
    checkWhole("k", k);
    return {
      async prepare(model, run) {
        const features = featuresOf(model) as ItemFeatures;
        return byTarget(
          run,
          sumOverRows(async (target, rows) => {
            const electorate = electorateOf(model, features, target, threshold);
            const values = shapleyOfVote(electorate, k, form === "printed");
            const of = new Map(Array.from(electorate.rows, (row, n) => [row, values[n]]));
            return { scores: Float64Array.from(rows, (row) => of.get(row) ?? 0), status: "converged", residual: 0 };
          }),
        );
      },
    };
  },
});

/** The values of all voters, in their order. As printed the farthest starts at 1[y_n = y]/n, which is min(K, n)/(K·n) from n = K on. */
export function shapleyOfVote({ agrees }: Pick<Electorate, "agrees">, k: number, printed = false): Float64Array {
  const n = agrees.length;
  const values = new Float64Array(n);
  for (let i = n; i >= 1; i--) {
    const next = i === n ? 0 : values[i];
    const change = i === n ? agrees[i - 1] : agrees[i - 1] - agrees[i];
    values[i - 1] = next + (i === n && printed ? change / n : (change * Math.min(k, i)) / (k * i));
  }
  return values;
}
