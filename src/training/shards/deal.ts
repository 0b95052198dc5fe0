/** Which rows go to which member: by outside ids, or by likeness. */

import { indexBy, type Rows } from "../../data/interactions.ts";
import type { NameKeys } from "../../model/model.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { TrainedModel, TrainingData, TrainRun } from "../trained-model.ts";
import { balancedClusters, type Elements } from "./balanced.ts";
import { embeddingsOf } from "./embeddings.ts";
import { isLearned, keepsUsers, type Sharding } from "./sharding.ts";

/** Rows of every member, ascending, and the member of every user where that was learned. */
export interface Dealt {
  readonly rows: readonly Rows[];
  readonly shardOfUser?: Uint32Array | undefined;
}

/** Deals rows; `embedder` trains the model on all of them whose embeddings a learned partition goes by. */
export async function deal(
  data: TrainingData,
  sharding: Sharding,
  embedder: () => Promise<TrainedModel>,
  run: TrainRun,
): Promise<Dealt> {
  const { users, items, size } = data.interactions;
  if (!isLearned(sharding)) {
    const shardOf = shardKeyed(data.keys, sharding);
    const of = Uint32Array.from({ length: size }, (_, row) => shardOf(users[row], items[row]));
    return { rows: rowsByShard(of, sharding.shards) };
  }
  const model = await embedder();
  const { partition, shards, seed } = sharding;
  if (partition === "interaction-similarity") {
    const elements = interactionsOf(data, model);
    const of = await balancedClusters(elements, shards, seed, run.yieldToEventLoop);
    return { rows: rowsByShard(of, shards) };
  }
  const side = partition === "user-similarity" ? "user" : "item";
  const shardOf = await shardsOfSide(data, model, side, sharding, run);
  const rows = rowsByShard(
    (side === "user" ? users : items).map((key) => shardOf[key]),
    shards,
  );
  return { rows, ...(side === "user" ? { shardOfUser: shardOf } : {}) };
}

/** Clusters of the users, or items, that have rows; the others go where their ids say. */
async function shardsOfSide(
  { interactions, keys }: TrainingData,
  model: TrainedModel,
  side: "user" | "item",
  { shards, seed }: Sharding,
  { yieldToEventLoop }: TrainRun,
): Promise<Uint32Array> {
  const own = keys[`${side}s`];
  const { start } = interactions[side === "user" ? "byUser" : "byItem"];
  const present = Uint32Array.from(own.keys()).filter((k) => start[k + 1] > start[k]);
  const elements = {
    keys: [present.map((k) => own[k]), new Uint32Array(present.length)],
    parts: [{ ...embeddingsOf(model, side), rows: present }],
  } as const;
  const clusters = await balancedClusters(elements, shards, seed, yieldToEventLoop);
  const byKey = shardKeyed({ users: own, items: own }, { shards, partition: "users", seed });
  const out = own.map((_, k) => byKey(k, 0));
  present.forEach((k, n) => {
    out[k] = clusters[n];
  });
  return out;
}

function interactionsOf({ interactions, keys }: TrainingData, model: TrainedModel): Elements {
  const { users, items } = interactions;
  return {
    keys: [users.map((u) => keys.users[u]), items.map((i) => keys.items[i])],
    parts: [
      { ...embeddingsOf(model, "user"), rows: users },
      { ...embeddingsOf(model, "item"), rows: items },
    ],
  };
}

/** The rows of each shard, ascending, from the shard of each row. */
export function rowsByShard(shardOfRow: Uint32Array, shards: number): Rows[] {
  const { start, rows } = indexBy(shardOfRow, shards);
  return Array.from({ length: shards }, (_, k) => rows.slice(start[k], start[k + 1]));
}

/** How many rows of a model in shards are not with the member that outside ids and the seed say, or of a learned partition apart from their kind. */
export function misdealt({ interactions, keys, shards = [], learned }: TrainedModel, sharding: Sharding): number {
  const { users, items, itemCount } = interactions;
  const byKey = shardKeyed(keys, sharding);
  const ofItem = new Int32Array(itemCount).fill(-1);
  const expected = (row: number, k: number): number => {
    if (!isLearned(sharding)) return byKey(users[row], items[row]);
    if (keepsUsers(sharding)) return learned?.shardOfUser?.[users[row]] ?? -1;
    if (sharding.partition === "interaction-similarity") return k;
    if (ofItem[items[row]] < 0) ofItem[items[row]] = k;
    return ofItem[items[row]];
  };
  let count = 0;
  shards.forEach(({ rows }, k) => {
    for (const row of rows) if (expected(row, k) !== k) count++;
  });
  return count;
}

/** The shard of a pair, by outside ids. */
export function shardKeyed(
  { users, items }: NameKeys,
  { shards, partition, seed }: Pick<Sharding, "shards" | "partition" | "seed">,
) {
  const stream = randomOf(seed, "shards").integer(2 ** 53);
  return (user: number, item: number): number =>
    Math.floor(shards * keyedUniform(stream, users[user], partition === "users" ? 0 : items[item], 0));
}
