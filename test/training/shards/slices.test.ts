/** Slices: what a checkpoint has seen, what forgetting trains again, and that restarting gives the bytes of training on the rest. */

import { describe, expect, test } from "vitest";
import { modelKinds } from "../../../src/model/index.ts";
import { bpr, logistic, multinomial, squared } from "../../../src/objective/loss.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../../src/objective/objective.ts";
import {
  alsNewton,
  byBatches,
  dataWithout,
  refit,
  type Sharding,
  standardRecipe,
  type TrainedModel,
  type Trainer,
} from "../../../src/training/index.ts";
import { sliced } from "../../../src/training/shards/slices.ts";
import { smallSettings } from "../../model/small-settings.ts";
import { bytesOf } from "../../model/subject.ts";
import { run } from "../../support/run.ts";
import { rowsWhere } from "../../support/small.ts";
import { smoothOf } from "../../support/trained.ts";
import { likes, ratings } from "./support.ts";

const recipe = { ...standardRecipe, learningRate: 0.05, batch: 8, epochs: 2 };
const sampling = { perRow: 2, seed: 3, semantics: "honest" } as const;
const common = { l2: 0.1, l2Shared: 0.1, regularizer: "table", extraWeight: 0.2 } as const;
const settingsOf: Readonly<Record<string, ObjectiveSettings>> = {
  "mf, bpr": { ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: bpr, sampling },
  "mf, bpr, frozen": {
    ...{ ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: bpr },
    sampling: { ...sampling, semantics: "frozen" },
  },
  "mf, squared": { ...common, kind: modelKinds.mf, model: { factors: 2, biases: true }, loss: squared },
  "gmf, logistic": { ...common, kind: modelKinds.gmf, model: { factors: 2 }, loss: logistic, sampling },
  "light-gcn, bpr": { ...common, kind: modelKinds["light-gcn"], model: { factors: 2, layers: 1 }, loss: bpr, sampling },
  "mult-vae": {
    ...{ ...common, kind: modelKinds["mult-vae"], loss: multinomial },
    model: smallSettings["mult-vae"][1],
  },
};
const sharding: Sharding = { shards: 2, partition: "users", aggregate: "mean", slices: 3, seed: 4 };

/** A trainer that counts. */
function counting(inner: Trainer): { readonly trainer: Trainer; readonly sizes: number[] } {
  const sizes: number[] = [];
  const trainer: Trainer = {
    ...inner,
    async train(data, seed, context) {
      sizes.push(data.interactions.size);
      return { ...(await inner.train(data, seed, context)), trainer };
    },
  };
  return { trainer, sizes };
}

const same = (a: Float64Array, b: Float64Array) => bytesOf(a).equals(bytesOf(b));

