/** Folders of models of any kind: what comes back, what goes with ids that have no data, and what is refused. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import type { Tensor } from "../../src/exchange/files/safetensors.ts";
import { writeModel } from "../../src/exchange/index.ts";
import { sizeOf } from "../../src/model/model.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import type { ScoredSettings } from "../../src/objective/scored.ts";
import { forgetRows, rowsOf } from "../../src/study/forget.ts";
import { unlearnerNamed } from "../../src/study/methods.ts";
import { compacted, isScored, type NamedModel, openModel, storeModel } from "../../src/study/model.ts";
import { type NamedScored, storedScored } from "../../src/study/scored-model.ts";
import type { TrainedScored } from "../../src/training/trained.ts";
import { bytesOf as filesOf, folders } from "../exchange/places.ts";
import { sealed } from "../exchange/sample.ts";
import { allScores, type CaseName, cases, objectiveOf, optimumOf, recipe } from "../influence/scored/subjects.ts";
import { bytesOf } from "../model/subject.ts";
import { expectNear, interactionsFrom, triplesOf } from "../small.ts";

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

async function named(name: CaseName, over: Partial<ScoredSettings> = {}): Promise<NamedModel & NamedScored> {
  const dataset = datasetOf(name);
  const keys = nameKeys(dataset.userIds.list, dataset.itemIds.list);
  return { trained: await optimumOf(objectiveOf(name, over, dataset.interactions, keys)), dataset };
}

async function opened(folder: string): Promise<NamedModel & NamedScored> {
  const model = await openModel(folder);
  if (!isScored(model)) throw new Error("another family");
  return model;
}

/** Everything that a folder has to bring back. */
function contents({ trained, dataset }: NamedScored) {
  const { objective, params, ...rest } = trained;
  const { settings, interactions, negatives, keys } = objective;
  const { kind, loss, ...said } = settings;
  return {
    ...{ ...rest, ...said, kind: kind.name, loss: loss.name, negatives, keys },
    params: bytesOf(params).toString("hex"),
    scores: bytesOf(allScores(trained)).toString("hex"),
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
    const back = await opened(folder);
    expect(contents(back)).toStrictEqual(contents(model));
    expect(back.trained.recipe).toEqual(recipe);
    expect(back.trained.value).toBe(back.trained.objective.evaluate(back.trained.params));
  });

  test("the same model gives the same bytes, and so does one that was read", async () => {
    const parent = await newFolder();
    const model = await named(name);
    await storeModel(join(parent, "a"), model);
    await storeModel(join(parent, "b"), await named(name));
    await storeModel(join(parent, "again"), await opened(join(parent, "a")));
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
      const unlearner = unlearnerNamed(method, "scored");
      const loose = (await unlearner.forget(model.trained, rows)).trained as TrainedScored;
      const result = await forgetRows(model, rows, unlearner);
      await storeModel(folder, result.model);
      const { trained, dataset } = await opened(folder);
      const bytes = Buffer.from(Object.values(await filesOf(folder)).join(""), "hex").toString("latin1");
      expect(dataset.userIds.find("personid7xx")).toBeUndefined();
      expect(bytes).not.toContain("personid7xx");
      expect(bytes).toContain("personid8xx");
      const drawn = loose.objective.negatives.includes(model.dataset.itemIds.find("filmid6xx") as number);
      const kept = drawn || name === "mult-vae";
      expect(kept).toBe(true);
      expect(dataset.itemIds.find("filmid6xx")).not.toBeUndefined();
      expectSameRows(loose, model.dataset, trained, dataset);
      // Sums lose the zeros of the user who is gone, and regroup.
      const before = loose.objective.evaluate(loose.params);
      expectNear([trained.objective.evaluate(trained.params)], [before], method === "exact" ? 1e-12 : 1e-3, {
        floor: before,
      });
      if (method === "exact") expect(trained.gradientNorm).toBeLessThanOrEqual(trained.tolerance);
    },
  );
});

/** Who is left in both has the same scores: to the bit where a score reads two rows, to rounding where it sums over all. */
function expectSameRows(before: TrainedScored, old: Dataset, after: TrainedScored, left: Dataset): void {
  const [wanted, found] = [allScores(before), allScores(after)];
  const picked = left.userIds.list.flatMap((user) =>
    left.itemIds.list.map((item) => {
      const [u, i] = [old.userIds.find(user), old.itemIds.find(item)];
      return wanted[(u as number) * old.itemIds.size + (i as number)];
    }),
  );
  if (after.objective.model.local) expect(found).toEqual(Float64Array.from(picked));
  else expectNear(found, picked, 1e-12);
  const name = ({ itemIds }: Dataset, item: number) => itemIds.list[item] ?? "none";
  expect(Array.from(after.objective.negatives, (item) => name(left, item))).toEqual(
    Array.from(before.objective.negatives, (item) => name(old, item)),
  );
  const ids = ({ objective }: TrainedScored, { userIds, itemIds }: Dataset) =>
    triplesOf(objective.interactions).map(([u, i, r]) => [userIds.list[u], itemIds.list[i], r]);
  expect(ids(after, left)).toEqual(ids(before, old));
}

