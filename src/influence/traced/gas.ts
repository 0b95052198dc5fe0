/** GAS, gradient aggregated similarity: TracIn at checkpoints, renormalised. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import { byTarget } from "../by-target.ts";
import { directionOf, directionsAt, gradientsAt } from "../normalised/directions.ts";
import { checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { checkpointProperties } from "./tracin-cp.ts";

/**
 * −Σ_c η_c·cos(∇target, g) over checkpoints c, η_c the learning rates of the steps that c stands for, g = Σ∇ℓ of the player's rows; 0 where a gradient is 0
 * (Hammoudeh & Lowd 2022; survey, Eq. 68). At most Σ η, which the fit of a row by its own loss reaches for that row. Cost: that of tracin-cp, and a row's gradient by itself the
 * first time that it is asked for.
 */
export const gas = method({
  name: "gas",
  summary: "cosines of gradients at checkpoints of the training: rows count by their direction, not by their loss",
  source: "Hammoudeh and Lowd (2022); survey, Eq. 68",
  needs: [plainSteps],
  settings: checkpointSettings,
  cost: "a training",
  value: "relative",
  properties: { ...checkpointProperties, storage: "O((n + p)C)" },
  make: ({ checkpoints }): Estimator => ({
    async prepare(model, run) {
      const places = await checkpointsOf(model, checkpoints, run);
      const directions = places.map(({ objective, params }) =>
        directionsAt(gradientsAt(objective, params, run.yieldToEventLoop)),
      );
      return byTarget(run, async (target, players) => {
        const scores = new Float64Array(players.count);
        for (const [c, { objective, params, rates }] of places.entries()) {
          const found = await directions[c](players, directionOf(objective, params, target, rates));
          for (let k = 0; k < scores.length; k++) scores[k] += found[k];
          await run.yieldToEventLoop();
        }
        return { scores, statuses: Array.from(scores, () => "converged" as const), residual: 0 };
      });
    },
  }),
});
