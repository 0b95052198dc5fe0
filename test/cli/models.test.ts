/** Every model from the command line: trained by batches and to an optimum, asked, explained, made to forget, audited, evaluated. */

import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { models } from "../../src/model/index.ts";
import { rowAt, type TensorPlace } from "../../src/model/tensors.ts";
import { openModel } from "../../src/study/store/model.ts";
import { errorOf, treeOf } from "../support/lethe.ts";
import {
  expectReadable,
  sandbox,
  tinyCsv,
  tinyItemIds,
  tinyItems,
  tinyRows,
  tinyUserIds,
  tinyUsers,
} from "../support/sandbox.ts";
import { csvOf, itemId, itemsCsv, titleOf, userId } from "../support/sets.ts";
import { smoothOf } from "../support/trained.ts";

const { at, write, run, json, bytesOf } = sandbox();
const number = expect.any(Number);
const text = expect.any(String);
const [forgotten, asked] = [userId(3), userId(4)];
const thing = itemId(0);
const gone = tinyRows.filter(([u]) => u === 3).length;
const owned = tinyRows.filter(([u]) => u === 4).map(([, i]) => itemId(i));

interface Reason {
  readonly user: string;
  readonly item: string;
  readonly rating: number;
  readonly influence: number;
  readonly without: number;
}
interface Explained {
  readonly score: number;
  readonly byItem: Reason[];
  readonly byUser: Reason[];
}
interface Listed {
  readonly items: { readonly item: string; readonly score: number; readonly title: string }[];
}
interface Verified {
  readonly agrees: boolean;
  readonly result: { readonly status: string };
  readonly certificate: { readonly converged: boolean; readonly scope: string; readonly gradientNorm: number };
}

/** `batches`: what is trained for three epochs; `smooth`: a form of the model that Newton's method brings to an optimum. */
interface Subject {
  readonly name: string;
  readonly batches: string;
  readonly smooth: string;
  readonly explainedBy: string;
  /** Whether its embeddings can be turned onto those of another model. */
  readonly turns?: boolean;
}
const fast = "fast-influence";
const whole = "influence-function";
const subjects: Subject[] = [
  {
    name: "mf",
    batches: "--loss bpr --factors 3",
    smooth: "--loss bpr --factors 3 --polish",
    explainedBy: fast,
    turns: true,
  },
  { name: "gmf", batches: "--factors 3", smooth: "--set factors=3 --optimizer newton", explainedBy: fast },
  {
    name: "mlp",
    batches: "--set layers=6,3",
    smooth: "--set layers=, --set embedding=3 --polish",
    explainedBy: fast,
  },
  {
    name: "neumf",
    batches: "--set layers=4,2 --factors 2 --optimizer sgd --momentum 0.5",
    smooth: "--set layers=, --set embedding=2 --factors 2 --polish",
    explainedBy: fast,
  },
  {
    name: "light-gcn",
    batches: "--factors 3 --set layers=2 --honest",
    smooth: "--factors 3 --set layers=2 --polish --no-redraw",
    explainedBy: whole,
    turns: true,
  },
  {
    name: "mult-vae",
    batches: "--set hidden=6 --set latent=3",
    smooth: "--set hidden=5 --set latent=2 --l2 4 --optimizer newton",
    explainedBy: whole,
  },
];
const shared = "--l2 2 --epochs 3 --learning-rate 0.01 --batch 64 --items items.csv";
const trainAs = (name: string, flags: string, out: string): string =>
  `train ratings.csv --model ${name} ${shared} ${flags} --out ${out}`;

beforeAll(() => {
  write("ratings.csv", tinyCsv);
  write("items.csv", itemsCsv);
});

test("there is a subject for every model of the catalogue", () => {
  expect([...subjects.map(({ name }) => name), "ials"].sort()).toEqual(models.map(({ name }) => name).sort());
});

/** Scores of all items for one user, by `lethe predict`. */
async function predicted(model: string, user: string, items: readonly string[]): Promise<number[]> {
  write(`pairs-${model.replaceAll("/", "-")}.csv`, items.map((item) => `${user},${item}\n`).join(""));
  const { scores } = await json<{ scores: number[] }>(
    `predict ${model} --pairs pairs-${model.replaceAll("/", "-")}.csv`,
  );
  return scores;
}

/** Expects that the ids of user 3 are nowhere in a folder, and everybody else's are. */
async function expectGone(model: string): Promise<void> {
  const bytes = bytesOf(model);
  for (const id of tinyUserIds) expect(bytes.includes(id), id).toBe(id !== forgotten);
  const { dataset, trained } = await openModel(at(model));
  expect(dataset.userIds.list).toEqual(tinyUserIds.filter((id) => id !== forgotten));
  const { users, items, size } = trained.interactions;
  const left = Array.from({ length: size }, (_, k) => [dataset.userIds.list[users[k]], dataset.itemIds.list[items[k]]]);
  expect(left).toEqual(tinyRows.filter(([u]) => u !== 3).map(([u, i]) => [userId(u), itemId(i)]));
}