test.each(["mf-bpr", "gmf", "light-gcn"] as const)(
  "an item of %s that nothing refers to any more goes, and negatives are told by the new places",
  async (name) => {
    const folder = join(await newFolder(), "model");
    const honest = { perRow: 2, seed: 5, semantics: "honest" as const };
    const model = await named(name, { sampling: honest });
    const rows = rowsOf(model, { users: ["personid0xx"], items: ["filmid1xx"] });
    const unlearner = unlearnerNamed("exact", "scored");
    const loose = (await unlearner.forget(model.trained, rows)).trained as TrainedScored;
    await storeModel(folder, (await forgetRows(model, rows, unlearner)).model);
    const { trained, dataset } = await opened(folder);
    const bytes = Buffer.from(Object.values(await filesOf(folder)).join(""), "hex").toString("latin1");
    for (const id of ["personid0xx", "filmid1xx", "The title of filmid1xx"]) expect(bytes).not.toContain(id);
    expect(bytes).toContain("filmid2xx");
    expect([dataset.userIds.size, dataset.itemIds.size]).toEqual([
      model.dataset.userIds.size - 1,
      model.dataset.itemIds.size - 1,
    ]);
    expect(trained.objective.model.tensors.find(({ rowsOf }) => rowsOf === "item")?.shape[0]).toBe(
      dataset.itemIds.size,
    );
    expectSameRows(loose, model.dataset, trained, dataset);
    expectNear([trained.objective.evaluate(trained.params)], [loose.objective.evaluate(loose.params)], 1e-12);
    // Drawn again under the names that are left, the negatives are the same.
    const again = objectiveOf(name, trained.objective.settings, dataset.interactions, trained.objective.keys);
    expect(again.negatives).toEqual(trained.objective.negatives);
  },
);

test("what is stored says of J what its own parameters say", async () => {
  for (const method of ["exact", "newton", "sif"]) {
    const model = await named("mf-squared");
    const rows = rowsOf(model, { items: ["filmid6xx"] });
    const { model: after } = await forgetRows(model, rows, unlearnerNamed(method, "scored"));
    const folder = join(await newFolder(), "model");
    await storeModel(folder, after);
    const { trained } = await opened(folder);
    expectNear([trained.value], [trained.objective.evaluate(trained.params)], 1e-12, { what: method });
  }
});

test("nothing is left out where everything has data", async () => {
  const model = await named("mf-bpr");
  expect(compacted(model)).toEqual(model);
});

describe("a damaged folder is refused, and the place named", () => {
  /** Writes a model whose manifest and tensors were changed, sealed as if they had been written so. */
  async function forged(
    name: CaseName,
    change: (said: ReturnType<typeof storedScored>) => void,
    tail: Record<string, unknown> = {},
  ): Promise<string> {
    const folder = join(await newFolder(), "model");
    const { trained, dataset } = await named(name);
    const { recipe: followed, tensors, ...said } = storedScored(trained);
    const whole = { ...said, recipe: { ...followed }, tensors: new Map(tensors) };
    change(whole);
    const manifest = {
      ...{ format: "lethe-model" as const, formatVersion: 1 as const, lethe: "0.0.0" },
      ...{ model: whole.model, objective: whole.objective },
      training: { trainer: "newton", seed: 1, tolerance: 1e-10, recipe: whole.recipe },
      result: { status: "converged", objective: 1, gradientNorm: 0 },
      ...tail,
    };
    await writeModel(folder, { manifest, tensors: whole.tensors, dataset } as Parameters<typeof writeModel>[1]);
    return folder;
  }

  /** Types are narrower than what a folder may hold. */
  const loosely = (of: unknown) => of as Record<string, unknown>;

  const damages: readonly (readonly [string, RegExp, (said: ReturnType<typeof storedScored>) => void])[] = [
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
    const writing = forged("mf-bpr", ({ tensors }) => change(tensors as Map<string, Tensor>));
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
    expect((await opened(folder)).trained.objective.settings.kind.name).toBe("gmf");
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
    const { tensors } = storedScored(trained);
    const sizes = [...tensors].filter(([tensor]) => tensor !== "negatives").map(([, { shape }]) => sizeOf(shape));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(trained.params.length);
  }
});
