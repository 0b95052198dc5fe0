/** Laws of audits: nothing differs from itself, nothing done leaves all, exact forgetting leaves nothing, and names rule. */

import { beforeAll, describe, expect, test } from "vitest";
import {
  type Audit,
  type AuditedModel,
  accuracy,
  alignedParameters,
  audits,
  distance,
  missingPairs,
  randomPairs,
  scoreByIds,
  scoresByIds,
  stationarity,
  topItemsOverlap,
} from "../../src/audit/index.ts";
import { overlap, topItems } from "../../src/evaluation/ranking.ts";
import { type GivenSettings, type Method, methodNamed, unmetNeed } from "../../src/method/index.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { norm } from "../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../src/objective/factorization.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import {
  alsNewton,
  certifySmooth,
  itemScoresOf,
  sharded,
  type TrainedModel,
  train,
  usualSharding,
} from "../../src/training/index.ts";
import { exact, influenceFunctionStep, retrain, sif } from "../../src/unlearning/index.ts";
import { gradientOf } from "../objective/subject.ts";
import { expectStops, run } from "../support/run.ts";
import {
  anyParams,
  evaluate,
  expectNear,
  interactionsFrom,
  kernels,
  normals,
  objectiveOn,
  randomRotation,
  rotated,
  rowsWhere,
  settingsOf,
  shuffle,
  tastes,
  trainedAt,
  triplesOf,
} from "../support/small.ts";
import { forgetBy, modelFrom, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, renamed, requestsOf, subjectNamed, subjects } from "../unlearning/subjects.ts";
import { auditedAs, named, namesMoved, quick, shuffled, subjectOf } from "./subjects.ts";

const objective = objectiveOn(tastes());
const rows = rowsWhere(objective.interactions, ([user], row) => user === 6 || row % 17 === 0);
let original: AuditedModel;
let unlearned: AuditedModel;
let retrained: AuditedModel;
let halfDone: AuditedModel;
beforeAll(async () => {
  const model = modelFrom(await train(objective, { kernels }));
  original = named(model);
  unlearned = named((await forgetBy(exact, model, rows)).model);
  retrained = named((await forgetBy(retrain, model, rows)).model);
  halfDone = named((await forgetBy(influenceFunctionStep, model, rows)).model);
});

/** What an audit finds. */
function ask<Finding>(
  audit: Method<Audit<Finding>>,
  subject: ReturnType<typeof subjectOf>,
  settings: GivenSettings = quick(audit),
): Promise<Finding> {
  return audit.make(settings).run(subject, run);
}

const paramsOf = ({ trained }: AuditedModel) => smoothOf(trained).params;
const retainedBy = ({ trained }: AuditedModel) => smoothOf(trained).objective.without(rows);
/** One score. */
const scoreOf = ({ trained }: AuditedModel, user: number, item: number) =>
  trained.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) })[0];

/** The original, carrying the retained data: nothing was done. */
const untouched = () => named(modelAt(original.trained, paramsOf(original), retainedBy(original)));

/** Every number of a finding, in order. */
function numbersIn(finding: unknown): number[] {
  if (typeof finding === "number") return [finding];
  return finding !== null && typeof finding === "object" ? Object.values(finding).flatMap(numbersIn) : [];
}

/** The same without what tells rotated copies apart. */
function turnedBack(finding: unknown): number[] {
  return numbersIn(finding !== null && typeof finding === "object" ? { ...finding, raw: undefined } : finding);
}

test("the catalogue names every audit once, with its question", () => {
  const names = audits.methods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const audit of audits.methods) {
    expect(methodNamed(audits, audit.name).entry).toBe(audit);
    expect(audit.make({}).question).toMatch(/\?$/);
    expect(audit.summary.length).toBeGreaterThan(10);
    if (audit.cost === "closed form") expect(audit.needs).toEqual([]);
  }
});

