/** Laws of audits: nothing differs from itself, nothing done leaves all, exact forgetting leaves nothing, and names rule. */

import { beforeAll, describe, expect, test } from "vitest";
import {
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
import { score, scoresOfUser } from "../../src/model/index.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { norm } from "../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../src/objective/factorization.ts";
import { certify, modelOf, train } from "../../src/training/index.ts";
import { exact, retrain, unlearners } from "../../src/unlearning/index.ts";
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
} from "../small.ts";
import { type AuditedFactors, named, shuffled, subjectOf } from "./subjects.ts";

const objective = objectiveOn(tastes());
const rows = rowsWhere(objective.interactions, ([user], row) => user === 6 || row % 17 === 0);
let original: AuditedFactors;
let unlearned: AuditedFactors;
let retrained: AuditedFactors;
let halfDone: AuditedFactors;
beforeAll(async () => {
  const trained = await train(objective, { kernels });
  original = named(trained);
  unlearned = named((await exact().forget(trained, rows, { kernels })).trained);
  retrained = named((await retrain().forget(trained, rows, { kernels })).trained);
  const oneStep = unlearners["influence-function"].factorization?.() ?? expect.fail("the catalogue has lost it");
  halfDone = named((await oneStep.forget(trained, rows, { kernels })).trained);
});

/** The original, carrying the retained data: nothing was done. */
const untouched = () => named({ ...original.trained, objective: objective.without(rows) });

test("the catalogue names every audit once, with its question", () => {
  const names = audits.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { question } of audits) expect(question).toMatch(/\?$/);
});

test("every audit finds the same whatever the indices, as long as the names are the same", async () => {
  const [users, items] = [shuffle(30, 3), shuffle(20, 4)];
  const forgotten = missingPairs(original, halfDone);
  const test = randomPairs(original, 40, 9);
  const ratings = normals(40, 3);
  const plain = subjectOf(original, halfDone, { retrained, forgotten, test: { ...test, ratings } });
  const turned = { ...plain, original: shuffled(original, users, items), retrained: shuffled(retrained, users, items) };
  for (const audit of audits) {
    const [wanted, found] = [await audit.run(plain, { kernels }), await audit.run(turned, { kernels })];
    const numbers = (finding: unknown): number[] =>
      typeof finding === "number"
        ? [finding]
        : finding !== null && typeof finding === "object"
          ? Object.values(finding).flatMap(numbers)
          : [];
    expect(numbers(wanted).length, audit.name).toBeGreaterThan(1);
    expectNear(numbers(found), numbers(wanted), 1e-9, { what: audit.name });
  }
});

test("no audit changes what it looks at", async () => {
  const models = [original, halfDone, retrained];
  const before = models.map(({ trained }) => trained.params.slice());
  const subject = subjectOf(original, halfDone, { retrained, forgotten: missingPairs(original, halfDone) });
  for (const audit of audits) await audit.run(subject, { kernels });
  expect(models.map(({ trained }) => trained.params)).toEqual(before);
});

describe("distance", () => {
  test("from itself is zero", async () => {
    const finding = await distance().run(subjectOf(original, original, { test: randomPairs(original, 50, 2) }));
    expect(Object.keys(finding)).toEqual(["random", "test"]);
    for (const { unlearnedToOriginal, left } of Object.values(finding)) {
      expect([unlearnedToOriginal.rms, unlearnedToOriginal.largest]).toEqual([0, 0]);
      expect(left).toBeUndefined();
    }
  });

  test("nothing done leaves all of it, exact forgetting nothing, an approximation something between", async () => {
    const forgotten = missingPairs(original, unlearned);
    expect(forgotten.users.length).toBe(rows.length);
    const left = async (model: AuditedFactors) =>
      Object.values(await distance().run(subjectOf(original, model, { retrained, forgotten }))).map((on) => on.left);
    expect(await left(untouched())).toEqual([1, 1]);
    for (const x of await left(unlearned)) expect(x).toBeLessThan(1e-6);
    for (const x of await left(halfDone)) {
      expect(x).toBeGreaterThan(0.01);
      expect(x).toBeLessThan(1);
    }
  });

  test("by hand on the forgotten pairs", async () => {
    const forgotten = missingPairs(original, unlearned);
    const found = (await distance().run(subjectOf(original, halfDone, { retrained, forgotten }))).forgotten;
    const { users, items } = objective.interactions;
    const gaps = (a: AuditedFactors, b: AuditedFactors) =>
      Float64Array.from(
        rows,
        (row) => score(modelOf(a.trained), users[row], items[row]) - score(modelOf(b.trained), users[row], items[row]),
      );
    const compare = (what: { pairs: number; rms: number; largest: number } | undefined, gap: Float64Array) => {
      expect(what?.pairs).toBe(rows.length);
      expectNear([what?.rms ?? Number.NaN], [norm(gap) / Math.sqrt(rows.length)]);
      expectNear([what?.largest ?? Number.NaN], [Math.max(...gap.map(Math.abs))]);
    };
    compare(found.unlearnedToOriginal, gaps(halfDone, original));
    compare(found.unlearnedToRetrained, gaps(halfDone, retrained));
    compare(found.originalToRetrained, gaps(original, retrained));
  });

  test("without a retrained model nothing is compared with it; without pairs a kind is absent", async () => {
    const finding = await distance().run(subjectOf(original, halfDone));
    expect(Object.keys(finding)).toEqual(["random"]);
    expect(Object.keys(finding.random)).toEqual(["unlearnedToOriginal"]);
  });
});