describe.each(subjects)("$name", ({ name, batches, smooth, explainedBy, turns = false }) => {
  const model = `${name}/model`;
  const best = `${name}/best`;
  let report: Record<string, unknown>;
  const forgot = new Map<string, Record<string, number>>();

  beforeAll(async () => {
    const trained = json(`${trainAs(name, batches, model)} --threads 1`);
    await json(trainAs(name, smooth, best));
    report = await trained;
    for (const pair of [
      ["exact", "retrain"],
      ["newton", "sif"],
    ])
      await Promise.all(
        pair.map(async (method) => {
          const args = `forget ${best} --users ${forgotten} --method ${method} --out ${name}/by-${method}`;
          forgot.set(method, await json(`${args} --threads 1`));
        }),
      );
  });

  test("an explanation says what it is worth in the state of the model", async () => {
    const noteOf = async (folder: string, method: string) =>
      (await json<{ note: string }>(`explain ${folder} --user ${asked} --item ${thing} --method ${method} -n 1`)).note;
    expect(await noteOf(model, explainedBy)).toMatch(
      /the model is at no optimum \(‖∇J‖ \S+\): .* leave-one-out .* is the truth$/,
    );
    expect(await noteOf(model, "leave-one-out")).toContain("trained again, with the same seed");
    const reads = ["light-gcn", "mult-vae"].includes(name);
    expect(/first order misses much/.test(await noteOf(best, explainedBy))).toBe(reads);
    expect(await noteOf(best, "leave-one-out")).not.toMatch(/no optimum|misses/);
  });

  test("trained by batches it is no optimum, which is no failure; --verify says so", async () => {
    const epoch = (k: number) => ({ epoch: k, loss: number, learningRate: 0.01 });
    expect(report).toEqual({
      model: name,
      status: "step-limit",
      objective: number,
      gradientNorm: number,
      tolerance: 1e-8,
      toleranceScale: null,
      l2: number,
      l2From: expect.stringMatching(/^(given|usual)$/),
      error: expect.objectContaining({ train: number, test: null }),
      ranking: null,
      seconds: number,
      users: tinyUsers,
      items: tinyItems,
      interactions: tinyRows.length,
      duplicates: 0,
      warnings: [],
      seed: 1,
      begins: null,
      otherStarts: null,
      out: model,
      epochs: { taken: 3, log: [epoch(0), epoch(1), epoch(2)], heldOut: 0 },
    });
    expect(report.gradientNorm).toBeGreaterThan(1e-3);
    const info = await json<Verified & Record<string, unknown>>(`info ${model} --verify`, 1);
    expect(Object.keys(info)).toEqual([
      "format",
      "formatVersion",
      "lethe",
      "model",
      "objective",
      "training",
      "result",
      "counts",
      "files",
      "summary",
      "certificate",
      "agrees",
      "differs",
      "notVerifiable",
      "otherFiles",
    ]);
    expect(info).toMatchObject({
      model: { name, settings: expect.any(Object), tensors: expect.any(Array) },
      training: { seed: 1, tolerance: 1e-8, recipe: { epochs: 3, learningRate: 0.01, batch: 64 } },
      result: { status: "step-limit", objective: report.objective, gradientNorm: report.gradientNorm },
      counts: { users: tinyUsers, items: tinyItems, interactions: tinyRows.length },
      certificate: { converged: false, scope: "none" },
      agrees: true,
      differs: [],
      notVerifiable: expect.arrayContaining(["training.seed", "training.recipe", "result.status"]),
      otherFiles: [],
    });
  });

  test("and brought to an optimum it is verified as one", async () => {
    const info = await json<Verified>(`info ${best} --verify`);
    expect(info).toMatchObject({ agrees: true, certificate: { converged: true, scope: "local" } });
    expect(info.certificate.gradientNorm).toBeLessThanOrEqual(1e-8);
  });

  test("the same command gives the same bytes, whatever the number of threads; another seed others", async () => {
    const tree = treeOf(at(model));
    expect(Object.keys(tree)).toHaveLength(5);
    await json(trainAs(name, batches, `${name}/again`));
    expect(treeOf(at(`${name}/again`))).toEqual(tree);
    await json(`${trainAs(name, batches, `${name}/again`)} --threads 2`);
    expect(treeOf(at(`${name}/again`))).toEqual(tree);
    await json(`${trainAs(name, batches, `${name}/again`)} --seed 2`);
    expect(treeOf(at(`${name}/again`))["parameters.safetensors"]).not.toBe(tree["parameters.safetensors"]);
  });

  test("recommends what the user does not have, by the scores that predict gives", async () => {
    const { items } = await json<Listed>(`recommend ${model} --user ${asked} -n 1000`);
    expect(items.map(({ item }) => item).sort()).toEqual(tinyItemIds.filter((id) => !owned.includes(id)).sort());
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
    expect(items.every(({ title }) => title?.startsWith("A Tale"))).toBe(true);
    const scores = await predicted(
      model,
      asked,
      items.map(({ item }) => item),
    );
    scores.forEach((score, k) => {
      expect(Math.abs(score - items[k].score)).toBeLessThan(1e-12);
    });
    expect(await json(`recommend ${model} --user ${asked} -n 2`)).toEqual({ user: asked, items: items.slice(0, 2) });
  });

  test("explains: reasons of both sides by |influence|", async () => {
    const found = await json<Explained>(`explain ${best} --user ${asked} --item ${thing} -n 1000`);
    expect(found).toEqual({
      user: asked,
      item: thing,
      title: titleOf(0),
      score: number,
      unit: "score",
      base: 0,
      baseOf: null,
      byItem: expect.any(Array),
      byUser: expect.any(Array),
      method: explainedBy,
      status: expect.stringMatching(/^(converged|negative-curvature)$/),
      ratings: { ofUser: owned.length, ofItem: tinyRows.filter(([, i]) => i === 0).length },
      note: expect.stringContaining("had the interaction never been there"),
    });
    expect(await predicted(best, asked, [thing])).toEqual([found.score]);
    expect(found.byItem.map(({ item }) => item).sort()).toEqual([...owned].sort());
    expect(found.byUser).toHaveLength(tinyRows.filter(([, i]) => i === 0).length);
    for (const list of [found.byItem, found.byUser]) {
      const sizes = list.map(({ influence }) => Math.abs(influence));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      for (const reason of list) expect(reason.without).toBe(found.score - reason.influence);
    }
    expect(found.byItem.some(({ influence }) => Math.abs(influence) > 1e-6)).toBe(true);
  });

  test("leave-one-out says what forgetting the interaction then does", async () => {
    const found = await json<Explained & { note: string }>(
      `explain ${best} --user ${asked} --item ${thing} -n 1 --method leave-one-out`,
    );
    expect(found).toMatchObject({ method: "leave-one-out", status: "converged" });
    expect(found.note).toContain(`that ${explainedBy} ranks first`);
    const [reason] = found.byItem;
    write("one.csv", `${reason.user},${reason.item}\n`);
    expect(await json(`forget ${best} --interactions one.csv --out ${name}/less`)).toMatchObject({ rows: 1 });
    const [score] = await predicted(`${name}/less`, asked, [thing]);
    expect(Math.abs(found.score - reason.influence - score)).toBeLessThan(1e-6);
    expect(Math.abs(reason.influence)).toBeGreaterThan(1e-4);
  });

  test.each([
    ["exact", "certified"],
    ["retrain", "exact"],
    ["newton", "approximate"],
    ["sif", "approximate"],
  ])("forgets a user by %s: gone from tables and bytes, and the folder is what it says", async (method, guarantee) => {
    const out = `${name}/by-${method}`;
    const promised = guarantee !== "approximate";
    const found = forgot.get(method) as Record<string, number>;
    expect(found).toEqual({
      ...{ begins: null, otherStarts: null, verification: null },
      summary: expect.stringMatching(promised ? /gives: (proved|checked locally)\.$/ : /is not proved\.$/),
      gone: { users: 1, items: number },
      ...{ keptItems: expect.any(Array), exportable: expect.any(Boolean), next: expect.any(Array) },
      unknown: { users: [], items: [], interactions: [] },
      method,
      ...(promised ? {} : { solver: { status: "converged", residual: number } }),
      digestBefore: expect.stringMatching(/^[0-9a-f]{64}$/),
      digestAfter: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: gone,
      guarantee,
      status: promised ? "converged" : "step-limit",
      objective: number,
      gradientNorm: number,
      gradientNormBefore: number,
      tolerance: 1e-8,
      seconds: number,
      certificateSeconds: number,
      passes: number,
      users: tinyUsers - 1,
      items: tinyItems,
      interactions: tinyRows.length - gone,
      certificate: {
        kind: promised ? "stationary" : "none",
        gradientNorm: number,
        largestRow: number,
        tolerance: 1e-8,
        converged: promised,
        objective: number,
        dualityGap: null,
        sigmaRatio: null,
        rmsBound: null,
        curvature: null,
        localDistance: null,
        scope: promised ? "local" : "none",
        verdict: text,
      },
      caveats: expect.any(Array),
      warnings: [],
      seed: method === "retrain" ? 2 : 1,
      out,
    });
    expect(found.gradientNormBefore).toBeGreaterThan(1e-3);
    if (method === "newton" && explainedBy === fast) expect(found.gradientNorm).toBeLessThan(found.gradientNormBefore);
    await expectGone(out);
    expect(await predicted(out, forgotten, [thing])).toEqual([null]);
    const info = await json<Verified>(`info ${out} --verify`, promised ? 0 : 1);
    expect(info).toMatchObject({ agrees: true, forgotten: [{ method, guarantee, requests: 1, rows: gone }] });
  });

  test("forgetting has the same bytes with 1 and 2 threads", async () => {
    await json(`forget ${best} --users ${forgotten} --out ${name}/two --threads 2`);
    expect(treeOf(at(`${name}/two`))).toEqual(treeOf(at(`${name}/by-exact`)));
  });

  test("is audited against its original and a retrained model", async () => {
    const found = await json<{ findings: Record<string, Record<string, number>> }>(
      `audit ${name}/by-exact --original ${best} --retrained ${name}/by-retrain`,
    );
    const pairs = { pairs: number, rms: number, largest: number };
    const distance = { unlearnedToOriginal: pairs, unlearnedToRetrained: pairs, originalToRetrained: pairs };
    expect(found).toMatchObject({
      forgotten: gone,
      findings: {
        stationarity: {
          gradientNormBefore: number,
          gradientNormAfter: number,
          gradientNormRetrained: number,
          certificate: expect.objectContaining({ converged: true, scope: "local" }),
        },
        distance: { random: { ...distance, left: number }, forgotten: { ...distance, left: number } },
        parameters: turns ? { comparedWith: "retrained", relative: number, largest: number } : null,
        "top-items": { k: 10, users: tinyUsers - 1, withOriginal: number, withRetrained: number },
        accuracy: null,
      },
      // Attacks ask about held-out interactions, too.
      skipped: expect.objectContaining({
        "loss-threshold": "needs held-out ratings",
        score: "needs held-out ratings",
      }),
    });
    expect(found.findings.stationarity.gradientNormAfter).toBeLessThanOrEqual(1e-8);
    expect(found.findings.stationarity.gradientNormBefore).toBeGreaterThan(1e-3);
  });

  test("is told in 80 columns", async () => {
    write("held-out.csv", csvOf([[4, 0, 1]]));
    for (const args of [
      trainAs(name, `${batches} --validation 1`, `${name}/told`),
      `info ${best} --verify`,
      `info ${model}`,
      `explain ${best} --user ${asked} --item ${thing} -n 3`,
      `forget ${best} --users ${forgotten} --method sif --out ${name}/told-less`,
      `audit ${name}/by-exact --original ${best}`,
      `evaluate ${best} --test held-out.csv`,
    ]) {
      const ran = await run(args);
      expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status: 0, stderr: "" });
      expectReadable(ran);
    }
  });
});

