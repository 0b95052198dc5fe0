/** Training in shards: members that each see a part of the interactions, so that forgetting trains one of them again. */

import type { Rows } from "../data/interactions.ts";
import { selectNegatives } from "../objective/negatives.ts";
import { newcomer } from "./moved.ts";
import { areSame, nextNegatives, partOf } from "./next-rows.ts";
import { refit } from "./refit.ts";
import { reindexed } from "./reindexed.ts";
import { aggregated } from "./shards/aggregate.ts";
import { deal } from "./shards/deal.ts";
import { dealNext } from "./shards/deal-next.ts";
import { learnMixture } from "./shards/learn-mixture.ts";
import { checkSharding, isLearned, type Sharding, shardPresets, usualSharding } from "./shards/sharding.ts";
import { sliced } from "./shards/slices.ts";
import type {
  Learned,
  NextMembers,
  NextRows,
  Shard,
  TrainedModel,
  Trainer,
  TrainingData,
  TrainRun,
} from "./trained-model.ts";
import { byBatches, type TrainerEntry } from "./trainer.ts";

/**
 * A trainer of members in shards (Bourtoule et al. 2021, SISA; Chen et al. 2022, RecEraser). Forgetting trains those members again that held a row,
 * each with its own seed, from the last checkpoint before it where there are slices, and then the attention, where there is one. Where rows were
 * dealt by outside ids, what it makes is what training in shards without the rows would have made. Throws `bad-input` for a sharding that cannot be,
 * `unsupported` for slices of a trainer that takes no start.
 */
export function sharded(inner: Trainer, sharding: Sharding): Trainer {
  checkSharding(sharding);
  const member = sliced(inner, sharding);
  const self: Trainer = {
    name: "sharded",
    settings: { ...settingsOf(sharding), inner: inner.name },
    toOptimum: inner.toOptimum,
    sharding: { ...sharding, inner },
    async train(data, seed, run) {
      const part = partsOf(run, partCount(sharding));
      const embedder = () => inner.train(data, seed, part("embeddings", 0));
      const { rows, shardOfUser } = await deal(data, sharding, embedder, run);
      const shards: Shard[] = [];
      for (let k = 0; k < rows.length; k++) {
        const model = await member.train(
          membersPart(data, rows[k]),
          seed,
          part("shard", k + (isLearned(sharding) ? 1 : 0)),
        );
        shards.push({ rows: rows[k], model });
      }
      const attention = () => part("attention", -1);
      const learned = await attended(shards, sharding, { shardOfUser }, data, seed, attention);
      return assembled(self, sharding, shards, data, seed, learned);
    },
  };
  return self;
}

/** The trainer of one member: slice by slice where that is asked for. */
export function memberTrainer({ sharding }: Trainer): Trainer | undefined {
  return sharding && sliced(sharding.inner, sharding);
}

/** Without what is as usual, so that it is told as it was before there were slices. */
function settingsOf({ slices = 1, ...sharding }: Sharding): Omit<Sharding, "slices"> & { readonly slices?: number } {
  return slices === 1 ? sharding : { ...sharding, slices };
}

function partCount(sharding: Sharding): number {
  return sharding.shards + (isLearned(sharding) ? 1 : 0) + (sharding.aggregate === "attention" ? 1 : 0);
}

/** Runs of equal parts, whose progress is told as that of the whole and never falls; part −1 is the last. */
function partsOf(run: TrainRun, count: number): (phase: string, at: number) => TrainRun {
  let most = 0;
  return (phase, at) => {
    const place = at < 0 ? count - 1 : at;
    const tell = (done: number) => {
      most = Math.max(most, (place + done) / count);
      run.onProgress?.({ phase, step: place + 1, fraction: most });
    };
    tell(0);
    return { ...run, onProgress: run.onProgress && (({ fraction }) => tell(fraction)) };
  };
}

/** Puts members together, as training or a folder has them. */
export function assembled(
  trainer: Trainer,
  sharding: Sharding,
  shards: readonly Shard[],
  { interactions, keys }: TrainingData,
  seed: number,
  learned: Learned = {},
): TrainedModel {
  const [first] = shards;
  const model: TrainedModel = {
    kind: first.model.kind,
    unit: first.model.unit,
    origin: first.model.origin,
    ...{ interactions, keys, trainer, seed, shards, learned },
    partitionSeesData: isLearned(sharding),
    scores: aggregated(shards, keys, sharding, learned),
    refitMembers: (rows, run) => withoutRows(model, sharding, rows, run),
    onNextRows: (next, run) => onNextRows(model, sharding, next, run),
    withMembers: (members, data, other) => assembled(trainer, sharding, members, { ...data }, seed, other),
  };
  return model;
}

