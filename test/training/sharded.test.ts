/** Training in shards: who is where, and what forgetting trains again. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Interactions } from "../../src/data/interactions.ts";
import { leaveOneOut } from "../../src/influence/index.ts";
import { interactionPlayers, measureOf, userPlayers } from "../../src/method/index.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { compacted, openModel, planOf, storeModel, type TrainWishes } from "../../src/study/index.ts";
import { baseScore } from "../../src/training/base-score.ts";
import { certify, refit, type Sharding, type TrainedModel } from "../../src/training/index.ts";
import { misdealt } from "../../src/training/shards/deal.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { expectNear, rowsWhere, tastes, triplesOf } from "../support/small.ts";
import { forgetBy } from "../support/trained.ts";

const newFolder = folders();
const set = tastes();
const ids = (what: string, count: number) => Array.from({ length: count }, (_, k) => `${what}${k}`);
const [userIds, itemIds] = [ids("user", set.userCount), ids("item", set.itemCount)];
const keys = nameKeys(userIds, itemIds);

const wishes: Record<string, TrainWishes> = {
  "mf by users": { model: "mf", settings: { factors: 2 }, l2: 3, l2Bias: 1, sharding: { shards: 3 } },
  "ials by interactions": {
    model: "ials",
    settings: { factors: 2 },
    l2: 3,
    sharding: { shards: 3, partition: "interactions", aggregate: "mean" },
  },
  "bpr by users, attention, slices": {
    model: "mf",
    settings: { factors: 2 },
    loss: "bpr",
    l2: 0.1,
    honest: true,
    recipe: { epochs: 2, batch: 32, learningRate: 0.05 },
    sharding: { shards: 3, aggregate: "attention", slices: 2 },
  },
  "gmf by batches": {
    model: "gmf",
    settings: { factors: 2 },
    loss: "squared",
    l2: 1,
    recipe: { epochs: 3, batch: 16 },
    sharding: { shards: 3 },
  },
};
const names = Object.keys(wishes);
const { recipe } = wishes["gmf by batches"];
wishes["bpr by like users, own, slices"] = {
  ...wishes["bpr by users, attention, slices"],
  sharding: { shards: 3, partition: "user-similarity", aggregate: "own", slices: 3 },
};
wishes["mf by like items, attention"] = {
  ...wishes["mf by users"],
  sharding: { shards: 3, partition: "item-similarity", aggregate: "attention" },
};
wishes["gmf by like interactions, one weight a member"] = {
  ...wishes["gmf by batches"],
  recipe,
  sharding: { shards: 3, partition: "interaction-similarity", aggregate: "attention" },
};
const learnedNames = Object.keys(wishes).filter((name) => name.includes("by like"));
wishes["mf by users, scores of all"] = {
  ...wishes["mf by users"],
  sharding: { shards: 3, partition: "users", aggregate: "mean" },
};

function trained(name: string, interactions: Interactions = set): Promise<TrainedModel> {
  return planOf(wishes[name]).trainer.train({ interactions, keys }, 1, run);
}

function allScores({ interactions, scores }: TrainedModel): Float64Array {
  const { userCount, itemCount } = interactions;
  const pairs = Array.from({ length: userCount * itemCount }, (_, k) => [Math.floor(k / itemCount), k % itemCount]);
  return scores({ users: Uint32Array.from(pairs, ([u]) => u), items: Uint32Array.from(pairs, ([, i]) => i) });
}

function farthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, x, k) => Math.max(most, Math.abs(x - b[k])), 0);
}

/** Rows of every member as triples, so that they can be compared whatever their numbers. */
function dealt({ shards = [], interactions }: TrainedModel) {
  const triples = triplesOf(interactions);
  return shards.map(({ rows }) => Array.from(rows, (row) => triples[row].join()));
}

/** Closed forms end at their optimum to rounding. */
function byBatches(name: string): boolean {
  return wishes[name].recipe !== undefined;
}