describe("training by batches", () => {
  test("holds out rows, takes the epoch that ranks them best, and trains again on all of them", async () => {
    interface Chosen {
      readonly interactions: number;
      readonly epochs: {
        readonly taken: number;
        readonly heldOut: number;
        readonly log: { readonly epoch: number; readonly validation: { readonly metric: string; value: number } }[];
      };
    }
    const flags = "--factors 3 --epochs 6 --learning-rate 0.05";
    const chosen = await json<Chosen>(trainAs("gmf", `${flags} --validation 1`, "chosen"));
    const { taken, heldOut, log } = chosen.epochs;
    expect(heldOut).toBe(tinyUsers);
    expect(chosen.interactions).toBe(tinyRows.length - tinyUsers);
    expect(log.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { validation } of log) expect(validation).toEqual({ metric: "ndcg@10", value: number });
    const values = log.map(({ validation }) => validation.value);
    expect(values[taken - 1]).toBe(Math.max(...values));
    const refitted = await json<Chosen>(trainAs("gmf", `${flags} --validation 1 --refit`, "refitted"));
    expect(refitted).toMatchObject({ interactions: tinyRows.length, epochs: { taken, heldOut, log } });
    const straight = trainAs("gmf", `--factors 3 --epochs ${taken} --learning-rate 0.05`, "straight");
    await json(straight);
    expect(treeOf(at("straight"))).toEqual(treeOf(at("refitted")));
  });

  test("the stored recipe is what a refit has to do: the epochs that were taken, and no patience", async () => {
    const flags = "--factors 3 --epochs 40 --learning-rate 0.05 --validation 1 --patience 3";
    const { epochs } = await json<{ epochs: { taken: number; log: unknown[] } }>(trainAs("gmf", flags, "stopped"));
    expect(epochs.taken).toBeLessThan(epochs.log.length);
    expect(await json("info stopped")).toMatchObject({
      training: { trainer: "adam", recipe: { epochs: epochs.taken, patience: 0 } },
    });
    const none = "user,item\n";
    write("none.csv", none);
    await json("forget stopped --interactions none.csv --method retrain --seed 1 --out stopped-again");
    const files = (model: string) => treeOf(at(model))["parameters.safetensors"];
    expect(files("stopped-again")).toBe(files("stopped"));
  });

  test("what the loss makes pointless is left out, with a note: bpr has the biases of items alone", async () => {
    const says = expect.stringMatching(/^lethe: user biases cancel in the loss bpr, .*items alone\n$/);
    const flags = "--loss bpr --factors 2 --biases both";
    const report = await json<{ notes: string[] }>(trainAs("mf", flags, "noted"), 0, says);
    expect(report.notes).toEqual([expect.stringContaining("user biases cancel in the loss bpr")]);
    const { model } = await json<{ model: { settings: unknown; tensors: { name: string }[] } }>("info noted");
    expect(model.settings).toEqual({ factors: 2, biases: "items", mean: 0 });
    expect(model.tensors.map(({ name }) => name)).toEqual(["user_factors", "item_factors", "item_bias"]);
    const told = await run(trainAs("mf", flags, "noted"));
    expect(told).toMatchObject({ status: 0, stderr: says });
    expect(await json(trainAs("mf", "--loss bpr --factors 2 --set biases=items", "items"))).not.toHaveProperty("notes");
    expect(treeOf(at("items"))).toEqual(treeOf(at("noted")));
    const found = await json<Explained & { base: number }>(`explain noted --user ${asked} --item ${thing} -n 1`);
    const { trained, dataset } = await openModel(at("noted"));
    const { objective, params } = smoothOf(trained);
    const bias = objective.tensors.find((tensor) => tensor.name === "item_bias") as TensorPlace;
    expect(found.base).toBe(params[rowAt(bias, dataset.itemIds.find(thing) as number)]);
    expect(found.base).not.toBe(0);
  });

  test("stops after so many epochs without a better one", async () => {
    const flags = "--factors 3 --epochs 200 --learning-rate 0.05 --validation 1 --patience 2";
    const { epochs } = await json<{ epochs: { taken: number; log: unknown[] } }>(trainAs("gmf", flags, "patient"));
    expect(epochs.log.length).toBe(epochs.taken + 2);
    expect(epochs.log.length).toBeLessThan(200);
  });

  test("that runs away ends with 1; the last good model is stored and marked", async () => {
    const warned = expect.stringMatching(/^lethe: training ran away in epoch \d+: .*\n$/);
    const run = trainAs("gmf", "--factors 3 --optimizer sgd --learning-rate 1e6", "ran-away");
    const report = await json<{ breakdown: string }>(run, 1, warned);
    expect(report).toMatchObject({ status: "breakdown", breakdown: text, objective: number, gradientNorm: number });
    expect(await json("info ran-away")).toMatchObject({ result: { status: "breakdown" } });
    const { trained } = await openModel(at("ran-away"));
    expect(smoothOf(trained).params.every(Number.isFinite)).toBe(true);
    const told = await lines("info ran-away");
    expect(told).toContain("NOT converged (breakdown)");
  });

  test("ends with 1 where an optimum was asked for and not reached", async () => {
    const flags = "--factors 3 --polish --tolerance 1e-30";
    const report = await json(trainAs("gmf", flags, "unreached"), 1);
    expect(report).toMatchObject({ tolerance: 1e-30 });
    const ran = await run(trainAs("gmf", flags, "unreached"));
    expect(ran.status).toBe(1);
    expectReadable(ran);
    expect(ran.stdout).toContain("NOT converged");
    expect(ran.stdout).not.toContain("--polish does");
  });

  test("forgetting exactly ends with 1 where it does not converge, and claims nothing", async () => {
    await json(trainAs("gmf", "--factors 3 --polish", "polished"));
    const report = await json(`forget polished --users ${forgotten} --tolerance 1e-30 --out rough`, 1);
    expect(report).toMatchObject({
      guarantee: "approximate",
      status: "step-limit",
      certificate: { converged: false, scope: "none" },
      caveats: [expect.stringContaining("nothing is certified")],
      warnings: [],
    });
    await expectGone("rough");
    expect(await json("info rough --verify", 1)).toMatchObject({
      agrees: true,
      forgotten: [{ method: "exact", guarantee: "approximate" }],
    });
  });

  test("exact forgetting of a model that is no optimum brings it to one", async () => {
    await json(trainAs("gmf", "--factors 3", "batches"));
    expect(await json(`forget batches --users ${forgotten} --method exact --out optimum`)).toMatchObject({
      method: "exact",
      status: "converged",
    });
  });

  test("forgetting retrains such a model by default; of nothing it changes no byte", async () => {
    await json(trainAs("gmf", "--factors 3", "batches"));
    expect(await json(`forget batches --users ${forgotten} --out by-default`)).toMatchObject({ method: "retrain" });
    write("nothing.csv", "user,item\n");
    expect(await json("forget batches --interactions nothing.csv --out same")).toMatchObject({ rows: 0 });
    expect(treeOf(at("same"))).toEqual(treeOf(at("batches")));
  });

  test("retraining with batches alone succeeds without an optimum, and never saw the rows", async () => {
    await json(trainAs("gmf", "--factors 3", "batches"));
    const retrained = await json(`forget batches --users ${forgotten} --method retrain --seed 1 --out retrained`);
    expect(retrained).toMatchObject({ guarantee: "exact", status: "step-limit", seed: 1 });
    write("rest.csv", `user,item,rating\n${csvOf(tinyRows.filter(([u]) => u !== 3))}`);
    await json(trainAs("gmf", "--factors 3", "never").replace("ratings.csv", "rest.csv"));
    const [one, other] = await Promise.all([openModel(at("retrained")), openModel(at("never"))]);
    expect(one.dataset.userIds.list).toEqual(other.dataset.userIds.list);
    expect(one.trained.interactions.items).toEqual(other.trained.interactions.items);
    await expectGone("retrained");
  });

  test("a squared loss without negatives makes ratings: unit, RMSE, and the mean of a constant set", async () => {
    await json(trainAs("gmf", "--loss squared --factors 3 --polish --l2 1", "rated"));
    const found = await json<Explained>(`explain rated --user ${asked} --item ${thing} -n 2`);
    expect(found).toMatchObject({ unit: "rating", note: expect.stringContaining("in rating units") });
    write("some.csv", csvOf(tinyRows.slice(0, 40)));
    const { rmse } = await json<{ rmse: number }>("evaluate rated --test some.csv");
    write("pairs.csv", csvOf(tinyRows.slice(0, 40)).replace(/,\d+$/gm, ""));
    const { scores } = await json<{ scores: number[] }>("predict rated --pairs pairs.csv");
    const squares = scores.map((score, k) => (score - tinyRows[k][2]) ** 2);
    expect(rmse).toBeCloseTo(Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / 40), 12);
  });

  test("has the same bytes with 1 and 2 threads where the work is shared out", async () => {
    const { users, items, ratings } = plantedFactors({
      users: 200,
      items: 150,
      ratings: 4000,
      factors: 3,
      seed: 5,
    }).interactions;
    write("larger.csv", csvOf(Array.from(ratings, (rating, k) => [users[k], items[k], rating])));
    for (const flags of ["neumf --set layers=32,16", "light-gcn --factors 16", "mult-vae --set hidden=48"]) {
      for (const threads of [1, 2])
        await json(`train larger.csv --model ${flags} --epochs 1 --threads ${threads} --out shared/${threads}`);
      expect(treeOf(at("shared/2")), flags).toEqual(treeOf(at("shared/1")));
    }
  });
});

