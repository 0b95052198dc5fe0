/** The laws of unlearning on models in shards, for every unlearner that has what it needs there. */

import { describe, expect, test } from "vitest";
import { unmetNeed } from "../../src/method/index.ts";
import { modelKinds } from "../../src/model/index.ts";
import { bpr, logistic, squared } from "../../src/objective/loss.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import {
  byBatches,
  type Sharding,
  sharded,
  standardRecipe,
  type TrainedModel,
  type Trainer,
} from "../../src/training/index.ts";
import { learnMixture } from "../../src/training/shards/learn-mixture.ts";
import { isLearned } from "../../src/training/shards/sharding.ts";
import { type Guarantee, unlearners } from "../../src/unlearning/index.ts";
import { bytesOf } from "../model/subject.ts";
import { expectStops, run, runWith } from "../support/run.ts";
import { rowsWhere, triplesOf } from "../support/small.ts";
import { allScores, likes, ratings } from "../support/subjects.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";

const recipe = { ...standardRecipe, learningRate: 0.05, batch: 16, epochs: 3 };
const common = { l2: 0.1, l2Shared: 0.1, regularizer: "table", extraWeight: 0 } as const;
const sampling = { perRow: 1, seed: 3, semantics: "honest" } as const;
const ofLikes: ObjectiveSettings = { ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: bpr, sampling };
const ofRatings: ObjectiveSettings = {
  ...common,
  kind: modelKinds.mf,
  model: { factors: 2, biases: true },
  loss: squared,
};
const ofNetwork: ObjectiveSettings = {
  ...common,
  kind: modelKinds.gmf,
  model: { factors: 2 },
  loss: logistic,
  sampling,
};

interface Subject {
  readonly settings: ObjectiveSettings;
  readonly sharding: Sharding;
}

const subjects: Readonly<Record<string, Subject>> = {
  "users, own": { settings: ofRatings, sharding: { shards: 3, partition: "users", aggregate: "own", seed: 2 } },
  "users, attention, slices": {
    settings: ofLikes,
    sharding: { shards: 3, partition: "users", aggregate: "attention", slices: 2, seed: 2 },
  },
  "interactions, mean": {
    settings: ofLikes,
    sharding: { shards: 3, partition: "interactions", aggregate: "mean", seed: 2 },
  },
  "like users, own": {
    settings: ofRatings,
    sharding: { shards: 3, partition: "user-similarity", aggregate: "own", slices: 2, seed: 2 },
  },
  "like users, attention": {
    settings: ofLikes,
    sharding: { shards: 3, partition: "user-similarity", aggregate: "attention", seed: 2 },
  },
  "like items, one weight a member": {
    settings: ofNetwork,
    sharding: { shards: 3, partition: "item-similarity", aggregate: "attention", seed: 2 },
  },
  "like interactions, mean": {
    settings: ofLikes,
    sharding: { shards: 3, partition: "interaction-similarity", aggregate: "mean", seed: 2 },
  },
};

/** A trainer that counts how often it trains. */
function counting(inner: Trainer, count: { times: number }): Trainer {
  const trainer: Trainer = {
    ...inner,
    async train(data, seed, context) {
      count.times++;
      return { ...(await inner.train(data, seed, context)), trainer };
    },
  };
  return trainer;
}

const guarantees: Readonly<Record<string, (learned: boolean) => Guarantee>> = {
  exact: (learned) => (learned ? "approximate" : "exact"),
  retrain: () => "exact",
  sisa: () => "exact",
  receraser: () => "approximate",
};

/** Every number that a model in shards has, in one list. */
function numbersOf({ shards = [], learned }: TrainedModel): Buffer {
  return Buffer.concat([
    ...shards.flatMap(({ model }) => [smoothOf(model).params, ...(model.checkpoints ?? [])].map(bytesOf)),
    bytesOf(learned?.attention?.params ?? new Float64Array(0)),
  ]);
}

