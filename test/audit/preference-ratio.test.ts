/** Laws of the preference ratio: brute force, no preference where embeddings do not tell, and negatives of their own positive. */

import { beforeAll, describe, expect, test } from "vitest";
import { type AuditedModel, missingPairs, type PreferenceFinding, preferenceRatio } from "../../src/audit/index.ts";
import { choosersOf, rowsOfPairs } from "../../src/audit/preferences.ts";
import { sigmoid } from "../../src/numeric/logistic.ts";
import { noItem } from "../../src/objective/negatives.ts";
import { compacted } from "../../src/study/store/compaction.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear, normals, rowsWhere } from "../support/small.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { modelAt, optimum, subjectNamed } from "../unlearning/subjects.ts";
import { named, subjectOf } from "./subjects.ts";

let original: AuditedModel;
let unlearned: AuditedModel;
let retrained: AuditedModel;
let rows: Uint32Array;
const subject = () => subjectOf(original, unlearned, { retrained, forgotten: missingPairs(original, unlearned) });
beforeAll(async () => {
  const model = await optimum(subjectNamed("mf, bpr"));
  rows = rowsWhere(model.interactions, ([user], row) => user === 3 || user === 7 || row === 0);
  original = named(model);
  unlearned = named((await forgetBy(exact, model, rows)).model);
  retrained = named((await forgetBy(retrain, model, rows)).model);
});

const found = async (settings = {}, on = subject()): Promise<PreferenceFinding> =>
  (await preferenceRatio.make(settings).run(on, run)) ?? expect.fail("no finding");

/** Eq. 16 by loops over rows, the values of every negative by `value`; `shift` gives a positive the negatives of a row further on. */
function brute(of: readonly number[], value: (user: number, positive: number, negative: number) => number, shift = 0) {
  const { interactions, negatives, settings } = smoothOf(original.trained).objective;
  const perRow = settings.sampling?.perRow ?? 0;
  const byUser = new Map<number, number[]>();
  of.forEach((row, k) => {
    const drawnFor = of[(k + shift) % of.length];
    const [user, positive] = [interactions.users[row], interactions.items[row]];
    const own = Array.from(negatives.subarray(drawnFor * perRow, (drawnFor + 1) * perRow)).filter((j) => j !== noItem);
    if (own.length === 0) return;
    const mean = own.reduce((sum, negative) => sum + value(user, positive, negative), 0) / own.length;
    byUser.set(user, [...(byUser.get(user) ?? []), mean]);
  });
  const means = Array.from(byUser.values(), (list) => list.reduce((sum, x) => sum + x, 0) / list.length);
  return means.reduce((sum, x) => sum + x, 0) / means.length;
}

const byScore = ({ trained }: AuditedModel) => {
  const score = (user: number, item: number) =>
    trained.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) })[0];
  return (user: number, positive: number, negative: number) => sigmoid(score(user, positive) - score(user, negative));
};

const byDistance = ({ trained }: AuditedModel) => {
  const { factors: width = 0, userFactors = [], itemFactors = [] } = trained.factors ?? {};
  const d = (user: number, item: number) => {
    let squares = 0;
    for (let f = 0; f < width; f++) squares += (userFactors[user * width + f] - itemFactors[item * width + f]) ** 2;
    return Math.sqrt(squares);
  };
  return (user: number, positive: number, negative: number) => d(user, negative) / d(user, positive);
};

describe.each([
  ["corrected", byScore],
  ["printed", byDistance],
] as const)("%s", (form, value) => {
  test("by brute force over the negatives that the objective keeps, positive by positive", async () => {
    const { forgotten, others } = await found({ form });
    const gone = Array.from(rows);
    const forgetful = new Set(gone.map((row) => original.trained.interactions.users[row]));
    const rest = Array.from(original.trained.interactions.users.keys()).filter(
      (row) => !forgetful.has(original.trained.interactions.users[row]),
    );
    for (const [part, of] of [
      [forgotten, gone],
      [others, rest],
    ] as const) {
      const means = [part.before, part.after, part.retrained].map((series) => series?.mean ?? Number.NaN);
      expectNear(
        means,
        [original, unlearned, retrained].map((model) => brute(of, value(model))),
        1e-10,
      );
      // The negatives of another positive give another number.
      expect(Math.abs(means[0] - brute(of, value(original), 1))).toBeGreaterThan(1e-3);
    }
    expect([forgotten.users, others.users, forgotten.gone]).toEqual([3, 7, 0]);
  });

  test("is no preference where embeddings do not tell items apart", async () => {
    const { objective, params } = smoothOf(original.trained);
    const alike = params.map((x, k) => (k < 3 * 12 ? x : k % 3));
    const same = named(modelAt(original.trained, alike, objective));
    const { forgotten, others, none } = await found({ form }, { ...subject(), original: same });
    expect(none).toBe(form === "printed" ? 1 : 0.5);
    expectNear([forgotten.before.mean ?? 0, others.before.mean ?? 0], [none, none]);
  });
});