test("every audit finds the same whatever the indices, as long as the names are the same", async () => {
  const [users, items] = [shuffle(30, 3), shuffle(20, 4)];
  const forgotten = missingPairs(original, halfDone);
  const test = randomPairs(original, 40, 9);
  const ratings = normals(40, 3);
  const plain = subjectOf(original, halfDone, { retrained, forgotten, test: { ...test, ratings } });
  const turned = { ...plain, original: shuffled(original, users, items), retrained: shuffled(retrained, users, items) };
  for (const audit of audits.methods) {
    const of = async (asked: typeof plain) => numbersIn(await ask(audit, asked));
    const [wanted, found] = [await of(plain), await of(turned)];
    expect(wanted.length, audit.name).toBeGreaterThan(1);
    expectNear(found, wanted, 1e-9, { what: audit.name });
  }
});

test("every audit is stopped at every turn", async () => {
  const test = { ...randomPairs(original, 40, 9), ratings: normals(40, 3) };
  const subject = subjectOf(original, halfDone, { retrained, forgotten: missingPairs(original, halfDone), test });
  for (const audit of audits.methods) await expectStops((context) => audit.make(quick(audit)).run(subject, context));
});

test("no audit changes what it looks at", async () => {
  const models = [original, halfDone, retrained];
  const before = models.map((model) => paramsOf(model).slice());
  const test = { ...randomPairs(original, 40, 9), ratings: normals(40, 3) };
  const subject = subjectOf(original, halfDone, { retrained, forgotten: missingPairs(original, halfDone), test });
  for (const audit of audits.methods) await ask(audit, subject);
  expect(models.map(paramsOf)).toEqual(before);
});

describe.each(subjects)("of $name", (subject) => {
  const dots = !["gmf", "neumf", "mult-vae"].includes(subject.settings.kind.name);
  const forgetting = async (method: typeof exact) => {
    const model = await optimum(subject);
    return named((await forgetBy(method, model, requestsOf(subject, model).user)).model);
  };

  test("every audit finds the same whatever the indices, and where embeddings are turned", async () => {
    const model = await optimum(subject);
    const [before, after, again] = [named(model), await forgetting(sif), await forgetting(retrain)];
    const { model: other, users, items } = renamed(model);
    const { userIds, itemIds } = before.dataset;
    const moved = auditedAs(other, namesMoved(userIds.list, users), namesMoved(itemIds.list, items));
    const test = { ...randomPairs(before, 40, 9), ratings: normals(40, 3) };
    const plain = subjectOf(before, after, { retrained: again, forgotten: missingPairs(before, after), test });
    // An attacker that learns from embeddings reads them as they are stored.
    const quiet = audits.methods.filter(({ cost }) => cost !== "a training" && cost !== "a pool");
    for (const audit of quiet.filter((one) => unmetNeed(one, model) === undefined)) {
      // What is turned has the same scores and the same gradient norm; parameters are turned back before they are compared.
      const [wanted, found] = [
        turnedBack(await ask(audit, plain)),
        turnedBack(await ask(audit, { ...plain, original: moved })),
      ];
      // An audit without what it cannot do without finds nothing.
      const there = audit.make({}).missing?.(plain) === undefined && (audit !== alignedParameters || dots);
      expect(wanted.length > 1, audit.name).toBe(there);
      expectNear(found, wanted, 1e-8, { what: audit.name });
    }
  });

  test(`parameters are ${dots ? "" : "not "}compared`, async () => {
    const [before, after, again] = [named(await optimum(subject)), await forgetting(exact), await forgetting(retrain)];
    const found = await ask(alignedParameters, subjectOf(before, after, { retrained: again }));
    if (!dots) expect([found, before.trained.factors]).toEqual([null, undefined]);
    else if (subject.unique) expect(found?.relative).toBeLessThan(1e-6);
    else expect(found?.relative).toBeGreaterThan(0);
    const toOriginal = await ask(alignedParameters, subjectOf(before, after));
    if (dots) expect(toOriginal?.relative).toBeGreaterThan(1e-4);
    else expect(toOriginal).toBeNull();
  });

  test("stationarity is that of the certificate, before and after", async () => {
    const model = await optimum(subject);
    const [after, again] = [await forgetting(exact), await forgetting(retrain)];
    const found = await ask(stationarity, subjectOf(named(model), after, { retrained: again }));
    const { objective: retain, tolerance } = smoothOf(after.trained);
    const at = async ({ trained }: { trained: TrainedModel }) =>
      (await certifySmooth({ objective: retain, params: smoothOf(trained).params, tolerance }, run)).gradientNorm;
    expect(found.gradientNormBefore).toBe(await at({ trained: model }));
    expect(found.gradientNormBefore).toBeGreaterThan(1e-3);
    expect(found.gradientNormAfter).toBe(smoothOf(after.trained).gradientNorm);
    expect(found.gradientNormRetrained).toBe(await at(again));
    expect(found.certificate).toMatchObject({ converged: true, gradientNorm: found.gradientNormAfter });
  });
});

