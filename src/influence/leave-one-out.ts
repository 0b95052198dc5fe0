/** The truth: take the player away, train what remains, and measure again. */

import { method } from "../method/method.ts";
import { nearby } from "../training/nearby.ts";
import { refit } from "../training/refit.ts";
import { smoothModel } from "../training/trained-model.ts";
import { byRemoval, type Estimator } from "./estimator.ts";

/**
 * Exact leave-one-out. Of a model that converged: by warm minimisation to its tolerance, or to `tolerance`. Of any other: by training from
 * scratch with the same trainer and seed. Cost: some tens of passes over the data a player, or a training.
 */
export const leaveOneOut = method({
  name: "leave-one-out",
  summary: "exact: deletes the player's rows and re-optimises to convergence, or trains again",
  source: "definition",
  needs: [],
  settings: {
    tolerance: { summary: "‖∇J‖ of the minimisation; 0: the model's own", standard: 0, least: 0 },
    steps: { summary: "Newton steps at most, where there are any", standard: 100, least: 1 },
  },
  cost: "a training a player",
  make: ({ tolerance, steps }): Estimator => ({
    async prepare(model, run) {
      const { smooth } = model;
      if (smooth === undefined || smooth.status !== "converged")
        return byRemoval(model, run, async (rows) => {
          const again = await refit(model, rows, model.seed, { ...run, onProgress: undefined });
          const ended = again.smooth?.status ?? "converged";
          const status = again.trainer.toOptimum || ended === "breakdown" ? ended : "converged";
          return { scores: async (pairs) => again.scores(pairs), status, residual: 0 };
        });
      const near = await nearby(smooth, run, { tolerance: tolerance || smooth.tolerance, maxSteps: steps });
      return byRemoval(
        model,
        run,
        async (rows) => {
          const optimum = await near.without(rows);
          const { scores } = smoothModel({ ...optimum, trainer: model.trainer, seed: model.seed });
          return { scores: async (pairs) => scores(pairs), status: optimum.status, residual: optimum.gradientNorm };
        },
        () => near.close(),
      );
    },
  }),
});