const lines = async (args: string): Promise<string> => (await run(args)).stdout;

describe("ials", () => {
  // With this much L2 the optimum is the only one, and certified so.
  const flags = "--model ials --factors 3 --l2 12 --alpha 2 --items items.csv";

  beforeAll(async () => {
    await json(`train ratings.csv ${flags} --out ials/model`);
    await json(`forget ials/model --users ${forgotten} --out ials/after`);
  });

  test("trains to its optimum, and says what it minimised", async () => {
    const report = await json(`train ratings.csv ${flags} --out ials/again --threads 2`);
    expect(report).toEqual({
      model: "ials",
      begins: "continuation",
      otherStarts: expect.objectContaining({ verdict: "proved-not", starts: 0 }),
      status: "converged",
      objective: number,
      gradientNorm: number,
      tolerance: number,
      toleranceScale: number,
      l2: 12,
      l2From: "given",
      error: expect.objectContaining({ metric: "rmse", unit: "preference", train: number }),
      ranking: null,
      seconds: number,
      users: tinyUsers,
      items: tinyItems,
      interactions: tinyRows.length,
      duplicates: 0,
      warnings: [],
      seed: 1,
      out: "ials/again",
    });
    expect(treeOf(at("ials/again"))).toEqual(treeOf(at("ials/model")));
    const info = await json<Verified>("info ials/model --verify");
    expect(info).toMatchObject({
      agrees: true,
      model: { name: "ials", factors: 3, biases: false },
      objective: { l2: 12, regularizer: "table", confidence: { base: 1, alpha: 2 } },
      certificate: { converged: true },
    });
  });

  test("rows of one pair are added up, and stay apart by nothing else", async () => {
    const halves = tinyRows.flatMap(([u, i, r]) => [[u, i, 0.25 * r] as const, [u, i, 0.75 * r] as const]);
    write("halves.csv", `user,item,rating\n${csvOf(halves)}`);
    const report = await json(`train halves.csv ${flags} --out ials/halves`);
    expect(report).toMatchObject({ interactions: tinyRows.length, duplicates: tinyRows.length });
    expect(treeOf(at("ials/halves"))).toEqual(treeOf(at("ials/model")));
  });

  test("contributions sum to the score, and are the user's own alone", async () => {
    for (const item of [thing, owned[0]]) {
      const found = await json<Explained>(
        `explain ials/model --user ${asked} --item ${item} -n 1000 --method contributions`,
      );
      expect(found).toMatchObject({ method: "contributions", unit: "score", base: 0, status: "converged" });
      expect(found.byItem.map((reason) => reason.item).sort()).toEqual([...owned].sort());
      const sum = found.byItem.reduce((total, { influence }) => total + influence, 0);
      expect(Math.abs(sum - found.score)).toBeLessThan(1e-8);
      for (const { influence } of found.byUser) expect(influence).toBe(0);
    }
    const ran = await run(`explain ials/model --user ${asked} --item ${thing} --method contributions`);
    expect(ran.status).toBe(0);
    expectReadable(ran);
    expect(ran.stdout).not.toContain("Without the interaction");
  });

  test("leave-one-out says what forgetting the interaction then does", async () => {
    const found = await json<Explained>(
      `explain ials/model --user ${asked} --item ${thing} -n 1 --method leave-one-out`,
    );
    const [reason] = found.byItem;
    write("pair.csv", `${reason.user},${reason.item}\n`);
    await json("forget ials/model --interactions pair.csv --out ials/less");
    const [score] = await predicted("ials/less", asked, [thing]);
    expect(Math.abs(found.score - reason.influence - score)).toBeLessThan(1e-7);
    const fast = await json<Explained>(`explain ials/model --user ${asked} --item ${thing} -n 1000`);
    expect(fast).toMatchObject({ method: "fast-influence", unit: "score" });
    const same = fast.byItem.find(({ item }) => item === reason.item);
    expect(Math.sign(same?.influence ?? 0)).toBe(Math.sign(reason.influence));
  });

  test.each(["exact", "retrain", "newton", "influence-function", "sif"])(
    "forgets a user by %s, and the folder is what it says",
    async (method) => {
      const out = `ials/by-${method}`;
      const promised = method === "exact" || method === "retrain";
      const report = await json(`forget ials/model --users ${forgotten} --method ${method} --out ${out}`);
      expect(report).toMatchObject({ method, rows: gone, status: promised ? "converged" : "step-limit" });
      await expectGone(out);
      expect(await json(`info ${out} --verify`, promised ? 0 : 1)).toMatchObject({
        agrees: true,
        result: { objective: report.objective, gradientNorm: report.gradientNorm },
        forgotten: [{ method, certificate: { objective: report.objective } }],
      });
    },
  );

  test.each(["cif", "scif"])("has no mean ratings for %s to put in the place of what is forgotten", async (method) => {
    const ran = await run(`forget ials/model --users ${forgotten} --method ${method} --out ials/never --json`);
    expect(ran.status).toBe(2);
    expect(errorOf(ran)).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(`the unlearner ${method} needs ratings under squared loss`),
      advice: "for this model: exact, retrain, newton, influence-function, sif, warm-als, fine-tune",
    });
  });

  test("retraining ends where exact forgetting does, and the audit says so", async () => {
    await json(`forget ials/model --users ${forgotten} --method retrain --out ials/retrained`);
    const found = await json<{ findings: { distance: { random: { left: number } } } }>(
      "audit ials/after --original ials/model --retrained ials/retrained",
    );
    expect(found).toMatchObject({
      forgotten: gone,
      findings: {
        stationarity: { gradientNormBefore: number, gradientNormAfter: number, certificate: { converged: true } },
        parameters: { comparedWith: "retrained", relative: number },
        "top-items": { users: tinyUsers - 1 },
        accuracy: null,
      },
    });
    expect(found.findings.distance.random.left).toBeLessThan(1e-5);
  });

  test("is told in 80 columns", async () => {
    for (const args of [
      `train ratings.csv ${flags} --out ials/told`,
      "info ials/after --verify",
      `recommend ials/model --user ${asked}`,
      `explain ials/model --user ${asked} --item ${thing}`,
      `forget ials/model --users ${forgotten} --method sif --out ials/told`,
      "audit ials/after --original ials/model",
    ]) {
      const ran = await run(args);
      expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status: 0, stderr: "" });
      expectReadable(ran);
    }
  });
});