describe.each(Object.keys(settingsOf))("%s", (name) => {
  const settings = settingsOf[name];
  const interactions = settings.loss === squared ? ratings() : likes();
  const data = { interactions, keys: indexKeys(interactions) };
  const { trainer: inner, sizes } = counting(byBatches(settings, recipe));
  const trainer = sliced(inner, sharding);
  const sliceOf = trainer.slicing?.sliceOf(data.keys) as (user: number, item: number) => number;
  const made = trainer.train(data, 1, run);
  const inSlice = (r: number) => rowsWhere(interactions, ([user, item]) => sliceOf(user, item) === r);

  test("each stage trains on the slices up to its own, and a checkpoint is what training on those before makes", async () => {
    const model = await made;
    const upTo = [0, 1, 2].map((r) => rowsWhere(interactions, ([user, item]) => sliceOf(user, item) <= r));
    expect(sizes.slice(0, 3)).toEqual(upTo.map(({ length }) => length));
    expect(new Set(upTo.map(({ length }) => length)).size).toBe(3);
    expect(model.checkpoints?.length).toBe(2);
    const alone = await inner.train({ ...data, interactions: interactions.select(upTo[0]) }, 1, run);
    expect(same(model.checkpoints?.[0] as Float64Array, smoothOf(alone).params)).toBe(true);
    const second = { ...run, start: model.checkpoints?.[0] };
    const both = await inner.train({ ...data, interactions: interactions.select(upTo[1]) }, 1, second);
    expect(same(model.checkpoints?.[1] as Float64Array, smoothOf(both).params)).toBe(true);
    expect(same(smoothOf(model).params, smoothOf(alone).params)).toBe(false);
  });

  test.each([0, 1, 2])(
    "rows of slice %i: it goes on before that slice, to the bytes of training on the rest",
    async (r) => {
      const model = await made;
      const [user] = [interactions.users[inSlice(r)[0]]];
      const gone = rowsWhere(interactions, ([u]) => u === user);
      sizes.length = 0;
      const again = await refit(model, gone, model.seed, run);
      expect(sizes.length).toBe(3 - r);
      const fresh: TrainedModel = await trainer.train(dataWithout(model, gone), model.seed, run);
      expect(same(smoothOf(again).params, smoothOf(fresh).params)).toBe(true);
      expect(again.checkpoints?.length).toBe(2);
      again.checkpoints?.forEach((params, k) => {
        expect(same(params, fresh.checkpoints?.[k] as Float64Array), `checkpoint ${k}`).toBe(true);
        // Those before the slice are the very ones that were kept.
        expect(params === model.checkpoints?.[k]).toBe(k < r);
      });
      // And again from there.
      const other = rowsWhere(again.interactions, ([u]) => u === again.interactions.users[0]);
      const twice = await refit(again, other, model.seed, run);
      const twiceFresh = await trainer.train(dataWithout(again, other), model.seed, run);
      expect(same(smoothOf(twice).params, smoothOf(twiceFresh).params)).toBe(true);
    },
  );
});

test("who has no row in the first slices begins as the seed draws them, when their rows come", async () => {
  const interactions = likes();
  const data = { interactions, keys: indexKeys(interactions) };
  // No step is made: what remains is where each begins.
  const inner = byBatches(settingsOf["mf, bpr"], { ...recipe, epochs: 0 });
  const model = await sliced(inner, sharding).train(data, 1, run);
  expect(same(smoothOf(model).params, smoothOf(await inner.train(data, 1, run)).params)).toBe(true);
  expect(model.checkpoints?.[0].filter((x) => x === 0).length).toBeGreaterThan(0);
});

test("parameters of another size are no start", async () => {
  const interactions = likes();
  const inner = byBatches(settingsOf["mf, bpr"], recipe);
  const context = { ...run, start: new Float64Array(3) };
  await expect(inner.train({ interactions, keys: indexKeys(interactions) }, 1, context)).rejects.toMatchObject({
    code: "bad-input",
  });
});

test("one slice is the trainer itself, and a trainer that goes to its optimum is refused", () => {
  const closed: ObjectiveSettings = { ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: squared };
  expect(sliced(alsNewton(closed), { ...sharding, slices: 1 }).name).toBe("als-newton");
  expect(() => sliced(alsNewton(closed), sharding)).toThrow(
    expect.objectContaining({ code: "unsupported", message: expect.stringMatching(/^`slices` 3: als-newton/) }),
  );
});

test("pairs of one user are in one slice where users go together, and apart where they do not", () => {
  const keys = indexKeys(likes());
  const inner = byBatches(settingsOf["mf, bpr"], recipe);
  const slicesOf = (partition: Sharding["partition"]) => {
    const of = sliced(inner, { ...sharding, partition }).slicing?.sliceOf(keys) as (u: number, i: number) => number;
    return new Set(Array.from({ length: 10 }, (_, item) => of(3, item))).size;
  };
  expect([slicesOf("users"), slicesOf("user-similarity")]).toEqual([1, 1]);
  for (const partition of ["interactions", "item-similarity", "interaction-similarity"] as const)
    expect(slicesOf(partition)).toBe(3);
});
