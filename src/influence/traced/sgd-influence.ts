/** SGD-influence: the derivative of a target by the weight of every row through the whole training, by one walk back along it. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { sgdSteps } from "../../method/needs.ts";
import { backwards } from "./backwards.ts";
import { dataSetting } from "./weights-in-step.ts";

/**
 * u = ∇target and v = 0 at the end; back at every step, all at the parameters before it, m = η·u + v, row k −= ⟨m, ∂∇(Σ_B ℓ + L2)/∂w_k⟩/b, then
 * u −= (H_B + L2)·m/b and v = μ·m, on what the step moves (Hara, Nitanda & Maehara 2019, Algorithm 1, with momentum and with what a row's weight
 * changes in a graph or input). Cost: two trainings, and for a target a product with the Hessian and two passes over every batch.
 */
export const sgdInfluence = method({
  name: "sgd-influence",
  summary: "the derivative of the target by every row's weight through the whole training, in one walk back along it",
  source: "Hara, Nitanda and Maehara (2019), Algorithm 1",
  needs: [sgdSteps],
  settings: { data: dataSetting },
  cost: "a training",
  properties: {
    ...{ family: "dynamic gradient", kin: "HyDRA" },
    ...{ full: "O(npT)", further: "O(npT)", space: "O(n + p√T)", storage: "O(p)" },
    traits: [
      ...(["assumes differentiable", "optimizer specific", "uses Hessian", "estimates leave-one-out"] as const),
      ...(["group influence", "hyperparameter sensitive", "generative models", "high instance cost"] as const),
    ],
  },
  make: ({ data }): Estimator => ({
    prepare: async (model, run) => backwards(model, { curved: true, fixedData: data === "fixed" }, run),
  }),
});