describe("in shards", () => {
  const cases = [
    ["closed forms", "--factors 2 --l2 3 --l2-bias 1", "converged"],
    ["implicit feedback", "--model ials --factors 2 --l2 3", "converged"],
    ["batches", "--model gmf --factors 2 --epochs 3", "step-limit"],
    ["pairs, the mean of all", "--model mf --loss bpr --factors 2 --epochs 3 --partition interactions", "step-limit"],
    [
      "slices, attention",
      "--model mf --loss bpr --factors 2 --epochs 2 --slices 2 --aggregate attention",
      "step-limit",
    ],
    ["like users", "--model mf --loss bpr --factors 2 --epochs 2 --trainer receraser", "step-limit"],
    ["like items", "--factors 2 --l2 3 --partition item-similarity", "converged"],
  ] as const;

  test.each(cases)("%s: trained, verified, asked, forgotten by members alone", async (title, flags, status) => {
    const place = title.replaceAll(/\W+/g, "-");
    const learned = title.startsWith("like");
    const [model, after, never] = ["model", "after", "never"].map((name) => `shards/${place}/${name}`);
    const report = await json(`train ratings.csv --items items.csv ${flags} --shards 3 --out ${model}`);
    expect(report).toMatchObject({ status, objective: number, gradientNorm: number, interactions: tinyRows.length });
    const info = await json(`info ${model} --verify`);
    expect(info).toMatchObject({
      agrees: true,
      certificate: { kind: "by-construction", converged: true, objective: null, gradientNorm: null },
      training: { trainer: "sharded", sharding: { shards: 3, seed: 1 } },
      result: { status, objective: report.objective },
    });
    const { items } = await json<Listed>(`recommend ${model} --user ${asked} -n 3`);
    const scores = await predicted(
      model,
      asked,
      items.map(({ item }) => item),
    );
    expect(scores).toEqual(items.map(({ score }) => score));
    expect(await json(`explain ${model} --user ${asked} --item ${thing} -n 1`)).toMatchObject({
      method: "leave-one-out",
    });
    const forgot = await json<{ caveats: string[] }>(`forget ${model} --users ${forgotten} --out ${after}`);
    expect(forgot).toMatchObject({
      method: "exact",
      guarantee: learned ? "approximate" : "exact",
      membersHit: expect.any(Number),
      rows: gone,
      certificate: { kind: "by-construction", converged: true },
    });
    expect(forgot.caveats[0]).toMatch(/^[123] of 3 members were trained again/);
    expect(forgot.caveats.length).toBe(learned ? 2 : 1);
    expect(await json(`info ${after} --verify`)).toMatchObject({ agrees: true, forgotten: [{ method: "exact" }] });
    const bytes = bytesOf(after);
    for (const id of tinyUserIds) expect(bytes.includes(id), id).toBe(id !== forgotten);
    if (status !== "converged" || learned) return;
    // Members that never saw the rows have the same optima; batches start elsewhere where rows have other places.
    write("rest.csv", `user,item,rating\n${csvOf(tinyRows.filter(([u]) => u !== 3))}`);
    await json(`train rest.csv --items items.csv ${flags} --shards 3 --out ${never}`);
    const others = await predicted(never, asked, tinyItemIds);
    (await predicted(after, asked, tinyItemIds)).forEach((score, k) => {
      expect(Math.abs(score - others[k])).toBeLessThan(1e-6);
    });
  });

  test("are told in 80 columns", async () => {
    await json("train ratings.csv --factors 2 --l2 3 --shards 2 --out shards/told-model");
    for (const args of [
      "train ratings.csv --model gmf --factors 2 --epochs 2 --shards 2 --out shards/told",
      "info shards/told --verify",
      `explain shards/told-model --user ${asked} --item ${thing} -n 2`,
      `forget shards/told-model --users ${forgotten} --out shards/told-less`,
      "audit shards/told-less --original shards/told-model",
    ]) {
      const ran = await run(args);
      expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status: 0, stderr: "" });
      expectReadable(ran);
    }
  });
});

