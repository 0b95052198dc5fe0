/** The truth: take the player away, train what remains, and measure again. */

import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { removalFrom } from "../training/removal.ts";
import { byRemoval } from "./by-target.ts";
import { byTrainings } from "./by-trainings.ts";

const usualSteps = 100;

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
    steps: { summary: "Newton steps at most, where there are any", standard: usualSteps, least: 1 },
  },
  cost: "a training a player",
  properties: {
    family: "retraining",
    kin: "leave-one-out",
    full: "O(nT)",
    further: "O(n)",
    space: "O(n + p)",
    storage: "O(np)",
    traits: ["any model class", "estimates leave-one-out", "high upfront cost", "amortizable"],
  },
  make: ({ tolerance, steps }): Estimator => ({
    async prepare(model, run) {
      // Other settings are another minimisation than that of trainings.
      if (run.openTrainings && tolerance === 0 && steps === usualSteps)
        return byTrainings(model, run, run.openTrainings);
      const removal = await removalFrom(model, run, {
        tolerance: tolerance || model.smooth?.tolerance,
        maxSteps: steps,
      });
      return byRemoval(
        model,
        run,
        async (rows) => {
          const { model: left, status, residual } = await removal.without(rows);
          return { scores: async (pairs) => left.scores(pairs), status, residual };
        },
        () => removal.close(),
      );
    },
  }),
});
