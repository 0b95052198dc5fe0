/** Laws of relative CKA: the definition, unordered pairs of seeds, groups, and what forgetting does to them. */

import { beforeAll, expect, test } from "vitest";
import { type AuditedModel, type CkaFinding, missingPairs, relativeCka } from "../../src/audit/index.ts";
import { linearCka } from "../../src/numeric/alignment.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { byBatches, refit, type TrainedModel } from "../../src/training/index.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, randomRotation, rotated, rowsWhere } from "../support/small.ts";
import { recipe } from "../support/subjects.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, subjectNamed } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

let original: AuditedModel;
let unlearned: AuditedModel;
let retrained: AuditedModel;
const gone = [3, 6, 20];
beforeAll(async () => {
  const model = await optimum(subjectNamed("mf, table L2"));
  const rows = rowsWhere(model.interactions, ([user]) => gone.includes(user));
  original = named(model);
  unlearned = named((await forgetBy(exact, model, rows)).model);
  retrained = named((await forgetBy(retrain, model, rows)).model);
});

const subject = () => subjectOf(original, unlearned, { retrained, forgotten: missingPairs(original, unlearned) });
const found = async (settings = {}, on = subject()): Promise<CkaFinding> =>
  (await relativeCka.make(settings).run(on, run)) ?? expect.fail("no finding");

/** The embeddings of some users, row-major. */
function users({ factors }: TrainedModel, wanted: (user: number) => boolean): Float64Array {
  const { userFactors = new Float64Array(0), factors: width = 1 } = factors ?? {};
  return userFactors.filter((_, k) => wanted(Math.floor(k / width)));
}

test("of remaining users is CKA of their rows; without other seeds there is no baseline", async () => {
  const { remainingUsers, models, failed } = await found({ models: 0 });
  const [x, y] = [original, unlearned].map(({ trained }) => users(trained, (user) => !gone.includes(user)));
  expectNear([remainingUsers.unlearned ?? 0], [linearCka(x, 3, y, 3)]);
  expect(remainingUsers).toMatchObject({ rows: 27, gone: 0, baseline: null, relativeUnlearned: null });
  expect([models, failed]).toEqual([1, 0]);
});

test("the baseline is the mean over unordered pairs of different seeds", async () => {
  // After one epoch, seeds are at different places.
  const { settings, interactions, keys } = smoothOf(await optimum(subjectNamed("gmf, squared"))).objective;
  const trainer = byBatches(settings, { ...recipe, optimizer: "adam", epochs: 1 });
  const model = await trainer.train({ interactions, keys }, 1, run);
  const on = subjectOf(named(model), named(model), { forgotten: { users: ["u1"], items: ["i1"], ratings: undefined } });
  const { remainingUsers } = await found({ models: 2 }, on);
  const all = [model];
  for (const k of [1, 2]) all.push(await refit(model, new Uint32Array(0), model.seed + k, run));
  const rows = all.map((one) => {
    const { params, objective } = smoothOf(one);
    const { at, width, rows: count } = objective.tensors.find(({ rowsOf }) => rowsOf === "user") ?? expect.fail();
    return params.slice(at, at + width * count).filter((_, k) => Math.floor(k / width) !== 1);
  });
  const width = rows[0].length / 11;
  const pair = (a: number, b: number) => linearCka(rows[a], width, rows[b], width);
  const wanted = (pair(0, 1) + pair(0, 2) + pair(1, 2)) / 3;
  expect(wanted).toBeLessThan(0.9);
  expectNear([remainingUsers.baseline ?? 0], [wanted], 1e-9);
  expect(remainingUsers.unlearned).toBeCloseTo(1, 12);
  expectNear([remainingUsers.relativeUnlearned ?? 0], [1 / wanted], 1e-9);
});

test("of a rotated copy is 1 in every group", async () => {
  const { objective, params } = smoothOf(original.trained);
  const shape = { userCount: 30, itemCount: 20, factors: 3, biases: true, learnedMean: true };
  const turned = modelAt(original.trained, rotated(shape, params, randomRotation(3, 2)), objective);
  const on = { ...subject(), unlearned: named(turned) };
  const groups = await found({ models: 0 }, on);
  for (const group of ["forgottenUsers", "remainingUsers", "forgottenItems"] as const)
    expectNear([groups[group].unlearned ?? 0], [1]);
});

test("exact forgetting leaves nothing of whom it forgets and nearly all of the others, as retraining does", async () => {
  const finding = await found({ models: 1 });
  const { forgottenUsers, remainingUsers, forgottenItems } = finding;
  expect([forgottenUsers.unlearned, forgottenUsers.retrained, forgottenUsers.rows]).toEqual([0, 0, 3]);
  expect(remainingUsers.relativeUnlearned).toBeGreaterThan(0.9);
  for (const group of [remainingUsers, forgottenItems])
    expectNear([group.unlearned ?? 0], [group.retrained ?? 1], 1e-6);
  // This optimum is unique: every seed ends there.
  expectNear([remainingUsers.baseline ?? 0], [1], 1e-6);
  expect(finding.models).toBe(2);
});

test("who has no row any more has an empty one", async () => {
  const stored = { ...subject(), unlearned: compacted(unlearned) };
  const [here, there] = [await found({ models: 0 }), await found({ models: 0 }, stored)];
  expect([here.forgottenUsers.gone, there.forgottenUsers.gone]).toEqual([0, 3]);
  for (const group of ["forgottenUsers", "remainingUsers", "forgottenItems"] as const)
    expectNear([there[group].unlearned ?? 0], [here[group].unlearned ?? 1]);
});

test("a training that does not end where it should is counted", async () => {
  const trainer = { ...original.trained.trainer };
  trainer.train = async (data, seed, context) => {
    const model = await original.trained.trainer.train(data, seed, context);
    return { ...model, trainer: model.trainer, smooth: { ...smoothOf(model), status: "step-limit" } };
  };
  const on = { ...subject(), original: { ...original, trained: { ...original.trained, trainer } } };
  expect((await found({ models: 2 }, on)).failed).toBe(2);
});

test("a model without embeddings has nothing to compare, and it is said", async () => {
  const bare = named({ ...original.trained, smooth: undefined, factors: undefined });
  const audit = relativeCka.make({ models: 0 });
  expect(audit.missing?.(subjectOf(bare, bare))).toMatch(/^needs embeddings/);
  expect(await audit.run(subjectOf(bare, bare), run)).toBeNull();
  expect(audit.missing?.(subject())).toBeUndefined();
});

test("shows a bar a group and series, where there is a number", async () => {
  const audit = relativeCka.make({ models: 0 });
  const seriesOf = async (on: ReturnType<typeof subject>) => {
    const [part] = audit.parts?.(await found({ models: 0 }, on)) ?? [];
    return part.kind === "bars" ? part.bars.map(({ series }) => series) : [];
  };
  expect(await seriesOf(subject())).toEqual([1, 2, 3, 4].flatMap(() => ["unlearned", "retrained"]));
  expect(await seriesOf({ ...subject(), retrained: undefined })).toEqual([1, 2, 3, 4].map(() => "unlearned"));
});
