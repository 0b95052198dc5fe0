/** TracIn: what every step of the training did to the target, charged to the rows of its batch. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps, singleSteps } from "../../method/needs.ts";
import type { Properties } from "../../method/properties.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { alongSteps, heuristic, rowsAlongStep } from "./along-steps.ts";
import { idealSteps } from "./ideal.ts";

/** What Table 1 says of TracIn (Hammoudeh and Lowd 2024). The steps are stored there; here they are made again. */
export const tracinProperties: Properties = {
  ...{ family: "dynamic gradient", kin: "TracIn" },
  ...{ full: "O(npT)", further: "O(npT)", space: "O(n + p)", storage: "O(pT)" },
  traits: ["assumes differentiable", "optimizer specific", "generative models", "high instance cost", "amortizable"],
};

/**
 * −Σ_t (η_t/b_t)·∇target·∇ℓ_k over the steps t whose batch has row k, all at the parameters before the step (Pruthi et al. 2020; survey, Eq. 55). With
 * steps of one row it is `form` ideal (Eq. 51) to first order in η: there each is charged with the target's exact change. Cost: a training, and two passes over its batches a target.
 */
export const tracin = method({
  name: "tracin",
  summary: "what every step of the training did to the target, charged to the rows of its batch",
  source: "Pruthi, Liu, Kale and Sundararajan (2020), survey Eq. 55",
  needs: [plainSteps, singleSteps],
  settings: {
    form: {
      summary: "first-order: inner products of gradients; ideal: the exact change over every step, of steps of one row",
      standard: "first-order",
      choices: ["first-order", "ideal"],
    },
    heuristic,
  },
  cost: "a training",
  properties: tracinProperties,
  make: ({ form }): Estimator => ({
    async prepare(model, run) {
      if (form === "ideal") return idealSteps(model, run);
      const trajectory = trajectoryOf(model, run);
      return alongSteps(trajectory, run, async (step, rows, target) => {
        const { gradient } = targetGradient(step.objective, step.params, target);
        const scale = -step.learningRate / step.divisor;
        return (await rowsAlongStep(step, rows, gradient, run)).map((x) => scale * x);
      });
    },
  }),
});