test.each(["mf, table L2", "mf, squared"])(
  "of %s stored without some users and items, rows are found by their names",
  async (name) => {
    const subject = subjectNamed(name);
    const model = await optimum(subject);
    const { objective: whole, params } = smoothOf(model);
    const gone = rowsWhere(model.interactions, ([user, item]) => user === 1 || item === 2);
    const full = named(model);
    const part = compacted(named(modelAt(model, params, whole.without(gone))));
    const sizes = ({ trained: { interactions } }: AuditedModel) => [interactions.userCount, interactions.itemCount];
    expect(sizes(part)[0]).toBeLessThan(sizes(full)[0]);
    expect(sizes(part)[1]).toBeLessThan(sizes(full)[1]);
    for (const [before, after] of [
      [full, part],
      [part, full],
    ]) {
      // The rows that both have are the same.
      const found = await ask(alignedParameters, subjectOf(before, after));
      expect(found?.relative).toBeLessThan(1e-12);
    }
    const { gradientNormBefore, gradientNormAfter } = await ask(stationarity, subjectOf(full, part));
    const wanted = norm(gradientOf(smoothOf(part.trained).objective, paramsOf(part)));
    expectNear([gradientNormAfter ?? Number.NaN], [wanted]);
    expect(gradientNormBefore).toBe(gradientNormAfter);
    expect(gradientNormAfter).toBeGreaterThan(1e-3);
  },
);

test("the gradient before is of who is left, and forgetting's has the L2 of who goes as well", async () => {
  const model = await optimum(subjectNamed("mf, squared"));
  const { objective: whole, params } = smoothOf(model);
  const gone = rowsWhere(model.interactions, ([user]) => user === 1);
  const forgotten = await forgetBy(exact, model, gone);
  const slope = gradientOf(whole.without(gone), params);
  const left = slope.slice();
  for (const tensor of whole.tensors.filter(({ rowsOf }) => rowsOf === "user"))
    left.fill(0, rowAt(tensor, 1), rowAt(tensor, 1) + tensor.width);
  expect(norm(slope) - norm(left)).toBeGreaterThan(1e-3);
  expectNear([forgotten.gradientNormBefore ?? Number.NaN], [norm(slope)]);
  const part = compacted(named(forgotten.model));
  const found = await ask(stationarity, subjectOf(named(model), part));
  expectNear([found.gradientNormBefore ?? Number.NaN], [norm(left)]);
  expect(JSON.stringify(stationarity.make({}).parts?.(found))).toContain("before, of ids that are left");
});

test("a model in shards is judged by its scores; where there is no objective there are no norms", async () => {
  const data = { interactions: objective.interactions, keys: original.trained.keys };
  const trainer = sharded(alsNewton(smoothOf(original.trained).objective.settings), usualSharding);
  const before = named(await trainer.train(data, 1, run));
  const [after, again] = [
    named((await forgetBy(exact, before.trained, rows)).model),
    named((await forgetBy(retrain, before.trained, rows)).model),
  ];
  const subject = subjectOf(before, after, { retrained: again, forgotten: missingPairs(before, after) });
  const { certificate, ...norms } = await ask(stationarity, subject);
  expect(norms).toEqual({ gradientNormBefore: null, gradientNormAfter: null, gradientNormRetrained: null });
  expect(certificate).toMatchObject({ kind: "by-construction", converged: true, gradientNorm: null });
  expect(await ask(alignedParameters, subject)).toBeNull();
  for (const on of Object.values(await ask(distance, subject))) {
    expect(on.left).toBeLessThan(1e-6);
    expect(on.unlearnedToOriginal.rms).toBeGreaterThan(1e-3);
  }
  expect((await ask(topItemsOverlap, subject)).withRetrained).toBe(1);
});

