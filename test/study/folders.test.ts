/** Folders of models of any kind: what comes back, what goes with ids that have no data, and what is refused. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Tensor } from "../../src/exchange/files/safetensors.ts";
import { type StoredTensors, writeModel } from "../../src/exchange/index.ts";
import type { Pairs } from "../../src/model/model.ts";
import { sizeOf } from "../../src/model/tensors.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import { forgetRows } from "../../src/study/cases/forget.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { unlearnerNamed, usualUnlearner } from "../../src/study/choosing/methods.ts";
import { planOf, type TrainWishes } from "../../src/study/choosing/plan.ts";
import { rowsOf } from "../../src/study/choosing/requested-rows.ts";
import { compacted, inOrderWithout } from "../../src/study/store/compaction.ts";
import { contentsOf } from "../../src/study/store/contents.ts";
import { type NamedModel, openModel, storeModel } from "../../src/study/store/model.ts";
import { refit } from "../../src/training/refit.ts";
import type { TrainedModel } from "../../src/training/trained-model.ts";
import { byBatches } from "../../src/training/trainer.ts";
import { bytesOf as filesOf, folders } from "../support/folders.ts";
import { run } from "../support/run.ts";
import { sealed } from "../support/sample.ts";
import { expectNear, interactionsFrom, triplesOf } from "../support/small.ts";
import { type CaseName, cases, objectiveOf, recipe } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

const newFolder = folders();
const names: CaseName[] = ["mf-bpr", "gmf", "light-gcn", "mult-vae"];

/** The case's likes under outside ids, less the users and the item that have none. */
function datasetOf(name: CaseName): Dataset {
  const { interactions } = objectiveOf(name);
  const [users, items] = [0, 1].map((side) =>
    [...new Set(triplesOf(interactions).map((triple) => triple[side]))].sort(),
  );
  const triples = triplesOf(interactions).map(([u, i, r]) => [users.indexOf(u), items.indexOf(i), r] as const);
  const itemIds = items.map((i) => `filmid${i}xx`);
  return {
    interactions: interactionsFrom(triples, users.length, items.length),
    userIds: idsOf(users.map((u) => `personid${u}xx`)),
    itemIds: idsOf(itemIds),
    itemInfo: new Map(itemIds.map((id) => [id, { title: `The title of ${id}`, genres: ["Drama"] }])),
  };
}

/** The optimum of a case by its recipe, as near as the arithmetic comes. */
async function named(name: CaseName, over: Partial<ObjectiveSettings> = {}): Promise<NamedModel> {
  const dataset = datasetOf(name);
  const { interactions } = dataset;
  const keys = nameKeys(dataset.userIds.list, dataset.itemIds.list);
  const trainer = byBatches({ ...cases[name].settings, ...over }, recipe);
  const { recording: _, ...trained } = await trainer.train({ interactions, keys }, 1, { ...run, tolerance: 1e-10 });
  expect(trained.smooth?.status, name).toBe("converged");
  return { trained, dataset };
}

/** Every user's score of every item. */
function allScores({ interactions, scores }: TrainedModel): Float64Array {
  const { userCount, itemCount } = interactions;
  const cells = Uint32Array.from({ length: userCount * itemCount }, (_, n) => n);
  const pairs: Pairs = { users: cells.map((n) => Math.floor(n / itemCount)), items: cells.map((n) => n % itemCount) };
  return scores(pairs);
}

