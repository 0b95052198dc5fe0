/** The proximal Bregman response function: without the player, but near the model's predictions and parameters. */

import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { localScores } from "../method/needs.ts";
import { bregmanAt } from "../objective/bregman.ts";
import { newtonMinimise } from "../training/newton/newton.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byRemoval } from "./by-target.ts";

const settings = {
  damping: { summary: "weight of ½‖θ − θ of the model‖², beside the L2", standard: 1, least: 0 },
  tolerance: { summary: "‖gradient‖ at which the minimisation ends", standard: 1e-8, above: 0 },
  steps: { summary: "Newton steps at most", standard: 100, least: 1 },
} as const;

/**
 * measure(θ) − measure(the minimum of Q without the player), Q as in `bregmanAt`. It is what influence functions with Gauss-Newton curvature and the same
 * damping linearise, and no leave-one-out: predictions of other rows are held to those of the model instead of to their ratings (Bae et al. 2022). Cost: a minimisation
 * a player, some tens of passes over the data.
 */
export const proximalBregman = method({
  name: "proximal-bregman",
  summary: "the response that damped Gauss-Newton influence linearises: loses the player, keeps other predictions",
  source: "Bae, Ng, Lo, Ghassemi and Grosse (2022)",
  needs: [localScores],
  settings,
  cost: "a training a player",
  properties: {
    ...{ family: "static gradient", kin: "influence functions" },
    ...{ full: "O(n²p)", further: "O(n)", space: "O(n + p)", storage: "O(np)" },
    traits: [
      "assumes differentiable",
      "uses Hessian",
      "group influence",
      "hyperparameter sensitive",
      "high upfront cost",
      "amortizable",
    ],
  },
  make: ({ damping, tolerance, steps }): Estimator => ({
    async prepare(model, run) {
      const { objective, params } = model.smooth as Smooth;
      const without = await bregmanAt(objective, params, damping, run);
      return byRemoval(model, run, async (rows) => {
        const instead = without(rows);
        const quiet = { ...run, onProgress: undefined };
        const found = await newtonMinimise(objective, params, quiet, {
          ...{ instead, tolerance, damping, maxSteps: steps },
        }).finally(() => instead.close());
        return {
          scores: async (pairs) => objective.serving.at(found.params, pairs).scores,
          status: found.status,
          residual: found.gradientNorm,
        };
      });
    },
  }),
});