describe("methods", () => {
  test("say what they need of a model, and refuse one that does not have it", async () => {
    type Entry = { readonly name: string; readonly needs?: string[]; readonly of?: string };
    const { estimators, unlearners } = await json<Record<string, Entry[]>>("methods");
    const needsOf = (list: Entry[], name: string) => list.find((entry) => entry.name === name)?.needs;
    expect(needsOf(estimators, "contributions")).toEqual([expect.stringContaining("solved in turn")]);
    expect(needsOf(estimators, "leave-one-out")).toEqual([]);
    expect(needsOf(unlearners, "retrain")).toEqual([]);
    expect(needsOf(unlearners, "scif")).toHaveLength(2);
    expect(estimators.find(({ name }) => name === "fast-influence-network")?.of).toBe("fast-influence");
    await json(trainAs("mf", "--loss bpr --factors 2 --polish", "likes"));
    const lacking = ["contributions", ...["fast-influence-text", "fast-influence-code", "fast-influence-network"]];
    lacking.push("knn-leave-one-out", "knn-shapley", "influence-interval", "leave-one-out-fixed-items");
    const trainedOtherwise = ({ name, of = name }: Entry) =>
      needsOf(estimators, of)?.some((need) => /stochastic gradient descent|ensemble of trees/.test(need));
    lacking.push(...estimators.filter(trainedOtherwise).map(({ name }) => name));
    expect(lacking).toEqual(expect.arrayContaining(["tracin", "hydra", "leaf-refit", "trex"]));
    for (const { name } of estimators) {
      const ran = await run(`explain likes --user ${asked} --item ${thing} -n 1 --method ${name} --json`);
      // A short series of drawn rows need not converge, and says so.
      if (ran.status === 1) expect([name, JSON.parse(ran.stdout).status]).toEqual(["fast-if", "step-limit"]);
      else expect(ran.status, name).toBe(lacking.includes(name) ? 2 : 0);
      if ((ran.status ?? 2) < 2) continue;
      const { code, message, advice } = errorOf(ran);
      expect(code).toBe("unsupported");
      expect(message).toContain(name);
      expect(advice).toContain("fast-influence");
    }
    const { message, advice } = errorOf(
      await run(`explain likes --user ${asked} --item ${thing} --method contributions --json`),
    );
    expect(message).toContain(`the estimator contributions needs ${needsOf(estimators, "contributions")?.[0]}; `);
    expect(advice).toMatch(/^for this model: fast-influence, influence-function, newton-step, leave-one-out, /);
  });
});

