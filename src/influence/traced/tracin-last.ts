/** TracIn at checkpoints through the last layer alone. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { linearScores, plainSteps } from "../../method/needs.ts";
import { placesOfRows } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import { placesOfLayer } from "../../training/newton/last-layer.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { atCheckpoints } from "./at-checkpoints.ts";
import { checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { checkpointProperties } from "./tracin-cp.ts";

/**
 * tracin-cp with the gradients of the last layer alone (Pruthi et al. 2020; survey, §5.2.1.3). A score that is a dot product is linear in the item's row, which is the layer
 * there, or in the user's by `side`. Cost: as tracin-cp, with a forward pass for every row.
 */
export const tracinLast = method({
  name: "tracin-last",
  summary: "inner products of gradients at checkpoints of the training, through the last layer alone",
  source: "Pruthi, Liu, Kale and Sundararajan (2020); survey, §5.2.1.3",
  needs: [plainSteps, linearScores],
  settings: {
    ...checkpointSettings,
    side: {
      summary: "of dot products: whose rows are the last layer",
      standard: "item",
      choices: ["item", "user"],
    },
  },
  cost: "a training",
  properties: checkpointProperties,
  make: ({ checkpoints, side }): Estimator => ({
    async prepare(model, run) {
      const { objective } = model.smooth as Smooth;
      const places = lastPlaces(objective, side as "item" | "user");
      return atCheckpoints(await checkpointsOf(model, checkpoints, run), run, places);
    },
  }),
});

function lastPlaces({ model }: Objective, side: "item" | "user"): Uint32Array {
  if (model.lastLayer) return placesOfLayer(model.lastLayer);
  return placesOfRows(model.tensors, side, Array(side === "item" ? model.itemCount : model.userCount).keys());
}
