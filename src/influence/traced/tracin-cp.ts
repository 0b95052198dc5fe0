/** TracIn at checkpoints: gradients of all rows at some places of the training. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import type { Properties } from "../../method/properties.ts";
import { atCheckpoints } from "./at-checkpoints.ts";
import { checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { withOwn } from "./own-at-checkpoints.ts";
import { tracinProperties } from "./tracin.ts";

/** The survey's complexities of TracInCP (§5.2.1.1), with C checkpoints and the training that makes them. */
export const checkpointProperties: Properties = {
  ...tracinProperties,
  ...{ full: "O(npT)", further: "O(npC)", storage: "O(pC)" },
};

/**
 * −Σ_c w_c·∇target·∇ℓ_k over checkpoints c, w_c the learning rates of the steps that c stands for, over the rows of an epoch (Pruthi et al. 2020; survey, Eq. 56,
 * without the batch's share that it leaves out). It estimates what tracin finds on average over the orders of the rows, and rows that say the same count the
 * same. Cost: a training once; then a gradient and one pass over the rows a checkpoint for every target.
 */
export const tracinCp = method({
  name: "tracin-cp",
  summary: "inner products of gradients at checkpoints of the training, all rows at each",
  source: "Pruthi, Liu, Kale and Sundararajan (2020), survey Eq. 56",
  needs: [plainSteps],
  settings: checkpointSettings,
  cost: "a training",
  properties: checkpointProperties,
  make: ({ checkpoints }): Estimator => ({
    async prepare(model, run) {
      const places = await checkpointsOf(model, checkpoints, run);
      return withOwn(atCheckpoints(places, run), model, places, run);
    },
  }),
});
