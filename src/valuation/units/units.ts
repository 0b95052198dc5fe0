/** The units of a model: how many there are, what they are called, and how the model scores without some. */

import type { EstimateRun } from "../../method/estimator.ts";
import type { Need } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { autoencoderReadings, unitsOfAutoencoder } from "./autoencoder.ts";
import { dimensionUnits } from "./dimensions.ts";
import { networkReadings, unitsOfNetwork } from "./network.ts";
import { type Ablation, numbered, type Units } from "./readers.ts";

/** Embedding dimensions of a model whose scores are dot products, or hidden units of a network. */
export const unitsInside: Need = {
  name: "embedding dimensions or hidden units",
  unmet(model) {
    return insideNames(model).length > 0 ? undefined : `${model.shards ? "a model in shards" : model.kind} has none`;
  },
};

/** What valuers of units need: either names what `unitNames` tells. */
export const unitNeeds: readonly Need[] = [unitsInside, ensembleOfTrees];

/** What the units of a model are called, in the order of the players of `unitPlayers(unitNames(model).length)`: those inside, or features of trees. Empty where it has none. */
export function unitNames(model: TrainedModel): readonly string[] {
  return model.trees?.featureNames ?? insideNames(model);
}

function insideNames({ factors, smooth }: TrainedModel): readonly string[] {
  if (factors !== undefined) return numbered("dimension", factors.factors);
  if (smooth === undefined) return [];
  return [...networkReadings(smooth.objective), ...autoencoderReadings(smooth.objective)].map(({ name }) => name);
}

/** The units of a model that has some. */
export async function unitsOf(
  { factors, smooth, interactions }: TrainedModel,
  ablation: Ablation,
  run: EstimateRun,
): Promise<Units> {
  if (factors !== undefined) return dimensionUnits(factors, interactions, ablation, run);
  const parameters = smooth as Smooth;
  const isNetwork = networkReadings(parameters.objective).length > 0;
  return isNetwork ? unitsOfNetwork(parameters, ablation, run) : unitsOfAutoencoder(parameters, ablation, run);
}
