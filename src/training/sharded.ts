/** Training in shards: members that each see a part of the interactions, so that forgetting trains one of them again. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { NameKeys, Pairs } from "../model/model.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import { selectNegatives } from "../objective/negatives.ts";
import { refit } from "./refit.ts";
import type { Shard, Sharding, TrainedModel, Trainer, TrainingData, TrainRun } from "./trained-model.ts";
import { byBatches, type TrainerEntry } from "./trainer.ts";

/** What a sharded trainer is made of, beside the trainer of its members. */
export const usualSharding: Sharding = { shards: 4, partition: "users", aggregate: "own", seed: 1 };

/**
 * A trainer of members in shards (Bourtoule et al. 2021, SISA with one slice). Forgetting trains those members again that held a row, each with
 * its own seed: what it makes is what training in shards without the rows would have made. Throws `bad-input` for a sharding that cannot be.
 */
export function sharded(inner: Trainer, sharding: Sharding): Trainer {
  checkSharding(sharding);
  const self: Trainer = {
    name: "sharded",
    settings: { ...sharding, inner: inner.name },
    toOptimum: inner.toOptimum,
    sharding: { ...sharding, inner },
    async train(data, seed, run) {
      const shards: Shard[] = [];
      const dealt = deal(data, sharding);
      for (let k = 0; k < dealt.length; k++) {
        run.onProgress?.({ phase: "shard", step: k + 1, fraction: k / dealt.length });
        const model = await inner.train(partOf(data, dealt[k]), seed, { ...run, onProgress: undefined });
        shards.push({ rows: dealt[k], model });
      }
      return assembled(self, sharding, shards, data, seed);
    },
  };
  return self;
}

/** Puts members together, as training or a folder has them. */
export function assembled(
  trainer: Trainer,
  sharding: Sharding,
  shards: readonly Shard[],
  { interactions, keys }: TrainingData,
  seed: number,
): TrainedModel {
  const [first] = shards;
  const score = sharding.aggregate === "own" ? ownScores(shards, keys, sharding) : meanScores(shards);
  const model: TrainedModel = {
    kind: first.model.kind,
    unit: first.model.unit,
    origin: first.model.origin,
    ...{ interactions, keys, trainer, seed, shards },
    scores: score,
    refitMembers: (rows, run) => withoutRows(model, sharding, rows, run),
    withMembers: (members, data) => assembled(trainer, sharding, members, { ...data }, seed),
  };
  return model;
}

function checkSharding({ shards, partition, aggregate }: Sharding): void {
  if (!Number.isInteger(shards) || shards < 2 || shards > 1000)
    throw new LetheError("bad-input", `shards is ${shards}; expected a whole number from 2 to 1000`);
  if (aggregate === "own" && partition !== "users")
    throw new LetheError(
      "bad-input",
      "aggregate own needs all rows of a user in one shard",
      "use the partition users, or the aggregate mean",
    );
}

/** Rows of every member, ascending. */
function deal({ interactions, keys }: TrainingData, sharding: Sharding): Rows[] {
  const { users, items, size } = interactions;
  const rows: number[][] = Array.from({ length: sharding.shards }, () => []);
  const shardOf = shardKeyed(keys, sharding);
  for (let k = 0; k < size; k++) rows[shardOf(users[k], items[k])].push(k);
  return rows.map((list) => Uint32Array.from(list));
}

/** How many rows of a model in shards are not with the member that outside ids and the seed say. */
export function misdealt({ interactions, keys, shards = [] }: TrainedModel, sharding: Sharding): number {
  const shardOf = shardKeyed(keys, sharding);
  const { users, items } = interactions;
  let count = 0;
  shards.forEach(({ rows }, k) => {
    for (const row of rows) if (shardOf(users[row], items[row]) !== k) count++;
  });
  return count;
}

/** The shard of a pair, by outside ids. */
function shardKeyed({ users, items }: NameKeys, { shards, partition, seed }: Sharding) {
  const stream = randomOf(seed, "shards").integer(2 ** 53);
  return (user: number, item: number): number =>
    Math.floor(shards * keyedUniform(stream, users[user], partition === "users" ? 0 : items[item], 0));
}

function partOf({ interactions, keys, negatives }: TrainingData, rows: Rows): TrainingData {
  const perRow = negatives === undefined ? 0 : negatives.length / Math.max(1, interactions.size);
  return {
    interactions: interactions.select(rows),
    keys,
    ...(negatives ? { negatives: selectNegatives(negatives, perRow, rows) } : {}),
  };
}

/** Each pair is scored by the member that would hold its user. */
function ownScores(shards: readonly Shard[], keys: NameKeys, sharding: Sharding): TrainedModel["scores"] {
  const shardOf = shardKeyed(keys, sharding);
  return ({ users, items }: Pairs) => {
    const out = new Float64Array(users.length);
    const places: number[][] = shards.map(() => []);
    for (let n = 0; n < users.length; n++) places[shardOf(users[n], 0)].push(n);
    places.forEach((list, k) => {
      if (list.length === 0) return;
      const some = { users: Uint32Array.from(list, (n) => users[n]), items: Uint32Array.from(list, (n) => items[n]) };
      shards[k].model.scores(some).forEach((score, at) => {
        out[list[at]] = score;
      });
    });
    return out;
  };
}

function meanScores(shards: readonly Shard[]): TrainedModel["scores"] {
  return (pairs) => {
    const out = new Float64Array(pairs.users.length);
    for (const { model } of shards)
      model.scores(pairs).forEach((score, n) => {
        out[n] += score / shards.length;
      });
    return out;
  };
}

/** Trains the members again that held some of the rows; the others stay as they are. */
async function withoutRows(
  { trainer, shards = [], interactions, keys, seed }: TrainedModel,
  sharding: Sharding,
  rows: Rows,
  run: TrainRun,
): Promise<TrainedModel> {
  const gone = new Set(rows);
  const next: Shard[] = [];
  for (const { rows: held, model } of shards) {
    const local = Uint32Array.from(held.keys()).filter((k) => gone.has(held[k]));
    const left = held.filter((row) => !gone.has(row)).map((row) => row - countBelow(rows, row));
    const again = local.length === 0 ? model : await refit(model, local, model.seed, { ...run, onProgress: undefined });
    next.push({ rows: left, model: again });
  }
  return assembled(trainer, sharding, next, { interactions: interactions.without(rows), keys }, seed);
}

/** How many of the ascending rows are below one. */
function countBelow(rows: Rows, row: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The trainer in shards, as the catalogue has it. */
export const inShards: TrainerEntry = {
  name: "sharded",
  summary: "members on shards of the interactions; forgetting trains only those again that held a row",
  make: (settings, recipe) => sharded(byBatches(settings, recipe), usualSharding),
};
