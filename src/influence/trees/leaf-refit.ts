/** LeafRefit: every leaf again without the player's examples, tree after tree, in the splits that training chose. */

import { boosted } from "../../boosting/ensemble.ts";
import { type BaseScore, refitLeaves } from "../../boosting/refit-leaves.ts";
import type { EstimateRun, Estimator } from "../../method/estimator.ts";
import { method, type Need } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import { finishYielding } from "../../run.ts";
import { type BoostedModel, inTheSameSplits, isBoosted } from "../../training/boosting-leaves.ts";
import { byRemoval } from "../by-target.ts";
import { examplesWithout, replayOf } from "./replay-leaves.ts";

/** What becomes of the score before any tree. */
export const baseSetting = {
  summary: "the score before any tree: frozen with the splits, or recomputed without the player",
  standard: "frozen",
  choices: ["frozen", "recomputed"],
} as const;

/** Features that are made of interactions, where they are to be made again. */
const featuresToRemake: Need = {
  name: "features that can be made again",
  unmet: (model, settings) =>
    settings?.features !== "recomputed" || isBoosted(model) ? undefined : `those of ${model.kind} are what they are`,
};

/**
 * Exact leave-one-out where nothing of a tree changes but the values of its leaves (Sharchilev et al. 2018; survey, §4.1): the splits and, unless they are recomputed, the
 * features of all rows stay as training made them. Players of several rows leave together. Cost: O(n) a tree and player.
 */
export const leafRefit = method({
  name: "leaf-refit",
  summary: "leave-one-out in frozen splits: every leaf again without the player, tree after tree",
  source: "Sharchilev, Ustinovskiy, Serdyukov and de Rijke (2018), LeafRefit; survey, §4.1",
  needs: [ensembleOfTrees, featuresToRemake],
  settings: {
    base: baseSetting,
    features: {
      summary: "of the rows that remain: frozen with the splits, or recomputed without the player, the base score too",
      standard: "frozen",
      choices: ["frozen", "recomputed"],
    },
  },
  cost: "a solve a player",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(n²T)", further: "O(nT)", space: "O(nT)", storage: "O(p) a player" },
    traits: ["estimates leave-one-out", "group influence", "high upfront cost", "amortizable"],
  },
  make: ({ base, features }): Estimator => ({
    async prepare(model, run) {
      if (features === "recomputed" && isBoosted(model)) return ofRemade(model, run);
      const { ensemble, leaves, residual } = await replayOf(model, run);
      return byRemoval(model, run, async (rows) => {
        const kept = examplesWithout(ensemble.examples, rows);
        const refit = refitLeaves(ensemble, leaves, kept, base as BaseScore);
        const booster = await finishYielding(refit, run.yieldToEventLoop);
        return {
          scores: async ({ users, items }) => boosted(booster, ensemble.featuresOf(users, items)),
          status: Number.isFinite(booster.base) ? "converged" : "breakdown",
          residual,
        };
      });
    },
  }),
});

/** With all but the splits made again: where training again chooses the same, this is leave-one-out. */
function ofRemade(model: BoostedModel, run: EstimateRun) {
  return byRemoval(model, run, async (rows) => {
    const left = await inTheSameSplits(model, rows, run);
    return { scores: async (pairs) => left.scores(pairs), status: "converged", residual: 0 };
  });
}
