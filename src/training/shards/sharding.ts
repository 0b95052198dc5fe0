/** How rows are dealt to members, and how these answer together: the settings of training in shards. */

import { LetheError } from "../../errors.ts";

/**
 * What goes to a shard together. "users": all rows of a user. "interactions": every pair by itself. Both follow from outside ids and the seed, so
 * that deleting a person leaves everybody else where they are. The others are learned from embeddings (Chen et al. 2022, RecEraser): balanced
 * clusters of users, of items, or of interactions.
 */
export const partitions = [
  "users",
  "interactions",
  "user-similarity",
  "item-similarity",
  "interaction-similarity",
] as const;

/** Who scores a pair. "own": the member that holds the user. "mean": the mean of all members' scores. "attention": learned weights of all members. */
export const aggregates = ["own", "mean", "attention"] as const;

/** Settings of training in shards. */
export interface Sharding {
  /** Members; at least 2. */
  readonly shards: number;
  readonly partition: (typeof partitions)[number];
  readonly aggregate: (typeof aggregates)[number];
  /** Parts of a shard that training takes in turn, with the parameters kept before each; default 1. */
  readonly slices?: number | undefined;
  readonly seed: number;
}

/** What a sharded trainer is made of, beside the trainer of its members. */
export const usualSharding: Sharding = { shards: 4, partition: "users", aggregate: "own", seed: 1 };

/** The settings under which papers know training in shards. */
export const shardPresets = {
  sisa: { shards: 5, partition: "interactions", aggregate: "mean", slices: 1 },
  receraser: { shards: 8, partition: "user-similarity", aggregate: "attention", slices: 1 },
} as const satisfies Record<string, Omit<Sharding, "seed">>;

/** Whether a partition is learned from the data, so that where the others are depends on who is there. */
export function isLearned({ partition }: Pick<Sharding, "partition">): boolean {
  return partition.endsWith("-similarity");
}

/** Whether all rows of a user are in one shard. */
export function keepsUsers({ partition }: Pick<Sharding, "partition">): boolean {
  return partition === "users" || partition === "user-similarity";
}

/** Throws `bad-input` for a sharding that cannot be. */
export function checkSharding(sharding: Sharding): void {
  const { shards, partition, aggregate, slices = 1 } = sharding;
  if (!Number.isInteger(shards) || shards < 2 || shards > 1000)
    throw new LetheError("bad-input", `shards is ${shards}; expected a whole number from 2 to 1000`);
  if (!Number.isInteger(slices) || slices < 1 || slices > 100)
    throw new LetheError("bad-input", `slices is ${slices}; expected a whole number from 1 to 100`);
  if (aggregate === "own" && !keepsUsers(sharding))
    throw new LetheError(
      "bad-input",
      `aggregate own needs all rows of a user in one shard, and the partition ${partition} deals them apart`,
      "use the partition users or user-similarity, or the aggregate mean or attention",
    );
}
