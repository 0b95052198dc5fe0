/** TracIn at checkpoints through the rows of users and items alone. */

import type { Estimator } from "../../method/estimator.ts";
import { method, type Need } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import { forEachPlace, type TensorPlace } from "../../model/tensors.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { atCheckpoints } from "./at-checkpoints.ts";
import { checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { checkpointProperties } from "./tracin-cp.ts";

/** Tables with a row for each user, or item. */
const tables: Need = {
  name: "rows of users or items",
  unmet: ({ smooth, kind }) =>
    smooth?.objective.tensors.some(({ rowsOf }) => rowsOf !== undefined) ? undefined : `${kind} has none`,
};

/**
 * tracin-cp without the gradients of what all rows share (Yeh, Taly, Sundararajan, Liu & Ravikumar 2022): only rows of the tables that both target and row read count,
 * biases among them. Of a graph they are the rows that it begins with. Cost: as tracin-cp, where scores are local with only the rows that share a user or an item.
 */
export const tracinWe = method({
  name: "tracin-we",
  summary: "inner products of gradients at checkpoints of the training, through users' and items' own rows",
  source: "Yeh, Taly, Sundararajan, Liu and Ravikumar (2022); survey, §5.2.1.3",
  needs: [plainSteps, tables],
  settings: checkpointSettings,
  cost: "a training",
  properties: checkpointProperties,
  make: ({ checkpoints }): Estimator => ({
    async prepare(model, run) {
      const { tensors } = (model.smooth as Smooth).objective;
      return atCheckpoints(await checkpointsOf(model, checkpoints, run), run, placesOfTables(tensors));
    },
  }),
});

function placesOfTables(tensors: readonly TensorPlace[]): Uint32Array {
  const places: number[] = [];
  for (const tensor of tensors) if (tensor.rowsOf !== undefined) forEachPlace(tensor, (place) => places.push(place));
  return Uint32Array.from(places);
}
