/** Leave-one-out of a vote by the nearest of the user's own rows. */

import type { Estimator } from "../../method/estimator.ts";
import { checkWhole, method } from "../../method/method.ts";
import { byTarget } from "../by-target.ts";
import { type Electorate, electorateOf, featuresOf, type ItemFeatures, itemsAmongRatings } from "./neighbours.ts";

/** Settings of votes by neighbours. */
export const voteSettings = {
  k: { summary: "neighbours that vote", standard: 5, least: 1 },
  threshold: { summary: "rating from which on a row counts as liked; 0: the user's mean", standard: 0, least: 0 },
} as const;

/**
 * ν(S) = (1/K)·#{those of the K nearest in S whose label is the target's}; a player is worth ν(all) − ν(all without its rows) (Jia et al. 2021,
 * Lemma 1; survey §4.1). Rows of other users vote on nothing, and are worth 0. Cost: a sort of the user's rows a target.
 */
export const knnLeaveOneOut = method({
  name: "knn-leave-one-out",
  summary: "what a vote of the nearest own ratings loses without the player, instead of the model itself",
  source: "Jia et al. (2021), Lemma 1; survey, §4.1",
  needs: [itemsAmongRatings],
  settings: voteSettings,
  cost: "closed form",
  value: "vote",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(n log n)", further: "O(n log n)", space: "O(n)", storage: "0" },
    traits: ["any model class", "estimates leave-one-out", "group influence", "hyperparameter sensitive"],
  },
  make({ k, threshold }): Estimator {
    checkWhole("k", k);
    return {
      async prepare(model, run) {
        const features = featuresOf(model) as ItemFeatures;
        return byTarget(run, async (target, players) => {
          const electorate = electorateOf(model, features, target, threshold);
          const own = new Set(electorate.rows);
          const all = voteShare(electorate, k, new Set());
          const scores = Float64Array.from({ length: players.count }, (_, p) => {
            const gone = new Set(players.rows(p).filter((row) => own.has(row)));
            return gone.size === 0 ? 0 : all - voteShare(electorate, k, gone);
          });
          return { scores, statuses: new Array(players.count).fill("converged"), residual: 0 };
        });
      },
    };
  },
});

/** The share of the K votes that agree with the target, without the rows that are gone. A vote that nobody casts does not agree. */
export function voteShare({ rows, agrees }: Electorate, k: number, gone: ReadonlySet<number>): number {
  let [cast, agreeing] = [0, 0];
  for (let n = 0; n < rows.length && cast < k; n++)
    if (!gone.has(rows[n])) {
      cast++;
      agreeing += agrees[n];
    }
  return agreeing / k;
}
