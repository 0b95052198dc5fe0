/** The law of outside ids: what training makes of a user or item depends on its id, not on where it comes in the data. */

import { describe, expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { planOf, type TrainWishes } from "../../src/study/choosing/plan.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { expectNear, triplesOf } from "../support/small.ts";
import { likes, ratings } from "../support/subjects.ts";

type Named = readonly [string, string, number];

const named = (set: Interactions): Named[] => triplesOf(set).map(([u, i, r]) => [`user ${u}`, `item ${i}`, r]);

/** Trains on rows in their order; ids get their numbers as they come first, as in a file. */
async function trainedOn(rows: readonly Named[], wishes: TrainWishes) {
  const userIds = [...new Set(rows.map(([user]) => user))];
  const itemIds = [...new Set(rows.map(([, item]) => item))];
  const interactions = interactionsOf({
    users: Uint32Array.from(rows, ([user]) => userIds.indexOf(user)),
    items: Uint32Array.from(rows, ([, item]) => itemIds.indexOf(item)),
    ratings: Float64Array.from(rows, ([, , rating]) => rating),
    userCount: userIds.length,
    itemCount: itemIds.length,
  });
  const model = await planOf(wishes).trainer.train({ interactions, keys: nameKeys(userIds, itemIds) }, 3, run);
  return scoresByName(model, userIds, itemIds);
}

function scoresByName(model: TrainedModel, userIds: readonly string[], itemIds: readonly string[]) {
  const pairs = [...userIds].sort().flatMap((user) => [...itemIds].sort().map((item) => [user, item] as const));
  return model.scores({
    users: Uint32Array.from(pairs, ([user]) => userIds.indexOf(user)),
    items: Uint32Array.from(pairs, ([, item]) => itemIds.indexOf(item)),
  });
}

const recipe = { epochs: 4, batch: 16, learningRate: 0.02 };
const cases: readonly (readonly [string, Interactions, TrainWishes])[] = [
  ["mf", ratings(), { model: "mf", settings: { factors: 3 }, l2: 0.3 }],
  [
    "mf by batches, BPR",
    likes(),
    { model: "mf", loss: "bpr", settings: { factors: 3 }, l2: 0.1, negatives: 2, recipe },
  ],
  [
    "neumf",
    likes(),
    { model: "neumf", settings: { factors: 2, layers: [4, 2], embedding: 3 }, l2: 0.1, negatives: 2, recipe },
  ],
  ["light-gcn", likes(), { model: "light-gcn", settings: { factors: 3 }, l2: 0.1, negatives: 2, recipe }],
  ["mult-vae", likes(), { model: "mult-vae", settings: { hidden: 5, latent: 2 }, l2: 0.1, recipe }],
];

describe.each(cases)("%s", (_, set, wishes) => {
  const rows = named(set);

  test("trains the same whatever comes first", async () => {
    const wanted = await trainedOn(rows, wishes);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
    for (const order of [rows.toReversed(), [...rows.slice(17), ...rows.slice(0, 17)]])
      expectNear(await trainedOn(order, wishes), wanted, 1e-6);
  });

  test("without a row it is the same training without it, be it the first of its item or any other", async () => {
    const firstOfItem = rows.findIndex(([, item], k) => k > 0 && rows.findIndex((row) => row[1] === item) === k);
    for (const k of [0, firstOfItem, 40]) {
      const left = rows.filter((_, at) => at !== k);
      // The ids in the order that they had with the row.
      const inPlace = [...left].sort((a, b) => rows.indexOf(a) - rows.indexOf(b));
      const elsewhere = [...left.slice(30), ...left.slice(0, 30)];
      expectNear(await trainedOn(elsewhere, wishes), await trainedOn(inPlace, wishes), 1e-6);
    }
  });
});