describe("evaluate", () => {
  // Scores are u·i: for `up` a is best and f last, for `down` the other way round.
  beforeAll(async () => {
    write("toy.users.csv", "id,f0\nup,1\ndown,-1\nowner,1\nother,1\n");
    write("toy.items.csv", "id,f0\na,6\nb,5\nc,4\nd,3\ne,2\nf,1\n");
    write("toy-train.csv", "user,item,rating\nup,a,5\ndown,f,1\ndown,c,2\nowner,b,4\nother,d,1\nother,e,1\n");
    await json("import toy --interactions toy-train.csv --loss mf --l2 1 --out toy-model");
  });

  test("ranks among all items that the user does not have: a case by hand", async () => {
    write("test.csv", "up,b,4\nup,e,2\ndown,d,0\nowner,b,5\nother,f,2\nnobody,a,1\nup,nothing,1\n");
    // up:    b* c d e* f    hits in two 1 of 2
    // down:  e d* b a       hits in two 1 of 1
    // other: a b c f*       none in two
    const discount = 1 / Math.log2(3);
    const found = await json<{ metrics: Record<string, number>; rmse: number }>(
      "evaluate toy-model --test test.csv -k 2",
    );
    expect(found).toEqual({
      protocol: "full",
      k: 2,
      rows: 7,
      users: 3,
      metrics: { hr: number, ndcg: number, precision: number, recall: number, mrr: number, auc: number },
      rmse: number,
      dropped: { usersWithoutTest: 1, usersWithoutNegatives: 0, testInTrain: 1, repeatedTest: 0, unknownRows: 2 },
      seconds: number,
    });
    const byHand = {
      hr: 2 / 3,
      ndcg: (1 / (1 + discount) + discount) / 3,
      precision: 1 / 3,
      recall: 1 / 2,
      mrr: 1 / 2,
      auc: (4 / 6 + 2 / 3) / 3,
    };
    for (const [name, value] of Object.entries(byHand)) expect(found.metrics[name], name).toBeCloseTo(value, 14);
    // Errors 5 − 4, 2 − 2, −3 − 0, 5 − 5, 1 − 2.
    expect(found.rmse).toBeCloseTo(Math.sqrt(11 / 5), 14);
  });

  const negatives = "(up,b)\tc\ta\tnothing\n(down,d)\tb\ta\n(nobody,a)\tb\n";

  test("ranks among given negatives: a case by hand", async () => {
    write("pairs.csv", "up,b,1\ndown,d,1\nnobody,a,1\n");
    write("negatives.tsv", negatives);
    const found = await json<{ metrics: Record<string, number> }>(
      "evaluate toy-model --test pairs.csv --negatives negatives.tsv -k 2",
    );
    expect(found).toMatchObject({
      protocol: "sampled",
      rows: 3,
      users: 2,
      dropped: {
        ownTestItems: 0,
        listsWithOwnTestItems: 0,
        unknownNegatives: 1,
        unknownPairs: 1,
        pairsWithoutNegatives: 0,
      },
    });
    // up: a b* c; down: d* b a
    const byHand = { hr: 1, ndcg: (1 / Math.log2(3) + 1) / 2, precision: 0.5, recall: 1, mrr: 0.75, auc: 0.75 };
    for (const [name, value] of Object.entries(byHand)) expect(found.metrics[name], name).toBeCloseTo(value, 14);
  });

  test.each([
    ["another item in line 2", negatives.replace("(down,d)", "(down,e)"), "other.tsv, line 2"],
    ["lines in another order", negatives.split("\n").slice(0, 3).reverse().join("\n"), "other.tsv, line 1"],
    ["a line too few", negatives.split("\n").slice(0, 2).join("\n"), "2 lines for 3 rows"],
    ["a line too many", `${negatives}(up,c)\ta\n`, "4 lines for 3 rows"],
  ])("refuses negatives of other rows: %s", async (_, content, says) => {
    write("pairs.csv", "up,b,1\ndown,d,1\nnobody,a,1\n");
    write("other.tsv", content);
    const ran = await run("evaluate toy-model --test pairs.csv --negatives other.tsv --json");
    expect(ran.status).toBe(2);
    expect(errorOf(ran).message).toContain(says);
    expect(ran.stderr.split("\n")[0]).toContain("other.tsv");
    expect(ran.stderr).not.toContain("undefined");
  });

  test("says of nobody to rank for that there is none, in text too", async () => {
    write("strangers.csv", "nobody,a,1\n");
    expect(await json("evaluate toy-model --test strangers.csv")).toMatchObject({
      users: 0,
      metrics: { hr: null, ndcg: null },
      dropped: { unknownRows: 1 },
    });
    const ran = await run("evaluate toy-model --test strangers.csv");
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expectReadable(ran);
  });
});
