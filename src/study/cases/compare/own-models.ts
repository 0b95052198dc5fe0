/** Methods that forget from a model of their own, and how that model is trained. */

import { sharded } from "../../../training/sharded.ts";
import { shardPresets, usualSharding } from "../../../training/shards/sharding.ts";
import type { Trainer } from "../../../training/trained-model.ts";

/** A method that brings its own model. */
export interface OwnModel {
  /** The unlearner that forgets from it. */
  readonly unlearner: string;
  /** The trainer of its model, made of that of the model at hand. */
  trainer(usual: Trainer): Trainer;
}

/** By the name under which they are compared. */
export const ownModels: Readonly<Record<string, OwnModel>> = {
  sharded: { unlearner: "exact", trainer: (usual) => sharded(usual, usualSharding) },
  sisa: { unlearner: "exact", trainer: (usual) => sharded(usual, { ...shardPresets.sisa, seed: 1 }) },
  receraser: { unlearner: "exact", trainer: (usual) => sharded(usual, { ...shardPresets.receraser, seed: 1 }) },
};

/** The entry of a name, where the method brings its own model. */
export function ownModelOf(name: string): OwnModel | undefined {
  return Object.hasOwn(ownModels, name) ? ownModels[name] : undefined;
}
