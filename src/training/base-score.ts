/** What a model scores before any taste: its mean and biases. */

import { rowAt } from "../model/tensors.ts";
import type { Shard, TrainedModel } from "./trained-model.ts";

/** Mean and biases of a pair; a side that the model does not know has none. Of trees what they begin at. 0 for models without such parts. */
export function baseScore(trained: TrainedModel, user: number | undefined, item: number | undefined): number {
  const { smooth, shards, trees } = trained;
  if (trees !== undefined) return trees.booster.base;
  if (shards !== undefined) {
    const members = membersFor(trained, user);
    return members.reduce((sum, { model }) => sum + baseScore(model, user, item) / members.length, 0);
  }
  if (smooth === undefined) return 0;
  const { objective, params } = smooth;
  const { mean } = objective.settings.model;
  const learned = objective.tensors.find(({ name }) => name === "mean");
  let sum = learned ? params[learned.at] : typeof mean === "number" ? mean : 0;
  for (const tensor of objective.tensors) {
    if (tensor.name === "user_bias" && user !== undefined) sum += params[rowAt(tensor, user)];
    if (tensor.name === "item_bias" && item !== undefined) sum += params[rowAt(tensor, item)];
  }
  return sum;
}

/** What a score is made of before any taste, in words; null where that is nothing. */
export function basePartsOf({ smooth, shards }: TrainedModel): BaseParts | null {
  if (shards !== undefined) return shards.length === 0 ? null : basePartsOf(shards[0].model);
  if (smooth === undefined) return null;
  const { tensors, settings } = smooth.objective;
  const { mean } = settings.model;
  const hasMean = tensors.some(({ name }) => name === "mean") || (typeof mean === "number" && mean !== 0);
  const hasBiases = tensors.some(({ name }) => name === "user_bias" || name === "item_bias");
  if (hasMean) return hasBiases ? "mean and biases" : "mean";
  return hasBiases ? "biases" : null;
}

/** The parts of a score that know no taste. */
export type BaseParts = "mean and biases" | "mean" | "biases";

/** The member that holds the user where each user has one of their own, else all. */
function membersFor({ shards = [], trainer }: TrainedModel, user: number | undefined): readonly Shard[] {
  if (trainer.sharding?.aggregate !== "own" || user === undefined) return shards;
  const own = shards.filter(({ model }) => {
    const { start } = model.interactions.byUser;
    return start[user + 1] > start[user];
  });
  return own.length > 0 ? own : shards;
}