const hex = ({ buffer, byteOffset, byteLength }: Float64Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("hex");

/** J at the parameters. */
function objectiveAt(trained: TrainedModel): number {
  const { objective, params } = smoothOf(trained);
  return objective.evaluate(params);
}

/** Everything that a folder has to bring back. */
function contents({ trained, dataset }: NamedModel) {
  const { objective, params, ...ended } = smoothOf(trained);
  const { settings, interactions, negatives, keys } = objective;
  const { kind, loss, model, l2Bias = settings.l2, ...said } = settings;
  const { trainer, seed, unit, origin } = trained;
  return {
    ...{ ...ended, ...said, l2Bias, kind: kind.name, loss: loss.name, model: kind.settings(model), negatives, keys },
    ...{ name: trained.kind, seed, unit, origin },
    trainer: [trainer.name, trainer.settings, trainer.toOptimum],
    params: hex(params),
    scores: hex(allScores(trained)),
    value: objective.evaluate(params),
    triples: triplesOf(interactions),
    ids: [dataset.userIds.list, dataset.itemIds.list, [...dataset.itemInfo]],
  };
}

describe.each(names)("%s", (name) => {
  test.each(["table", "interaction"] as const)("comes back as it was stored, %s L2", async (regularizer) => {
    const folder = join(await newFolder(), "model");
    const l2 = regularizer === "table" ? cases[name].settings.l2 : 0.03;
    const model = await named(name, { regularizer, l2 });
    await storeModel(folder, model);
    const back = await openModel(folder);
    expect(contents(back)).toStrictEqual(contents(model));
    expect(back.trained.trainer.settings).toEqual(recipe);
    // Kernels of their own add up in another order.
    expectNear([smoothOf(back.trained).value], [objectiveAt(back.trained)], 1e-14);
  });

  test("the same model gives the same bytes, and so does one that was read", async () => {
    const parent = await newFolder();
    const model = await named(name);
    await storeModel(join(parent, "a"), model);
    await storeModel(join(parent, "b"), await named(name));
    await storeModel(join(parent, "again"), await openModel(join(parent, "a")));
    const bytes = await filesOf(join(parent, "a"));
    expect(await filesOf(join(parent, "b"))).toEqual(bytes);
    expect(await filesOf(join(parent, "again"))).toEqual(bytes);
  });

  test.each(["exact", "newton"])(
    "a user and an item that %s forgot are gone; everything else stays",
    async (method) => {
      const folder = join(await newFolder(), "model");
      const model = await named(name);
      const rows = rowsOf(model, { users: ["personid7xx"], items: ["filmid6xx"] });
      const unlearner = unlearnerNamed(method, model.trained);
      const ordered = await inOrderWithout(model, rows, run.yieldToEventLoop);
      const loose = (await unlearner.forget(ordered.trained, rows, run)).model;
      const result = await forgetRows(model, rows, unlearner);
      await storeModel(folder, result.model);
      const { trained, dataset } = await openModel(folder);
      const bytes = Buffer.from(Object.values(await filesOf(folder)).join(""), "hex").toString("latin1");
      expect(dataset.userIds.find("personid7xx")).toBeUndefined();
      expect(bytes).not.toContain("personid7xx");
      expect(bytes).toContain("personid8xx");
      const drawn = smoothOf(loose).objective.negatives.includes(ordered.dataset.itemIds.find("filmid6xx") as number);
      const kept = drawn || name === "mult-vae";
      expect(kept).toBe(true);
      expect(dataset.itemIds.find("filmid6xx")).not.toBeUndefined();
      expectSameRows(loose, ordered.dataset, trained, dataset);
      // Sums lose the zeros of the user who is gone, and regroup.
      const before = objectiveAt(loose);
      expectNear([objectiveAt(trained)], [before], method === "exact" ? 1e-12 : 1e-3, { floor: before });
      const { gradientNorm, tolerance } = smoothOf(trained);
      if (method === "exact") expect(gradientNorm).toBeLessThanOrEqual(tolerance);
    },
  );
});

/** Who is left in both has the same scores: to the bit where a score reads two rows, to rounding where it sums over all. */
function expectSameRows(before: TrainedModel, old: Dataset, after: TrainedModel, left: Dataset): void {
  const [wanted, found] = [allScores(before), allScores(after)];
  const [earlier, later] = [smoothOf(before).objective, smoothOf(after).objective];
  const picked = left.userIds.list.flatMap((user) =>
    left.itemIds.list.map((item) => {
      const [u, i] = [old.userIds.find(user), old.itemIds.find(item)];
      return wanted[(u as number) * old.itemIds.size + (i as number)];
    }),
  );
  if (later.model.local) expect(found).toEqual(Float64Array.from(picked));
  else expectNear(found, picked, 1e-12);
  const name = ({ itemIds }: Dataset, item: number) => itemIds.list[item] ?? "none";
  expect(Array.from(later.negatives, (item) => name(left, item))).toEqual(
    Array.from(earlier.negatives, (item) => name(old, item)),
  );
  const ids = ({ interactions }: TrainedModel, { userIds, itemIds }: Dataset) =>
    triplesOf(interactions).map(([u, i, r]) => [userIds.list[u], itemIds.list[i], r]);
  expect(ids(after, left)).toEqual(ids(before, old));
}

test.each(["mf-bpr", "gmf", "light-gcn"] as const)(
  "an item of %s that nothing refers to any more goes, and negatives are told by the new places",
  async (name) => {
    const folder = join(await newFolder(), "model");
    const honest = { perRow: 2, seed: 5, semantics: "honest" as const };
    const model = await named(name, { sampling: honest });
    const rows = rowsOf(model, { users: ["personid0xx"], items: ["filmid1xx"] });
    const unlearner = unlearnerNamed("exact", model.trained);
    const ordered = await inOrderWithout(model, rows, run.yieldToEventLoop);
    const loose = (await unlearner.forget(ordered.trained, rows, run)).model;
    await storeModel(folder, (await forgetRows(model, rows, unlearner)).model);
    const { trained, dataset } = await openModel(folder);
    const bytes = Buffer.from(Object.values(await filesOf(folder)).join(""), "hex").toString("latin1");
    for (const id of ["personid0xx", "filmid1xx", "The title of filmid1xx"]) expect(bytes).not.toContain(id);
    expect(bytes).toContain("filmid2xx");
    expect([dataset.userIds.size, dataset.itemIds.size]).toEqual([
      model.dataset.userIds.size - 1,
      model.dataset.itemIds.size - 1,
    ]);
    const { objective } = smoothOf(trained);
    expect(objective.model.tensors.find(({ rowsOf }) => rowsOf === "item")?.shape[0]).toBe(dataset.itemIds.size);
    expectSameRows(loose, ordered.dataset, trained, dataset);
    expectNear([objectiveAt(trained)], [objectiveAt(loose)], 1e-12);
    // Drawn again under the names that are left, the negatives are the same.
    const again = objectiveOf(name, objective.settings, dataset.interactions, objective.keys);
    expect(again.negatives).toEqual(objective.negatives);
  },
);

const closed: readonly (readonly [string, TrainWishes])[] = [
  ["mf", { model: "mf", settings: { factors: 3 } }],
  ["mf without biases, at a fixed mean", { model: "mf", settings: { factors: 2, biases: false, mean: 3.25 } }],
  [
    "mf with L2 an interaction",
    { model: "mf", settings: { factors: 2 }, regularizer: "interaction", l2: 0.2, l2Bias: 0.1 },
  ],
  ["ials", { model: "ials", settings: { factors: 3 }, confidence: { base: 1, alpha: 2 } }],
];

describe.each(closed)("closed forms: %s", (_, wishes) => {
  test("come back as they were stored, with their trainer; once more, the same bytes", async () => {
    const parent = await newFolder();
    const dataset = plantedFactors({ users: 14, items: 9, ratings: 90, factors: 2, seed: 5 });
    const model = await trainOn(dataset, planOf({ l2: 3, l2Bias: 2, ...wishes }), { seed: 4, kernels: run.kernels });
    await storeModel(join(parent, "a"), model);
    const back = await openModel(join(parent, "a"));
    // No weight of these models is shared.
    const told = (named: NamedModel) => ({ ...contents(named), l2Shared: 0 });
    expect(told(back)).toEqual(told(model));
    expect(told(back).trainer).toEqual(["als-newton", {}, true]);
    await storeModel(join(parent, "b"), back);
    expect(await filesOf(join(parent, "b"))).toEqual(await filesOf(join(parent, "a")));
    const again = await refit(back.trained, new Uint32Array(0), back.trained.seed, run);
    expect(hex(smoothOf(again).params)).toBe(hex(smoothOf(model.trained).params));
  });
});

test("a model that batches trained keeps them, whatever forms its objective has", async () => {
  const folder = join(await newFolder(), "model");
  const dataset = plantedFactors({ users: 14, items: 9, ratings: 90, factors: 2, seed: 5 });
  const plan = planOf({ model: "mf", settings: { factors: 2 }, l2: 3, recipe: { epochs: 2, batch: 16 } });
  const model = await trainOn(dataset, plan);
  await storeModel(folder, model);
  const back = await openModel(folder);
  expect(contents(back)).toStrictEqual(contents(model));
  expect(usualUnlearner(back)).toBe(usualUnlearner(model));
});

test("what is stored says of J what its own parameters say", async () => {
  for (const method of ["exact", "newton", "sif"]) {
    const model = await named("mf-squared");
    const rows = rowsOf(model, { items: ["filmid6xx"] });
    const { model: after } = await forgetRows(model, rows, unlearnerNamed(method, model.trained));
    const folder = join(await newFolder(), "model");
    await storeModel(folder, after);
    const { trained } = await openModel(folder);
    expectNear([smoothOf(trained).value], [objectiveAt(trained)], 1e-12, { what: method });
  }
});

test("nothing is left out where everything has data", async () => {
  const model = await named("mf-bpr");
  expect(compacted(model)).toEqual(model);
});

/** What a folder says of a model of the general form. */
interface Said extends Pick<StoredTensors["manifest"], "model" | "objective"> {
  readonly recipe: Record<string, unknown>;
  readonly tensors: Map<string, Tensor>;
}

function saidOf(trained: TrainedModel): Said {
  const said = contentsOf(trained);
  if (!("tensors" in said) || "trees" in said) throw new Error("closed forms, or trees");
  const { model, objective, training, tensors } = said;
  return { model, objective, recipe: { ...training.recipe }, tensors: new Map(tensors) };
}

describe("a damaged folder is refused, and the place named", () => {
  /** Writes a model whose manifest and tensors were changed, sealed as if they had been written so. */
  async function forged(
    name: CaseName,
    change: (said: Said) => void,
    tail: Record<string, unknown> = {},
  ): Promise<string> {
    const folder = join(await newFolder(), "model");
    const { trained, dataset } = await named(name);
    const whole = saidOf(trained);
    change(whole);
    const manifest = {
      ...{ format: "lethe-model", formatVersion: 2, lethe: "0.0.0" },
      ...{ model: whole.model, objective: whole.objective },
      training: { trainer: "newton", seed: 1, tolerance: 1e-10, recipe: whole.recipe },
      result: { status: "converged", objective: 1, gradientNorm: 0 },
      ...tail,
    };
    await writeModel(folder, { manifest, tensors: whole.tensors, dataset } as StoredTensors);
    return folder;
  }

  /** Types are narrower than what a folder may hold. */
  const loosely = (of: unknown) => of as Record<string, unknown>;

  const damages: readonly (readonly [string, RegExp, (said: Said) => void])[] = [
    ["a kind that is none", /model\.json: no model "mff"/, ({ model }) => Object.assign(model, { name: "mff" })],
    [
      "a name from the prototype",
      /no model "constructor"/,
      ({ model }) => Object.assign(model, { name: "constructor" }),
    ],
    ["a loss that is none", /model\.json: no loss "bpx"/, ({ objective }) => Object.assign(objective, { loss: "bpx" })],
    [
      "a setting that is none",
      /model\.json: .*no setting "depth"/,
      ({ model }) => Object.assign(loosely(model.settings), { depth: 3 }),
    ],
    [
      "a setting out of range",
      /model\.json: factors is -1/,
      ({ model }) => Object.assign(loosely(model.settings), { factors: -1 }),
    ],
    [
      "settings that ask for other shapes",
      /user_factors in shape \[10, 3\]; the settings ask for \[10, 2\]/,
      ({ model }) => Object.assign(loosely(model.settings), { factors: 2 }),
    ],
    [
      "a recipe with a setting that is none",
      /model\.json: a recipe has no speed/,
      ({ recipe: followed }) => Object.assign(followed, { speed: 3 }),
    ],
    [
      "a recipe that cannot be followed",
      /model\.json: learningRate is 0/,
      ({ recipe: followed }) => Object.assign(followed, { learningRate: 0 }),
    ],
    [
      "a tensor that the settings do not have",
      /parameters\.safetensors has a tensor extra/,
      ({ model, tensors }) => {
        model.tensors.push({ name: "extra", shape: [2] });
        tensors.set("extra", { shape: [2], values: Float64Array.of(1, 2) });
      },
    ],
    [
      "a pairwise loss without negatives",
      /model\.json: the loss bpr compares/,
      ({ objective, tensors }) => {
        delete loosely(objective).sampling;
        tensors.delete("negatives");
      },
    ],
  ];

  test.each(damages)("%s", async (_, message, change) => {
    const folder = await forged("mf-bpr", change);
    await expect(openModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(message),
    });
  });

  const unwritable: readonly (readonly [string, RegExp, (tensors: Map<string, Tensor>) => void])[] = [
    ["a tensor that is not there", /no tensor item_factors/, (tensors) => tensors.delete("item_factors")],
    [
      "a number that is none",
      /user_factors with NaN at position 4/,
      (tensors) => {
        const { shape, values } = tensors.get("user_factors") as Tensor;
        tensors.set("user_factors", { shape, values: values.with(4, Number.NaN) });
      },
    ],
    [
      "a negative that is no item",
      /negatives with 9 at position 3/,
      (tensors) => {
        const { shape, values } = tensors.get("negatives") as Tensor;
        tensors.set("negatives", { shape, values: values.with(3, 9) });
      },
    ],
  ];

  test.each(unwritable)("%s is not even written", async (_, message, change) => {
    const writing = forged("mf-bpr", ({ tensors }) => change(tensors));
    await expect(writing).rejects.toMatchObject({ code: "bad-input", message: expect.stringMatching(message) });
  });

  test("a changed byte of parameters, or an edited manifest", async () => {
    const folder = join(await newFolder(), "model");
    await storeModel(folder, await named("gmf"));
    const [place, path] = [join(folder, "parameters.safetensors"), join(folder, "model.json")];
    const [bytes, text] = [await readFile(place), await readFile(path, "utf8")];
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 3] ^= 1;
    await writeFile(place, flipped);
    await expect(openModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringContaining("parameters.safetensors"),
    });
    await writeFile(place, bytes);
    await writeFile(path, text.replace('"l2": 1,', '"l2": 2,'));
    expect(await readFile(path, "utf8")).not.toBe(text);
    await expect(openModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringContaining("model.json"),
    });
    await writeFile(path, text);
    expect((await openModel(folder)).trained.kind).toBe("gmf");
  });

  test("a manifest that was edited and sealed again must still fit the tensors", async () => {
    const folder = join(await newFolder(), "model");
    await storeModel(folder, await named("gmf"));
    const path = join(folder, "model.json");
    const told = JSON.parse(await readFile(path, "utf8"));
    told.model.tensors[0].shape = [10, 4];
    await writeFile(path, sealed(told));
    await expect(openModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(/parameters\.safetensors has user_\w+ with \d+ values in shape/),
    });
  });
});

test("sizes of tensors add up to the parameters", async () => {
  for (const name of names) {
    const { trained } = await named(name);
    const { tensors } = saidOf(trained);
    const sizes = [...tensors].filter(([tensor]) => tensor !== "negatives").map(([, { shape }]) => sizeOf(shape));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(smoothOf(trained).params.length);
  }
});