describe.each(Object.keys(subjects))("%s", async (name) => {
  const { settings, sharding } = subjects[name];
  const { slices = 1 } = sharding;
  const interactions = settings.loss === squared ? ratings() : likes();
  const keys = indexKeys(interactions);
  const count = { times: 0 };
  const trainer = sharded(counting(byBatches(settings, recipe), count), sharding);
  const model = await trainer.train({ interactions, keys }, 1, run);
  const learned = isLearned(sharding);
  const requests = {
    row: Uint32Array.of(11),
    user: rowsWhere(interactions, ([user]) => user === 7),
    item: rowsWhere(interactions, ([, item]) => item === 6),
  };
  const admitted = unlearners.methods.filter((method) => unmetNeed(method, model) === undefined);

  test("is one for exact, retrain, and the unlearner of its kind of partition", () => {
    expect(admitted.map((method) => method.name)).toEqual(["exact", "retrain", learned ? "receraser" : "sisa"]);
    expect(model.partitionSeesData).toBe(learned);
  });

  describe.each(admitted)("$name", (method) => {
    const guarantee = guarantees[method.name](learned);
    const [anew, own] = [method.name === "retrain", method.name !== "retrain"];

    test.each(Object.entries(requests))(
      "%s: what remains, and members that held nothing as they were",
      async (_, gone) => {
        const before = numbersOf(model);
        count.times = 0;
        const found = await forgetBy(method, model, gone);
        const { times } = count;
        expect(numbersOf(model).equals(before)).toBe(true);
        expect(found.guarantee).toBe(guarantee);
        expect(found.certificate.kind).toBe("by-construction");
        expect(triplesOf(found.model.interactions)).toEqual(triplesOf(interactions.without(gone)));
        const held = (found.model.shards ?? []).flatMap(({ rows }) => Array.from(rows)).sort((a, b) => a - b);
        expect(held).toEqual(Array.from({ length: interactions.size - gone.length }, (_row, k) => k));
        for (const { rows, model: member } of found.model.shards ?? [])
          expect(triplesOf(member.interactions)).toEqual(triplesOf(found.model.interactions.select(rows)));
        if (anew) {
          expect(found.membersHit).toBeUndefined();
          expect(times).toBe(sharding.shards * slices + (learned ? 1 : 0));
          return;
        }
        const hit = (model.shards ?? []).map(({ rows }) => rows.some((row) => gone.includes(row)));
        expect(found.membersHit).toBe(hit.filter(Boolean).length);
        expect(times).toBeGreaterThanOrEqual(hit.filter(Boolean).length);
        expect(times).toBeLessThanOrEqual(slices * hit.filter(Boolean).length);
        found.model.shards?.forEach(({ model: member }, k) => {
          expect(member === model.shards?.[k].model).toBe(!hit[k]);
        });
        const said = `${found.membersHit} of 3 members were trained again${sharding.aggregate === "attention" ? ", and the attention to all of them" : ""}`;
        expect(found.caveats[0]).toBe(said);
        expect(found.caveats.length).toBe(learned ? 2 : 1);
      },
    );

    test("forgetting nothing changes no byte", async () => {
      const found = await forgetBy(method, model, new Uint32Array(0));
      expect(found.guarantee).toBe("exact");
      if (own) expect(numbersOf(found.model).equals(numbersOf(model))).toBe(true);
    });

    test("the same request gives the same bytes", async () => {
      const [one, two] = [await forgetBy(method, model, requests.user), await forgetBy(method, model, requests.user)];
      expect(numbersOf(two.model).equals(numbersOf(one.model))).toBe(true);
      expect(allScores(two.model)).toEqual(allScores(one.model));
    });

    if (guarantee === "exact")
      test("is what training on the rest makes, to the byte", async () => {
        for (const gone of Object.values(requests)) {
          const found = await forgetBy(method, model, gone, { seed: 1 });
          const fresh = await trainer.train({ interactions: interactions.without(gone), keys }, 1, run);
          expect(numbersOf(found.model).equals(numbersOf(fresh))).toBe(true);
          expect(allScores(found.model)).toEqual(allScores(fresh));
        }
      });

    if (own && sharding.aggregate === "attention")
      test("learns the attention again, on the rest, from the members as they are now", async () => {
        const { model: after } = await forgetBy(method, model, requests.user);
        const members = after.shards?.map((shard) => shard.model) ?? [];
        const rest = { interactions: interactions.without(requests.user), keys };
        expect(after.learned?.attention).toEqual(await learnMixture(members, rest, 1, run));
        expect(after.learned?.attention).not.toEqual(model.learned?.attention);
        expect(after.learned?.shardOfUser).toBe(model.learned?.shardOfUser);
      });

    test("rows that are not there, repeated or out of order are refused, and an abort is heard", async () => {
      for (const rows of [[interactions.size], [4, 4], [7, 3]])
        await expect((async () => forgetBy(method, model, Uint32Array.from(rows)))()).rejects.toMatchObject({
          code: "bad-input",
        });
      const context = runWith({}, { signal: AbortSignal.abort() });
      await expect(forgetBy(method, model, requests.row, {}, {}, context)).rejects.toMatchObject({ code: "aborted" });
      await expectStops((stoppable) => forgetBy(method, model, requests.row, {}, {}, stoppable));
    });
  });
});

test("k users hit S(1 − (1 − 1/S)^k) of S members, in the mean over seeds of the partition", async () => {
  const [shards, forgotten, seeds] = [5, 4, 60];
  const interactions = ratings();
  const keys = indexKeys(interactions);
  const gone = rowsWhere(interactions, ([user]) => [0, 3, 5, 10].includes(user));
  const inner = byBatches(ofRatings, { ...recipe, epochs: 1, batch: 128 });
  const { methods } = unlearners;
  const sisa = methods.find(({ name }) => name === "sisa") as (typeof methods)[number];
  let sum = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const trainer = sharded(inner, { shards, partition: "users", aggregate: "own", seed });
    const model = await trainer.train({ interactions, keys }, 1, run);
    sum += (await forgetBy(sisa, model, gone)).membersHit ?? Number.NaN;
  }
  const expected = shards * (1 - (1 - 1 / shards) ** forgotten);
  // Three standard errors of a count whose deviation is below 0.8.
  expect(Math.abs(sum / seeds - expected)).toBeLessThan((3 * 0.8) / Math.sqrt(seeds));
});
