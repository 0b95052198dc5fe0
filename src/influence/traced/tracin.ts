/** TracIn: what every step of the training did to the target, charged to the rows of its batch. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { alongSteps, rowsAlongStep } from "./along-steps.ts";

const settings = {
  heuristic: {
    summary: "also for momentum and Adam, whose steps are no sums over rows: a number then, and no identity",
    standard: false,
  },
} as const;

/**
 * −Σ_t (η_t/b_t)·∇target·∇ℓ_k over the steps t whose batch has row k, all at the parameters before the step (Pruthi et al. 2020; survey, Eq. 55). With
 * steps of one row it is the ideal form (Eq. 51) to first order in η. Cost: a training, and two passes over its batches a target.
 */
export const tracin = method({
  name: "tracin",
  summary: "what every step of the training did to the target, charged to the rows of its batch",
  source: "Pruthi, Liu, Kale and Sundararajan (2020), survey Eq. 55",
  needs: [plainSteps],
  settings,
  cost: "a training",
  properties: {
    ...{ family: "dynamic gradient", kin: "TracIn" },
    ...{ full: "O(npT)", further: "O(npT)", space: "O(n + p)", storage: "O(p)" },
    traits: [
      "assumes differentiable",
      "optimizer specific",
      "group influence",
      "generative models",
      "high instance cost",
    ],
  },
  make: (): Estimator => ({
    async prepare(model, run) {
      const trajectory = trajectoryOf(model, run);
      return alongSteps(trajectory, run, async (step, rows, target) => {
        const { gradient } = targetGradient(step.objective, step.params, target);
        const scale = -step.learningRate / step.divisor;
        return (await rowsAlongStep(step, rows, gradient, run)).map((x) => scale * x);
      });
    },
  }),
});
