/** What a model scores before any taste: its mean and biases. */

import { rowAt } from "../model/tensors.ts";
import type { Shard, TrainedModel } from "./trained-model.ts";

/** Mean and biases of a pair; a side that the model does not know has none. 0 for models without such parts. */
export function baseScore(trained: TrainedModel, user: number | undefined, item: number | undefined): number {
  const { smooth, shards } = trained;
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

/** The member that holds the user where each user has one of their own, else all. */
function membersFor({ shards = [], trainer }: TrainedModel, user: number | undefined): readonly Shard[] {
  if (trainer.sharding?.aggregate !== "own" || user === undefined) return shards;
  const own = shards.filter(({ model }) => {
    const { start } = model.interactions.byUser;
    return start[user + 1] > start[user];
  });
  return own.length > 0 ? own : shards;
}