/** What is learned beside the members, with the attention to them where the sharding wants it. */
async function attended(
  shards: readonly Shard[],
  { aggregate }: Sharding,
  learned: Learned,
  data: TrainingData,
  seed: number,
  runOf: () => TrainRun,
): Promise<Learned> {
  if (aggregate !== "attention") return learned;
  const attention = await learnMixture(
    shards.map(({ model }) => model),
    data,
    seed,
    runOf(),
  );
  return { ...learned, attention };
}

function membersPart({ interactions, keys, negatives }: TrainingData, rows: Rows): TrainingData {
  const perRow = negatives === undefined ? 0 : negatives.length / Math.max(1, interactions.size);
  return {
    interactions: interactions.select(rows),
    keys,
    ...(negatives ? { negatives: selectNegatives(negatives, perRow, rows) } : {}),
  };
}

/** Trains the members again that held some of the rows, and the attention; the other members stay as they are. */
async function withoutRows(
  { trainer, shards = [], interactions, keys, seed, learned = {} }: TrainedModel,
  sharding: Sharding,
  rows: Rows,
  run: TrainRun,
): Promise<TrainedModel> {
  const gone = new Set(rows);
  const quiet = { ...run, onProgress: undefined };
  const next: Shard[] = [];
  for (const { rows: held, model } of shards) {
    const local = Uint32Array.from(held.keys()).filter((k) => gone.has(held[k]));
    const left = held.filter((row) => !gone.has(row)).map((row) => row - countBelow(rows, row));
    const again = local.length === 0 ? model : await refit(model, local, model.seed, quiet);
    next.push({ rows: left, model: again });
  }
  const data = { interactions: interactions.without(rows), keys };
  const all = await attended(next, sharding, learned, data, seed, () => quiet);
  return assembled(trainer, sharding, next, data, seed, all);
}

/** Trains the members again whose rows are others now, and the attention; the other members stay as they are, under the new indices. */
async function onNextRows(
  model: TrainedModel,
  sharding: Sharding,
  next: NextRows,
  run: TrainRun,
): Promise<NextMembers> {
  const { rows, shardOfUser } = dealNext(model, sharding, next);
  const part = partsOf(run, rows.length + (sharding.aggregate === "attention" ? 1 : 0));
  const shards: Shard[] = [];
  let [membersHit, rowsApart] = [0, 0];
  for (const [k, { rows: had, model: member }] of (model.shards ?? []).entries()) {
    const own = partOf(next, rows[k], had);
    const hit = !areSame(member, own) || readsNewItems(member, next);
    const again = hit
      ? await trainedAgain(member, own, part("shard", k))
      : { model: reindexed(member, own.data, next.moved), rowsApart: 0 };
    if (hit) membersHit++;
    rowsApart += again.rowsApart;
    shards.push({ rows: rows[k], model: again.model });
  }
  const { data } = next;
  const learned = await attended(shards, sharding, { shardOfUser }, data, model.seed, () => part("attention", -1));
  return { model: assembled(model.trainer, sharding, shards, data, model.seed, learned), membersHit, rowsApart };
}

async function trainedAgain(member: TrainedModel, { data, ...next }: NextRows, run: TrainRun) {
  const { smooth, trainer, seed } = member;
  const { negatives, rowsApart } = smooth ? nextNegatives(smooth.objective, { data, ...next }) : { rowsApart: 0 };
  const tolerance = run.tolerance ?? smooth?.tolerance;
  return { model: await trainer.train({ ...data, negatives }, seed, { ...run, tolerance }), rowsApart };
}

/** Whether every list of a member has items that were not there. */
function readsNewItems({ smooth }: TrainedModel, { moved }: NextRows): boolean {
  return smooth?.objective.settings.loss.form === "listwise" && Array.from(moved.item.old).includes(newcomer);
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

/** SISA as papers compare with it: random shards, means of scores. */
export const sisa: TrainerEntry = {
  name: "sisa",
  summary: "five shards of interactions at random, the mean of the members' scores",
  make: (settings, recipe) => sharded(byBatches(settings, recipe), { ...shardPresets.sisa, seed: 1 }),
};

/** RecEraser: balanced clusters of users, attention to the members. */
export const recEraser: TrainerEntry = {
  name: "receraser",
  summary: "eight balanced shards of users with like tastes, attention to the members' embeddings",
  make: (settings, recipe) => sharded(byBatches(settings, recipe), { ...shardPresets.receraser, seed: 1 }),
};