describe("distance", () => {
  test("from itself is zero", async () => {
    const finding = await ask(distance, subjectOf(original, original, { test: randomPairs(original, 50, 2) }));
    expect(Object.keys(finding)).toEqual(["random", "test"]);
    for (const { unlearnedToOriginal, left } of Object.values(finding)) {
      expect([unlearnedToOriginal.rms, unlearnedToOriginal.largest]).toEqual([0, 0]);
      expect(left).toBeUndefined();
    }
  });

  test("nothing done leaves all of it, exact forgetting nothing, an approximation something between", async () => {
    const forgotten = missingPairs(original, unlearned);
    expect(forgotten.users.length).toBe(rows.length);
    const left = async (model: AuditedModel) =>
      Object.values(await ask(distance, subjectOf(original, model, { retrained, forgotten }))).map((on) => on.left);
    expect(await left(untouched())).toEqual([1, 1]);
    for (const x of await left(unlearned)) expect(x).toBeLessThan(1e-6);
    for (const x of await left(halfDone)) {
      expect(x).toBeGreaterThan(0.01);
      expect(x).toBeLessThan(1);
    }
  });

  test("by hand on the forgotten pairs", async () => {
    const forgotten = missingPairs(original, unlearned);
    const found = (await ask(distance, subjectOf(original, halfDone, { retrained, forgotten }))).forgotten;
    const { users, items } = objective.interactions;
    const gaps = (a: AuditedModel, b: AuditedModel) =>
      Float64Array.from(rows, (row) => scoreOf(a, users[row], items[row]) - scoreOf(b, users[row], items[row]));
    const compare = (what: { pairs: number; rms: number; largest: number } | undefined, gap: Float64Array) => {
      expect(what?.pairs).toBe(rows.length);
      expectNear([what?.rms ?? Number.NaN], [norm(gap) / Math.sqrt(rows.length)]);
      expectNear([what?.largest ?? Number.NaN], [Math.max(...gap.map(Math.abs))]);
    };
    compare(found.unlearnedToOriginal, gaps(halfDone, original));
    compare(found.unlearnedToRetrained, gaps(halfDone, retrained));
    compare(found.originalToRetrained, gaps(original, retrained));
  });

  test("what is left is a ratio of root mean squares, by hand", async () => {
    // Without factors, and with the same item biases, two models differ by what the users' biases do.
    const withBiases = (...biases: readonly number[]) => {
      const { stride } = placesOf(objective.shape);
      const params = new Float64Array(objective.parameterCount);
      biases.forEach((bias, user) => {
        params[user * stride + 3] = bias;
      });
      return named(modelFrom(trainedAt(objective, params)));
    };
    const forgotten = { users: ["u0", "u1"], items: ["i4", "i9"], ratings: undefined };
    const on = async (...models: readonly [AuditedModel, AuditedModel, AuditedModel]) =>
      (await ask(distance, subjectOf(models[0], models[1], { retrained: models[2], forgotten }))).forgotten;
    const [before, after, truth] = [withBiases(6, 8), withBiases(0, 5), withBiases(0, 0)];
    const found = await on(before, after, truth);
    const of = (...gaps: readonly number[]) => Math.sqrt((gaps[0] ** 2 + gaps[1] ** 2) / 2);
    expectNear([found.unlearnedToOriginal.rms, found.unlearnedToOriginal.largest], [of(6, 3), 6]);
    expectNear([found.unlearnedToRetrained?.rms ?? 0, found.unlearnedToRetrained?.largest ?? 0], [of(0, 5), 5]);
    expectNear([found.originalToRetrained?.rms ?? 0, found.originalToRetrained?.largest ?? 0], [of(6, 8), 8]);
    // √(25/2) of √(100/2): half of the way is left, though 5 of 8 is the largest, and 5 of 14 the mean.
    expectNear([found.left ?? 0], [0.5]);
    // A step past the truth, or away from it, leaves more than there was.
    expectNear([(await on(withBiases(3, 0), withBiases(0, 9), truth)).left ?? 0], [3]);
    expect((await on(truth, after, truth)).left).toBe(0);
  });

  test("takes as many pairs as it is told, drawn by the seed that it is told", async () => {
    const subject = subjectOf(original, halfDone);
    const of = async (settings: GivenSettings) => (await ask(distance, subject, settings)).random.unlearnedToOriginal;
    expect((await of({})).pairs).toBe(10_000);
    expect((await of({ pairs: 50 })).pairs).toBe(50);
    expect(await of({ pairs: 50, seed: 1 })).toEqual(await of({ pairs: 50 }));
    expect(await of({ pairs: 50, seed: 2 })).not.toEqual(await of({ pairs: 50 }));
    for (const settings of [{ pairs: 0 }, { seed: -1 }, { pears: 3 }] as GivenSettings[])
      expect(() => distance.make(settings)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("without a retrained model nothing is compared with it; without pairs a kind is absent", async () => {
    const finding = await ask(distance, subjectOf(original, halfDone));
    expect(Object.keys(finding)).toEqual(["random"]);
    expect(Object.keys(finding.random)).toEqual(["unlearnedToOriginal"]);
  });
});

describe("aligned parameters", () => {
  const at = (params: Float64Array) => named(modelFrom(trainedAt(objective, params)));
  const finding = async (...subject: Parameters<typeof subjectOf>) =>
    (await ask(alignedParameters, subjectOf(...subject))) ?? expect.fail("no finding for factorizations");
  const compare = (a: Float64Array, b: Float64Array) => finding(at(b), at(a));
  const factorsOf = (params: Float64Array) =>
    params.filter((_, k) => k % placesOf(objective.shape).stride < 3 && k < 200);

  test("of a rotated or reflected copy do not differ", async () => {
    for (let seed = 1; seed < 6; seed++) {
      const params = anyParams(objective, seed);
      const { relative, largest } = await compare(rotated(objective.shape, params, randomRotation(3, seed)), params);
      expect(relative).toBeLessThan(1e-12);
      expect(largest).toBeLessThan(1e-12);
    }
  });

  test("differ by what the best rotation leaves: ‖A‖² + ‖B‖² − 2·(sum of singular values of BᵀA)", async () => {
    for (const [a, b] of [
      [anyParams(objective, 1), anyParams(objective, 2)],
      [anyParams(objective, 3), anyParams(objective, 3).map((x) => 2 * x)],
      [anyParams(objective, 5), anyParams(objective, 5).map((x, k) => (k % 4 === 1 ? 0 : x))],
      [anyParams(objective, 6).map((x, k) => (k % 4 > 0 ? 0 : x)), anyParams(objective, 6)],
      [
        anyParams(objective, 7).map((x, k) => (k % 4 > 1 ? 0 : x)),
        anyParams(objective, 8).map((x, k) => (k % 4 < 1 ? 0 : x)),
      ],
    ]) {
      const [x, y] = [factorsOf(a), factorsOf(b)];
      const cross = new Float64Array(9);
      for (let r = 0; r < 50; r++)
        for (let f = 0; f < 3; f++) for (let g = 0; g < 3; g++) cross[f * 3 + g] += y[r * 3 + f] * x[r * 3 + g];
      const gram = Float64Array.from({ length: 9 }, (_, k) =>
        [0, 1, 2].reduce((sum, f) => sum + cross[f * 3 + Math.floor(k / 3)] * cross[f * 3 + (k % 3)], 0),
      );
      const nuclear = symmetricEigen(gram, 3).values.reduce((sum, v) => sum + Math.sqrt(Math.max(0, v)), 0);
      const wanted = Math.sqrt(norm(x) ** 2 + norm(y) ** 2 - 2 * nuclear) / norm(x);
      const { relative } = await compare(a, b);
      expectNear([relative], [wanted], 1e-6);
    }
  });

  test("of exact forgetting are those of the retrained model; with a column that died out as well", async () => {
    const found = await finding(original, unlearned, { retrained });
    expect(found.comparedWith).toBe("retrained");
    expect(found.relative).toBeLessThan(1e-6);
    const almost = anyParams(objective, 4).map((x, k) => (k % 4 === 2 ? 1e-9 * x : x));
    const { relative } = await compare(rotated(objective.shape, almost, randomRotation(3, 2)), almost);
    expect(relative).toBeLessThan(1e-6);
  });

  test("are compared on the names that both have, and not at all with another number of factors", async () => {
    const params = anyParams(objective, 2);
    const a = at(params);
    const rename = (model: AuditedModel): AuditedModel => ({
      ...model,
      dataset: {
        ...model.dataset,
        userIds: { ...model.dataset.userIds, find: (id) => (id === "u3" ? undefined : model.dataset.userIds.find(id)) },
      },
    });
    paramsOf(a).set([9, 9, 9], 3 * placesOf(objective.shape).stride);
    const apart = at(anyParams(objective, 2));
    expect((await finding(rename(apart), a)).relative).toBeLessThan(1e-12);
    expect((await finding(apart, a)).relative).toBeGreaterThan(0.1);
    const other = objectiveOn(tastes(), { factors: 2 });
    const fewer = named(modelFrom(trainedAt(other, anyParams(other))));
    expect((await finding(fewer, a)).relative).toBeNaN();
  });
});

describe("top items", () => {
  test("agree with themselves", async () => {
    const found = await ask(topItemsOverlap, subjectOf(unlearned, unlearned, { retrained }));
    expect(found).toEqual({ k: 10, users: 30, withOriginal: 1, withRetrained: 1 });
  });

  test("are of so many users as is told, and so long", async () => {
    const subject = subjectOf(unlearned, halfDone);
    for (const [users, counted] of [
      [30, 30],
      [15, 15],
      [10, 10],
      [7, 6],
    ])
      expect(await ask(topItemsOverlap, subject, { users, k: 3 })).toMatchObject({ k: 3, users: counted });
    expect(() => topItemsOverlap.make({ k: 0 })).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("by hand, items that were rated left out", async () => {
    const found = await ask(topItemsOverlap, subjectOf(original, halfDone));
    const list = ({ trained }: AuditedModel, user: number) => {
      const { interactions } = trained;
      const rated = new Set(triplesOf(interactions).flatMap(([u, i]) => (u === user ? [i] : [])));
      return topItems(itemScoresOf(trained, user), 10, rated);
    };
    let sum = 0;
    for (let user = 0; user < 30; user++) sum += overlap(list(halfDone, user), list(original, user));
    expectNear([found.withOriginal], [sum / 30]);
    expect(found.withOriginal).toBeLessThan(1);
    expect(found.withRetrained).toBeUndefined();
  });
});

describe("stationarity", () => {
  test("recomputes the gradient on what remains, before and after", async () => {
    const found = await ask(stationarity, subjectOf(original, unlearned, { retrained }));
    const retain = objective.without(rows);
    expect(found.gradientNormBefore).toBe(norm(evaluate(retain, paramsOf(original)).gradient));
    expect(found.gradientNormAfter).toBe(norm(evaluate(retain, paramsOf(unlearned)).gradient));
    expect(found.gradientNormRetrained).toBe(norm(evaluate(retain, paramsOf(retrained)).gradient));
    expect(found.gradientNormBefore).toBeGreaterThan(0.1);
    expect(found.gradientNormAfter).toBeLessThanOrEqual(1e-8);
    const at = { objective: retainedBy(original), params: paramsOf(unlearned), tolerance: 1e-8 };
    expect(found.certificate).toEqual(await certifySmooth(at, run));
  });

  test("sees that nothing was done", async () => {
    const found = await ask(stationarity, subjectOf(original, untouched()));
    expect(found.gradientNormAfter).toBe(found.gradientNormBefore);
    expect(found.certificate.converged).toBe(false);
    expect(found.gradientNormRetrained).toBeUndefined();
  });
});

describe("accuracy", () => {
  test("by hand", async () => {
    const test = { users: ["u1", "u2", "u2"], items: ["i3", "i0", "i9"], ratings: Float64Array.of(5, 1, 3) };
    const found = await ask(accuracy, subjectOf(original, unlearned, { retrained, test }));
    const errors = (model: AuditedModel) => [
      scoreOf(model, 1, 3) - 5,
      scoreOf(model, 2, 0) - 1,
      scoreOf(model, 2, 9) - 3,
    ];
    expect(found?.ratings).toBe(3);
    for (const [which, model] of [
      [found?.original, original],
      [found?.unlearned, unlearned],
      [found?.retrained, retrained],
    ] as const) {
      const gaps = errors(model);
      expectNear([which?.rmse ?? Number.NaN], [Math.sqrt(gaps.reduce((sum, e) => sum + e * e, 0) / 3)]);
      expectNear([which?.mae ?? Number.NaN], [gaps.reduce((sum, e) => sum + Math.abs(e), 0) / 3]);
    }
  });

  test("without held-out ratings there is none", async () => {
    expect(await ask(accuracy, subjectOf(original, unlearned))).toBeNull();
    const test = randomPairs(original, 5, 1);
    expect(await ask(accuracy, subjectOf(original, unlearned, { test }))).toBeNull();
  });
});

describe("names", () => {
  test("a score by names is the score; who has no name has an empty row", () => {
    const params = paramsOf(original);
    const { stride, itemsAt } = placesOf(objective.shape);
    expect(scoreByIds(original, "u4", "i7")).toBe(scoreOf(original, 4, 7));
    const mean = params[params.length - 1];
    expectNear([scoreByIds(original, "nobody", "i7")], [mean + params[itemsAt + 7 * stride + 3]]);
    expectNear([scoreByIds(original, "u4", "nothing")], [mean + params[4 * stride + 3]]);
    expect(scoreByIds(original, "nobody", "nothing")).toBe(mean);
    const plain = objectiveOn(tastes(), { biases: false, mean: { kind: "fixed", value: 2.5 } });
    expect(scoreByIds(named(modelFrom(trainedAt(plain, anyParams(plain)))), "nobody", "i3")).toBe(2.5);
  });

  test("an empty row scores as a row of zeros would", () => {
    const params = paramsOf(original).slice();
    params.fill(0, 0, placesOf(objective.shape).stride);
    const emptied = named(modelAt(original.trained, params));
    for (const item of ["i0", "i12"])
      expectNear([scoreByIds(emptied, "u0", item)], [scoreByIds(original, "nobody", item)]);
  });

  test("random pairs are of the model, and the same for the same seed", () => {
    const pairs = randomPairs(original, 500, 3);
    expect(randomPairs(original, 500, 3)).toEqual(pairs);
    expect(randomPairs(original, 500, 4)).not.toEqual(pairs);
    expect([pairs.users.length, pairs.items.length, pairs.ratings]).toEqual([500, 500, undefined]);
    expect(pairs.users.every((id) => original.dataset.userIds.find(id) !== undefined)).toBe(true);
    expect(pairs.items.every((id) => original.dataset.itemIds.find(id) !== undefined)).toBe(true);
    expect(new Set(pairs.users).size).toBe(30);
    expect(new Set(pairs.items).size).toBe(20);
    expect(scoresByIds(original, pairs).length).toBe(500);
  });

  test("missing pairs are counted: rated twice and kept once is missing once; another rating is another pair", () => {
    const set = (triples: [number, number, number][]) => {
      const of = factorization(settingsOf(), interactionsFrom(triples, 3, 3));
      return named(modelFrom(trainedAt(of, new Float64Array(of.parameterCount))));
    };
    const before = set([
      [0, 0, 5],
      [0, 0, 5],
      [0, 0, 4],
      [1, 2, 3],
      [2, 1, 1],
      [0, 0, 5],
    ]);
    const after = set([
      [2, 1, 1],
      [0, 0, 5],
      [1, 2, 4],
    ]);
    const found = missingPairs(before, after);
    const listed = found.users.map((user, k) => `${user} ${found.items[k]} ${found.ratings?.[k]}`).sort();
    expect(listed).toEqual(["u0 i0 4", "u0 i0 5", "u0 i0 5", "u1 i2 3"]);
    expect(missingPairs(before, before).users).toEqual([]);
    expect(missingPairs(after, before).users).toEqual(["u1"]);
    expect(missingPairs(before, set([])).users.length).toBe(6);
  });
});