describe.each(names)("%s", (name) => {
  test("every row is in one shard, and each member has seen its own alone", async () => {
    const model = await trained(name);
    const rows = model.shards?.flatMap((shard) => Array.from(shard.rows)).sort((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: set.size }, (_, k) => k));
    for (const { rows: own, model: member } of model.shards ?? [])
      expect(triplesOf(member.interactions)).toEqual(triplesOf(set.select(own)));
    expect(await certify(model, run)).toMatchObject({ kind: "by-construction", gradientNorm: null, converged: true });
  });

  test("deleting a user leaves everybody else in their shard", async () => {
    const gone = rowsWhere(set, ([user]) => user === 4);
    const [before, after] = [dealt(await trained(name)), dealt(await trained(name, set.without(gone)))];
    expect(after).toEqual(before.map((rows) => rows.filter((row) => !row.startsWith("4,"))));
  });

  test("exact forgetting trains the members that held a row, and makes what training without the rows makes", async () => {
    const model = await trained(name);
    const gone = rowsWhere(set, ([user]) => user === 4);
    const { model: after, guarantee, certificate, caveats } = await forgetBy(exact, model, gone);
    expect([guarantee, certificate.kind, certificate.converged]).toEqual(["exact", "by-construction", true]);
    const hit = (model.shards ?? []).map(({ rows }) => rows.some((row) => gone.includes(row)));
    expect(hit).toContain(true);
    after.shards?.forEach(({ model: member }, k) => {
      expect(member === model.shards?.[k].model).toBe(!hit[k]);
    });
    expect(caveats[0]).toMatch(new RegExp(`^${hit.filter(Boolean).length} of 3 members were trained again`));
    const fresh = await trained(name, set.without(gone));
    expect(farthest(allScores(after), allScores(fresh))).toBeLessThanOrEqual(byBatches(name) ? 0 : 1e-7);
    expect(triplesOf(after.interactions)).toEqual(triplesOf(fresh.interactions));
    const again = (await forgetBy(retrain, model, gone, { seed: 1 })).model;
    expect(farthest(allScores(again), allScores(fresh))).toBeLessThanOrEqual(byBatches(name) ? 0 : 1e-7);
  });

  test("leave-one-out over users, rows and the same seed is what refitting makes", async () => {
    const model = await trained(name);
    const target = scoreTarget(4, 2);
    const prepared = await leaveOneOut.make({}).prepare(model, run);
    const [own] = Array.from(rowsWhere(set, ([user]) => user === 4));
    const measures = [measureOf(target, model.unit)];
    const byUser = await prepared.estimate(measures, userPlayers(set, [4, 5]));
    const byRow = await prepared.estimate(measures, interactionPlayers(Uint32Array.of(own)));
    prepared.close();
    const score = (of: TrainedModel) => of.scores(target.pairs)[0];
    const without = async (rows: Uint32Array) => score(await refit(model, rows, model.seed, run));
    expect(byUser.values[0]).toBe(score(model) - (await without(rowsWhere(set, ([user]) => user === 4))));
    expect(byRow.values[0]).toBe(score(model) - (await without(Uint32Array.of(own))));
  });
});

describe.each([...names, ...learnedNames])("%s", (name) => {
  test("a folder brings it back: scores, shards, trainer, and forgetting goes on from there", async () => {
    const folder = join(await newFolder(), "model");
    const model = await trained(name);
    const dataset = {
      interactions: set,
      userIds: { list: userIds, size: userIds.length, find: (id: string) => at(userIds, id) },
      itemIds: { list: itemIds, size: itemIds.length, find: (id: string) => at(itemIds, id) },
      itemInfo: new Map(),
    };
    await storeModel(folder, { trained: model, dataset });
    expect((await readdir(folder)).length).toBe(5);
    const back = await openModel(folder, { kernels: run.kernels });
    expect(back.trained.trainer.settings).toEqual(model.trainer.settings);
    expect(allScores(back.trained)).toEqual(allScores(model));
    expect(dealt(back.trained)).toEqual(dealt(model));
    expect(besides(back.trained)).toEqual(besides(model));
    const gone = rowsWhere(set, ([user]) => user === 4);
    const after = (await forgetBy(exact, back.trained, gone)).model;
    const expected = (await forgetBy(exact, model, gone)).model;
    expect(allScores(after)).toEqual(allScores(expected));
    expect(besides(after)).toEqual(besides(expected));
    const small = compacted({ trained: after, dataset: back.dataset });
    expect(small.dataset.userIds.list).not.toContain("user4");
    for (const [user, id] of small.dataset.userIds.list.entries()) {
      const [items, place] = [Uint32Array.of(2), userIds.indexOf(id)];
      const item = small.dataset.itemIds.list.indexOf(itemIds[2]);
      const scored = small.trained.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) });
      expect(scored).toEqual(after.scores({ users: Uint32Array.of(place), items }));
    }
    await storeModel(folder, { ...small, source: back.source });
    const reread = await openModel(folder, { kernels: run.kernels });
    expect(reread.trained.interactions.size).toBe(set.size - gone.length);
    expect(allScores(reread.trained)).toEqual(allScores(small.trained));
    expect(besides(reread.trained)).toEqual(besides(small.trained));
    const more = Uint32Array.of(5);
    expect(allScores((await forgetBy(exact, reread.trained, more)).model)).toEqual(
      allScores((await forgetBy(exact, small.trained, more)).model),
    );
  });
});

