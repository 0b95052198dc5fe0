/** The reference: train from scratch on what remains, from another seed. */

import { train } from "../training/train.ts";
import { conclude } from "./conclude.ts";
import type { FactorUnlearner } from "./unlearner.ts";

/** Trains a new model on the retained rows; the default seed is another than the model's, so that agreement means something. */
export function retrain(): FactorUnlearner {
  return {
    name: "retrain",
    guarantee: "exact",
    summary: "trains again on the retained data from another seed; never sees the forgotten rows",
    forget: (trained, forgetSet, options = {}) => {
      const retain = trained.objective.without(forgetSet);
      const seed = options.seed ?? trained.seed + 1;
      return conclude(trained, retain, options, async (kernels, tolerance) => {
        const { params } = await train(retain, { ...options, kernels, tolerance, seed });
        return { params, seed, guarantee: "exact", caveats: [] };
      });
    },
  };
}
