/** No unlearner leaves the name of a forgotten person in a folder: ids of sixteen random characters are in none of its bytes. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { idsOf } from "../../src/data/dataset.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { unmetNeed } from "../../src/method/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { forgetInto } from "../../src/study/cases/forget.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { unlearnerNamed } from "../../src/study/choosing/methods.ts";
import { planOf, type TrainWishes } from "../../src/study/choosing/plan.ts";
import { rowsOf } from "../../src/study/choosing/requested-rows.ts";
import { storeModel } from "../../src/study/store/model.ts";
import { unlearners } from "../../src/unlearning/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { run } from "../support/run.ts";

const newFolder = folders();

const recipe = { epochs: 3, batch: 32, learningRate: 0.02 };

/** A model of every kind that is stored in another way. */
const kinds: Readonly<Record<string, TrainWishes>> = {
  mf: { model: "mf", settings: { factors: 2 }, l2: 4 },
  ials: { model: "ials", settings: { factors: 2 }, l2: 6 },
  "mf by bpr": { model: "mf", loss: "bpr", settings: { factors: 2 }, negatives: 2, recipe },
  neumf: { model: "neumf", settings: { factors: 2, layers: [3], embedding: 2 }, negatives: 2, recipe },
  "light-gcn": { model: "light-gcn", settings: { factors: 2, layers: 2 }, negatives: 2, recipe },
  "mult-vae": { model: "mult-vae", settings: { hidden: 4, latent: 2 }, recipe },
  shards: { model: "mf", settings: { factors: 2 }, l2: 4, sharding: { shards: 3 } },
};

/** A set whose users have ids of sixteen random characters. */
function datasetWithRandomIds(): Dataset {
  const set = plantedFactors({ users: 24, items: 15, ratings: 150, factors: 2, seed: 5 });
  const random = randomOf(11, "ids");
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  const id = () => Array.from({ length: 16 }, () => letters[random.integer(letters.length)]).join("");
  return { ...set, userIds: idsOf(set.userIds.list.map(id)) };
}

describe.each(Object.entries(kinds))("%s", (_, wishes) => {
  test("after forgetting two people, by any unlearner that it may be asked of", async () => {
    const dataset = datasetWithRandomIds();
    const named = await trainOn(dataset, planOf(wishes), run);
    const gone = [dataset.userIds.list[3], dataset.userIds.list[17]];
    const rows = rowsOf(named, { users: gone });
    const before = join(await newFolder(), "before");
    await storeModel(before, named);
    const found = (files: Record<string, string>, id: string) =>
      Object.keys(files).filter((file) => files[file].includes(Buffer.from(id).toString("hex")));
    for (const id of gone) expect(found(await bytesOf(before), id)).not.toEqual([]);
    const methods = unlearners.methods.filter((method) => unmetNeed(method, named.trained) === undefined);
    expect(methods.length).toBeGreaterThan(1);
    for (const { name } of methods) {
      const folder = join(await newFolder(), "after");
      await forgetInto(named, rows, unlearnerNamed(name, named.trained), folder, run);
      const files = await bytesOf(folder);
      for (const id of gone) expect(found(files, id), name).toEqual([]);
      expect(found(files, dataset.userIds.list[4]), name).not.toEqual([]);
    }
  }, 60_000);
});