/** What a model in shards has beside its members' parameters. */
function besides({ learned, shards = [], partitionSeesData }: TrainedModel) {
  const { shardOfUser, attention } = learned ?? {};
  return { shardOfUser, attention, partitionSeesData, checkpoints: shards.map(({ model }) => model.checkpoints) };
}

describe.each(learnedNames)("%s", (name) => {
  test("rows are in shards of a size, with their kind", async () => {
    const model = await trained(name);
    const { partition } = model.trainer.sharding as Sharding;
    const kind = partition === "user-similarity" ? set.users : partition === "item-similarity" ? set.items : undefined;
    const sizes = (model.shards ?? []).map(({ rows }) => new Set(kind ? rows.map((row) => kind[row]) : rows).size);
    const all = new Set(kind ?? Array.from({ length: set.size }, (_, row) => row)).size;
    expect(sizes.reduce((a, b) => a + b)).toBe(all);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(misdealt(model, model.trainer.sharding as Sharding)).toBe(0);
  });

  test("without a user everybody else is dealt anew by retrain, whatever its seed, and by exact is not", async () => {
    const model = await trained(name);
    const gone = rowsWhere(set, ([user]) => user === 4);
    const before = dealt(model).map((rows) => rows.filter((row) => !row.startsWith("4,")));
    expect(dealt((await forgetBy(exact, model, gone)).model)).toEqual(before);
    const again = (await forgetBy(retrain, model, gone, { seed: 1 })).model;
    expect(dealt(again)).toEqual(dealt(await trained(name, set.without(gone))));
  });

  test("progress rises from nothing to nearly all", async () => {
    const told: number[] = [];
    const onProgress = ({ fraction }: { fraction: number }) => void told.push(fraction);
    await planOf(wishes[name]).trainer.train({ interactions: set, keys }, 1, { ...run, onProgress });
    expect(told[0]).toBe(0);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBeGreaterThan(0.6);
    expect(told.at(-1)).toBeLessThanOrEqual(1);
  });
});

test("users are scored by the member that learned shards put them with, those without rows too", async () => {
  const model = await trained("bpr by like users, own, slices");
  const { shards = [], learned, interactions } = model;
  const shardOfUser = learned?.shardOfUser as Uint32Array;
  for (let user = 0; user < interactions.userCount; user++) {
    const pairs = { users: Uint32Array.of(user, user), items: Uint32Array.of(1, 4) };
    expect(model.scores(pairs)).toEqual(shards[shardOfUser[user]].model.scores(pairs));
  }
});

test("embeddings of a side that a model has no table of are refused, with what to do", async () => {
  const sharding = { shards: 2, partition: "user-similarity", aggregate: "mean" } as const;
  const plan = planOf({ model: "mult-vae", recipe: { epochs: 1 }, sharding });
  await expect(plan.trainer.train({ interactions: set, keys }, 1, run)).rejects.toMatchObject({
    code: "unsupported",
    message: "mult-vae has no embeddings of users to deal them by",
  });
});

function at(list: readonly string[], id: string): number | undefined {
  const found = list.indexOf(id);
  return found < 0 ? undefined : found;
}

test("a sharding that cannot be is refused", () => {
  const mf = { model: "mf", settings: { factors: 2 } };
  expect(() => planOf({ ...mf, sharding: { shards: 1 } })).toThrow("shards is 1");
  expect(() => planOf({ ...mf, sharding: { partition: "interactions", aggregate: "own" } })).toThrow("aggregate own");
});

test("what a model in shards scores before any taste is the own member's mean and biases, else the mean of all members'", async () => {
  const own = await trained("mf by users");
  const { shards = [] } = own;
  const holder = (user: number) => shards.findIndex(({ model: { interactions } }) => interactions.users.includes(user));
  const [first, other] = [0, userIds.findIndex((_, user) => holder(user) !== holder(0))];
  for (const user of [first, other])
    for (const item of [undefined, 4])
      expect(baseScore(own, user, item)).toBe(baseScore(shards[holder(user)].model, user, item));
  expect(baseScore(own, first, 4)).not.toBe(baseScore(shards[holder(other)].model, first, 4));
  const byPairs = await trained("mf by users, scores of all");
  for (const model of [own, byPairs]) {
    const members = model.shards ?? [];
    expect(members.length).toBe(3);
    const of = (user: number | undefined, item: number | undefined) =>
      members.reduce((sum, member) => sum + baseScore(member.model, user, item), 0) / 3;
    expectNear([baseScore(model, undefined, 4)], [of(undefined, 4)], 1e-14);
    if (model === byPairs) expectNear([baseScore(model, first, 4)], [of(first, 4)], 1e-14);
  }
});
