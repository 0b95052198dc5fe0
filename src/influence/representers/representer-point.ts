/** Representer points: a score as a sum over rows, each by the slope of its loss and its likeness to what is asked. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { linearScores, positiveL2 } from "../../method/needs.ts";
import { optimalLastLayer, placesOfLayer } from "../../training/newton/last-layer.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { movedNote } from "./notes.ts";
import { lackingOfSide, placesOfSide, type Representers, representers, type Side } from "./represented.ts";

/**
 * α_k·x_k·x with α_k = −ℓ′_k/λ (Yeh, Kim, Yen & Ravikumar 2018; survey, Eq. 46 and 47, λ for its λn). Of dot products x is the other side's row, with 1 for a bias: Σ over the user's rows of
 * r_k(q_k·q_i/λ + 1/λ_b) is the score less the mean and the item's bias. Of networks x are the last layer's features, after the last layer was
 * re-optimised. Cost: O(n·d) a target.
 */
export const representerPoint = method({
  name: "representer-point",
  summary: "shares of a score by each row's slope and its likeness to the pair; all rows sum to the score",
  source: "Yeh, Kim, Yen and Ravikumar (2018); survey, Eq. 46 and 47",
  needs: [linearScores, positiveL2],
  settings: {
    side: {
      summary: "of dot products: whether rows of the user or rows of the item share the score",
      standard: "user",
      choices: ["user", "item"],
    },
  },
  cost: "closed form",
  value: "share",
  properties: {
    family: "static gradient",
    kin: "representer point",
    full: "O(n)",
    further: "O(n)",
    space: "O(n + p)",
    storage: "0",
    traits: ["assumes differentiable", "assumes convexity", "assumes stationarity", "assumes linear model"],
  },
  make: ({ side }): Estimator => ({
    async prepare(model, run) {
      const { lastLayer } = (model.smooth as Smooth).objective.model;
      const found = lastLayer ? await ofLastLayer(model, run) : await ofSide(model, side as Side, run);
      return byTarget(run, sumOverRows(found.shares), found.close);
    },
  }),
});

function ofSide({ smooth }: TrainedModel, side: Side, run: RunContext): Promise<Representers> {
  const { objective, params } = smooth as Smooth;
  return representers({ objective, params, places: placesOfSide(objective, side), lacking: lackingOfSide[side] }, run);
}

/** Of the last layer at its own optimum. */
async function ofLastLayer(model: TrainedModel, run: RunContext): Promise<Representers> {
  const { objective, params: trained } = model.smooth as Smooth;
  const layer = objective.model.lastLayer as NonNullable<typeof objective.model.lastLayer>;
  const { params, status } = await optimalLastLayer(objective, trained, layer, run);
  const found = await representers({ objective, params, places: placesOfLayer(layer), lacking: "what has no L2" }, run);
  return {
    async shares(target, rows) {
      const before = target.of(model.scores(target.pairs));
      const after = target.of(objective.serving.at(params, target.pairs).scores);
      const { notes = [], ...shares } = await found.shares(target, rows);
      return {
        ...shares,
        status,
        notes: [...movedNote("the last layer was re-optimised first", before, after), ...notes],
      };
    },
    close: found.close,
  };
}
