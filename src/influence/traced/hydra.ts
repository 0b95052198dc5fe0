/** HyDRA: the derivative of the parameters by a player's weight, carried through the whole training; and its fast form without Hessians. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { sgdSteps } from "../../method/needs.ts";
import { backwards } from "./backwards.ts";
import { forwards } from "./forwards.ts";
import { dataSetting } from "./weights-in-step.ts";

/**
 * ∇target·h at the end of h ← h − η·v, v ← μ·v + [(H_B + L2)·h + ∂∇(Σ_B ℓ + L2)/∂w]/b, from h = v = 0, on what a step moves (Chen, Li, Yu, Wu & Miao 2021;
 * survey, Eq. 79, without its ε-term, which is 0 at the weights that were trained with). `fast` leaves the H_B out (Eq. 80): then a step carries
 * h on by a factor a place, so that one walk back gives the same numbers for all rows. Cost: `full` a product with the Hessian a step and player.
 */
export const hydra = method({
  name: "hydra",
  summary: "the derivative of the parameters by a player's weight, carried through every step of the training",
  source: "Chen, Li, Yu, Wu and Miao (2021), survey Eq. 79, 80",
  needs: [sgdSteps],
  settings: {
    form: {
      summary: "full; fast: without Hessians, all rows in one walk",
      standard: "full",
      choices: ["full", "fast"],
    },
    data: dataSetting,
    memory: {
      summary: "full: MB that players walking together may take; each such group is a training",
      standard: 256,
      above: 0,
    },
  },
  cost: "a training a player",
  properties: {
    ...{ family: "dynamic gradient", kin: "HyDRA" },
    ...{ full: "O(npT)", further: "O(np)", space: "O(np)", storage: "O(pT + np)" },
    traits: [
      ...(["assumes differentiable", "optimizer specific", "uses Hessian", "estimates leave-one-out"] as const),
      ...(["hyperparameter sensitive", "high upfront cost", "amortizable"] as const),
    ],
  },
  make: ({ form, data, memory }): Estimator => ({
    async prepare(model, run) {
      const fixedData = data === "fixed";
      if (form === "fast") return backwards(model, { curved: false, fixedData }, run);
      return forwards(model, { fixedData, bytes: memory * 1e6 }, run);
    },
  }),
});