test("of what was learned is above none, and of what was forgotten is what a retrained model has", async () => {
  const { forgotten, others, none } = await found();
  expect(forgotten.before.mean).toBeGreaterThan(none + 0.05);
  expect(others.before.mean).toBeGreaterThan(none + 0.05);
  expectNear([forgotten.after.mean ?? 0], [forgotten.retrained?.mean ?? 1], 1e-5);
  expect(forgotten.after.mean).toBeLessThan(forgotten.before.mean ?? 0);
  const [low, high] = others.before.interval ?? [1, 0];
  expect(low).toBeLessThan(others.before.mean ?? 0);
  expect(high).toBeGreaterThan(others.before.mean ?? 0);
});

test("users without a row have an empty one: the same before and after a model is stored", async () => {
  const stored = { ...subject(), unlearned: compacted(unlearned), retrained: compacted(retrained) };
  for (const form of ["corrected", "printed"]) {
    const [here, there] = [await found({ form }), await found({ form }, stored)];
    expect(there.forgotten.gone).toBe(2);
    expectNear([there.forgotten.after.mean ?? 0], [here.forgotten.after.mean ?? 1]);
    expectNear([there.forgotten.retrained?.mean ?? 0], [here.forgotten.retrained?.mean ?? 1], 1e-9);
  }
});

test("draws negatives that the user has not chosen where the objective has none, and users where there are many", async () => {
  const model = named(await optimum(subjectNamed("mf, table L2")));
  const pairs = { users: ["u6", "u6"], items: ["i3", "i4"], ratings: undefined };
  const on = subjectOf(model, model, { forgotten: pairs });
  const { forgotten, others } = choosersOf(on, { users: 5, negatives: 4, seed: 1 });
  expect(forgotten.map(({ user }) => user)).toEqual(["u6"]);
  expect(forgotten[0].choices.length).toBe(rowsOfPairs(model, pairs).length);
  expect(others.length).toBe(5);
  const { users, items } = model.trained.interactions;
  for (const { user, choices } of others) {
    const own = new Set(Array.from(items).flatMap((item, row) => (`u${users[row]}` === user ? [`i${item}`] : [])));
    expect(choices.map(({ positive }) => positive).sort()).toEqual([...own].sort());
    for (const { negatives } of choices) {
      expect(negatives.length).toBe(4);
      expect(negatives.some((item) => own.has(item))).toBe(false);
    }
  }
  const again = choosersOf(on, { users: 5, negatives: 4, seed: 2 });
  expect(again.others.map(({ user }) => user)).not.toEqual(others.map(({ user }) => user));
});

test("rows of pairs: a pair named twice has two rows, one of another rating none", () => {
  const { users, items, size } = original.trained.interactions;
  const last = size - 1;
  const twice = { users: [`u${users[last]}`, `u${users[last]}`], items: [`i${items[last]}`, `i${items[last]}`] };
  expect(rowsOfPairs(original, { ...twice, ratings: undefined }).length).toBe(2);
  expect(rowsOfPairs(original, { ...twice, ratings: Float64Array.of(1, 1) }).length).toBe(2);
  expect(rowsOfPairs(original, { ...twice, ratings: Float64Array.of(1, 2) }).length).toBe(1);
  expect(rowsOfPairs(original, { users: ["u0", "x"], items: ["x", "i0"], ratings: normals(2, 1) }).length).toBe(0);
});

test("nothing forgotten is said, and so are scores that are no dot products", async () => {
  const audit = preferenceRatio.make({});
  const nothing = subjectOf(original, original);
  expect(audit.missing?.(nothing)).toMatch(/^needs forgotten interactions/);
  expect(await audit.run(nothing, run)).toBeNull();
  const gmf = named(await optimum(subjectNamed("gmf, logistic")));
  const on = subjectOf(gmf, gmf, { forgotten: { users: ["u3"], items: ["i1"], ratings: undefined } });
  expect(preferenceRatio.make({ form: "printed" }).missing?.(on)).toMatch(/dot products/);
  expect(audit.missing?.(on)).toBeUndefined();
});

test("shows bars of both kinds of users, with what they are called", async () => {
  const parts = preferenceRatio.make({}).parts?.(await found()) ?? [];
  expect(parts.map(({ kind }) => kind)).toEqual(["bars"]);
  expect(parts[0].kind === "bars" && parts[0].bars.length).toBe(6);
});
