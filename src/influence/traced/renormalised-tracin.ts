/** TracIn, renormalised: every step counts by the direction of its gradients. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import { interactionPlayers } from "../../method/players.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { directionOf, directionsAt, gradientsAt } from "../normalised/directions.ts";
import { alongSteps, heuristic } from "./along-steps.ts";
import { tracinProperties } from "./tracin.ts";

/**
 * −Σ_t (η_t/b_t)·cos(∇target, ∇ℓ_k) over the steps t whose batch has row k; 0 where a gradient is 0 (Hammoudeh & Lowd 2022: tracin with unit vectors in place of all gradients; survey, §5.3).
 * Cost: that of tracin, and the gradient of every row of a batch by itself.
 */
export const renormalisedTracin = method({
  name: "renormalised-tracin",
  summary: "cosines of gradients at every step of the training: rows count by their direction, not by their loss",
  source: "Hammoudeh and Lowd (2022); survey, §5.3",
  needs: [plainSteps],
  settings: { heuristic },
  cost: "a training",
  value: "relative",
  properties: tracinProperties,
  make: (): Estimator => ({
    async prepare(model, run) {
      return alongSteps(trajectoryOf(model, run), run, (step, rows, target) => {
        const { objective, params, learningRate, divisor } = step;
        const directions = directionsAt(gradientsAt(objective, params, run.yieldToEventLoop));
        const unit = directionOf(objective, params, target, learningRate / divisor);
        return directions(interactionPlayers(rows), unit);
      });
    },
  }),
});
