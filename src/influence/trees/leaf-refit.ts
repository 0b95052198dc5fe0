/** LeafRefit: every leaf again without the player's examples, tree after tree, in the splits that training chose. */

import { boosted } from "../../boosting/ensemble.ts";
import { type BaseScore, refitLeaves } from "../../boosting/refit-leaves.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import { finishYielding } from "../../run.ts";
import { byRemoval } from "../by-target.ts";
import { examplesWithout, replayOf } from "./replay-leaves.ts";

/** What becomes of the score before any tree. */
export const baseSetting = {
  summary: "the score before any tree: frozen with the splits, or recomputed without the player",
  standard: "frozen",
  choices: ["frozen", "recomputed"],
} as const;

/**
 * Exact leave-one-out where nothing of a tree changes but the values of its leaves (Sharchilev et al. 2018; survey, §4.1): the splits and the features
 * of all rows stay as training made them. Players of several rows leave together. Cost: O(n) a tree and player.
 */
export const leafRefit = method({
  name: "leaf-refit",
  summary: "leave-one-out in frozen splits: every leaf again without the player, tree after tree",
  source: "Sharchilev, Ustinovskiy, Serdyukov and de Rijke (2018), LeafRefit; survey, §4.1",
  needs: [ensembleOfTrees],
  settings: { base: baseSetting },
  cost: "a training a player",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(n²T)", further: "O(nT)", space: "O(nT)", storage: "O(p) a player" },
    traits: ["estimates leave-one-out", "group influence", "high upfront cost", "amortizable"],
  },
  make: ({ base }): Estimator => ({
    async prepare(model, run) {
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
