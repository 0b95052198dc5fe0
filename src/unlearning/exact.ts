/** Exact forgetting: re-optimise the retain objective from where the model stands, to its optimum. */

import { reoptimise } from "../training/reoptimise.ts";
import { conclude, unchanged } from "./conclude.ts";
import type { FactorUnlearner } from "./unlearner.ts";

/**
 * Deletes the rows and minimises what remains by warm, accelerated block relaxation and Newton. Where the optimum is unique the result is
 * the retrained model, whatever the seed; the certificate says whether that is proved. Cost: about ten to forty passes
 * over the ratings, O(ratings · factors) each, plus one building of the blocks, O(ratings · factors²).
 */
export function exact(): FactorUnlearner {
  return {
    name: "exact",
    guarantee: "certified",
    summary: "re-optimises to the optimum of the retained data; equals retraining, and certified",
    forget: (trained, forgetSet, options = {}) => {
      const retain = trained.objective.without(forgetSet);
      return conclude(trained, retain, options, async (kernels, tolerance) => {
        if (forgetSet.length === 0) return unchanged(trained);
        // Far from where they were found the modes hinder.
        const slowModes = forgetSet.length < 0.1 * trained.objective.interactions.size ? trained.slowModes : undefined;
        const { params, status } = await reoptimise(retain, trained.params, {
          ...options,
          kernels,
          tolerance,
          slowModes,
        });
        return { params, guarantee: status === "converged" ? "certified" : "approximate", caveats: [] };
      });
    },
  };
}
