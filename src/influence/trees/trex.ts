/** TREX: representer points of trees, by a surrogate on a kernel of leaves. */

import { boosted } from "../../boosting/ensemble.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import { pearson } from "../../numeric/statistics.ts";
import { dot } from "../../numeric/vector.ts";
import type { Target } from "../../objective/target.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { movedNote, sharesNote } from "../representers/notes.ts";
import { leafFeaturesOf } from "./leaf-features.ts";
import { leafSurrogate } from "./leaf-surrogate.ts";
import { type Replay, replayOf, valuesOfRows } from "./replay-leaves.ts";
import { askedPairs } from "./tree-steps.ts";

/**
 * α_k·k(x_k, x) with α_k = −ℓ′_k/λ, of a surrogate that is fitted on k(x, x′) = Σ_t 1[same leaf]/(examples in it) to the booster's examples under its loss (Brophy, Hammoudeh and Lowd
 * 2023; survey, §5.1.2): ridge or logistic regression. Solved in leaves, not in n × n numbers. Cost: O(n) a tree for each conjugate gradient step, once, and for each target.
 */
export const trex = method({
  name: "trex",
  summary: "shares of the score of a surrogate of the booster, by slope and by common leaves",
  source: "Brophy, Hammoudeh and Lowd (2023), TREX; survey, §5.1.2",
  needs: [ensembleOfTrees],
  settings: { l2: { summary: "λ of the surrogate", standard: 1, above: 0 } },
  cost: "a solve a target",
  value: "share",
  properties: {
    ...{ family: "static gradient", kin: "representer point" },
    ...{ full: "O(nT)", further: "O(nT)", space: "O(nT)", storage: "O(n + p)" },
    traits: ["assumes differentiable", "assumes convexity", "assumes stationarity", "hyperparameter sensitive"],
  },
  make: ({ l2 }): Estimator => ({
    async prepare(model, run) {
      const shares = await sharesOf(await replayOf(model, run), l2, run);
      return byTarget(run, sumOverRows(shares));
    },
  }),
});

async function sharesOf(replay: Replay, l2: number, run: RunContext) {
  const { booster, examples } = replay.ensemble;
  const { ofExamples, of } = leafFeaturesOf(replay, run);
  const surrogate = await leafSurrogate(replay.ensemble, ofExamples, l2);
  const likeness = pearson(surrogate.scores, boosted(booster, examples.features));
  return async (target: Target, rows: Uint32Array) => {
    const asked = await askedPairs(replay, target, run);
    const features = of(asked.leaves, asked.count);
    const scores = (await features.times(surrogate.weights)).map((score) => score + booster.base);
    const slopes = target.slopes(scores);
    const direction = await features.transposed(slopes);
    const values = (await ofExamples.times(direction)).map((alike, k) => alike * surrogate.duals[k]);
    const ofRows = values.reduce((sum, value) => sum + value, 0);
    const whole = dot(direction, surrogate.weights);
    const size = direction.reduce((sum, x, column) => sum + Math.abs(x * surrogate.weights[column]), 0);
    const without = booster.base * slopes.reduce((sum, slope) => sum + slope, 0);
    const { users, items } = target.pairs;
    const before = target.of(boosted(booster, replay.ensemble.featuresOf(users, items)));
    return {
      scores: valuesOfRows(examples, values, rows),
      status: surrogate.status,
      residual: size > 0 ? Math.abs(whole - ofRows) / size : 0,
      notes: [
        ...movedNote("a surrogate stands in the model's place", before, target.of(scores)),
        `the scores of the surrogate and the model correlate by ${likeness.toFixed(4)} on the examples`,
        sharesNote({ ofRows, pairs: 0, without, lacking: "the base score", missing: whole - ofRows, size }),
      ],
    };
  };
}