describe("aligned parameters", () => {
  const at = (params: Float64Array) => named(trainedAt(objective, params));
  const finding = async (...subject: Parameters<typeof subjectOf>) =>
    (await alignedParameters().run(subjectOf(...subject))) ?? expect.fail("no finding for factorizations");
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
    const [a, b] = [at(params), at(params)];
    const rename = (model: AuditedFactors): AuditedFactors => ({
      ...model,
      dataset: {
        ...model.dataset,
        userIds: { ...model.dataset.userIds, find: (id) => (id === "u3" ? undefined : model.dataset.userIds.find(id)) },
      },
    });
    a.trained.params.set([9, 9, 9], 3 * placesOf(objective.shape).stride);
    const apart = { ...b, trained: { ...b.trained, params: anyParams(objective, 2) } };
    expect((await finding(rename(apart), a)).relative).toBeLessThan(1e-12);
    expect((await finding(apart, a)).relative).toBeGreaterThan(0.1);
    const other = objectiveOn(tastes(), { factors: 2 });
    const fewer = named(trainedAt(other, anyParams(other)));
    expect((await finding(fewer, a)).relative).toBeNaN();
  });
});

describe("top items", () => {
  test("agree with themselves", async () => {
    const found = await topItemsOverlap().run(subjectOf(unlearned, unlearned, { retrained }));
    expect(found).toEqual({ k: 10, users: 30, withOriginal: 1, withRetrained: 1 });
  });

  test("by hand, items that were rated left out", async () => {
    const found = await topItemsOverlap().run(subjectOf(original, halfDone));
    const list = ({ trained }: AuditedFactors, user: number) => {
      const { interactions } = trained.objective;
      const rated = new Set(triplesOf(interactions).flatMap(([u, i]) => (u === user ? [i] : [])));
      return topItems(scoresOfUser(modelOf(trained), user), 10, rated);
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
    const found = await stationarity().run(subjectOf(original, unlearned, { retrained }), { kernels });
    const retain = objective.without(rows);
    expect(found.gradientNormBefore).toBe(norm(evaluate(retain, original.trained.params).gradient));
    expect(found.gradientNormAfter).toBe(norm(evaluate(retain, unlearned.trained.params).gradient));
    expect(found.gradientNormRetrained).toBe(norm(evaluate(retain, retrained.trained.params).gradient));
    expect(found.gradientNormBefore).toBeGreaterThan(0.1);
    expect(found.gradientNormAfter).toBeLessThanOrEqual(1e-8);
    expect(found.certificate).toEqual(certify(retain, unlearned.trained.params, 1e-8, kernels));
  });

  test("sees that nothing was done", async () => {
    const found = await stationarity().run(subjectOf(original, untouched()), { kernels });
    expect(found.gradientNormAfter).toBe(found.gradientNormBefore);
    expect(found.certificate.converged).toBe(false);
    expect(found.gradientNormRetrained).toBeUndefined();
  });
});

describe("accuracy", () => {
  test("by hand", async () => {
    const test = { users: ["u1", "u2", "u2"], items: ["i3", "i0", "i9"], ratings: Float64Array.of(5, 1, 3) };
    const found = await accuracy().run(subjectOf(original, unlearned, { retrained, test }));
    const errors = (model: AuditedFactors) => [
      score(modelOf(model.trained), 1, 3) - 5,
      score(modelOf(model.trained), 2, 0) - 1,
      score(modelOf(model.trained), 2, 9) - 3,
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
    expect(await accuracy().run(subjectOf(original, unlearned))).toBeNull();
    const test = randomPairs(original, 5, 1);
    expect(await accuracy().run(subjectOf(original, unlearned, { test }))).toBeNull();
  });
});

describe("names", () => {
  test("a score by names is the score; who has no name has an empty row", () => {
    const model = modelOf(original.trained);
    const { stride, itemsAt } = placesOf(objective.shape);
    expect(scoreByIds(original, "u4", "i7")).toBe(score(model, 4, 7));
    const mean = model.params[model.params.length - 1];
    expectNear([scoreByIds(original, "nobody", "i7")], [mean + model.params[itemsAt + 7 * stride + 3]]);
    expectNear([scoreByIds(original, "u4", "nothing")], [mean + model.params[4 * stride + 3]]);
    expect(scoreByIds(original, "nobody", "nothing")).toBe(mean);
    const plain = objectiveOn(tastes(), { biases: false, mean: { kind: "fixed", value: 2.5 } });
    expect(scoreByIds(named(trainedAt(plain, anyParams(plain))), "nobody", "i3")).toBe(2.5);
  });

  test("an empty row scores as a row of zeros would", () => {
    const params = original.trained.params.slice();
    params.fill(0, 0, placesOf(objective.shape).stride);
    const emptied = named({ ...original.trained, params });
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
      return named(trainedAt(of, new Float64Array(of.parameterCount)));
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
