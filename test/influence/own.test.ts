/** Laws of deletion with the items held fixed, and of memorization: what rows contributed to their own fit. */

import { describe, expect, test } from "vitest";
import { fastInfluence, influenceFunction, leaveOneOutFixedItems } from "../../src/influence/index.ts";
import type { Estimate } from "../../src/method/estimator.ts";
import {
  fitOf,
  groupPlayers,
  interactionPlayers,
  measureOf,
  ownOf,
  ownOneByOne,
  userPlayers,
} from "../../src/method/index.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { train } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, forms, kernels, scraps, settingsOf, tastes } from "../support/small.ts";
import { modelFrom, smoothOf } from "../support/trained.ts";

const confidence = { base: 0, alpha: 3 };
const implicit = (["table", "interaction"] as const).map(
  (regularizer) =>
    [
      `implicit, ${regularizer} L2`,
      factorization(
        settingsOf({ biases: false, mean: { kind: "fixed", value: 0 }, regularizer, l2: 0.4, confidence }),
        tastes(),
      ),
    ] as const,
);
const objectives = [
  ...forms.flatMap(([title, settings]) => [
    [title, factorization(settings, tastes())] as const,
    [`${title}, pairs rated twice`, factorization(settings, scraps())] as const,
  ]),
  ...implicit,
];

async function optimumOf(objective: Factorization) {
  return modelFrom(await train(objective, { kernels, tolerance: 1e-11 }));
}

/** A user's row from the normal equations of some rows, summed by hand; items and mean held. Zero where no term holds it. */
function solvedAgain(
  { interactions, settings, shape }: Factorization,
  params: Float64Array,
  user: number,
  gone: ReadonlySet<number>,
): number[] {
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const { users, items, ratings, itemCount } = interactions;
  const mean = settings.mean.kind === "fixed" ? settings.mean.value : params[meanAt];
  const matrix = Array.from({ length: stride }, () => new Array<number>(stride).fill(0));
  const right = new Array<number>(stride).fill(0);
  let shares = settings.regularizer === "table" ? 1 : 0;
  const add = (item: number, weight: number, pull: number) => {
    const at = itemsAt + item * stride;
    const x = Array.from({ length: stride }, (_, f) => (f < shape.factors ? params[at + f] : 1));
    x.forEach((a, f) => {
      right[f] += (pull - weight * (mean + (shape.biases ? params[at + shape.factors] : 0))) * a;
      x.forEach((b, g) => {
        matrix[f][g] += weight * a * b;
      });
    });
  };
  const { confidence: given } = settings;
  if (given) for (let item = 0; item < itemCount; item++) add(item, 1, 0);
  for (let row = 0; row < users.length; row++) {
    if (users[row] !== user || gone.has(row)) continue;
    if (settings.regularizer === "interaction") shares++;
    if (given) add(items[row], given.base + given.alpha * ratings[row] - 1, given.base + given.alpha * ratings[row]);
    else add(items[row], 1, ratings[row]);
  }
  if (shares === 0 && given === undefined) return new Array<number>(stride).fill(0);
  matrix.forEach((line, f) => {
    line[f] += shares * (f < shape.factors ? settings.l2 : settings.l2Bias);
  });
  return eliminate(matrix, right);
}

describe.each(objectives)("items held fixed: %s", (_, objective) => {
  test("a row's influence is that of solving its user's normal equations again, to rounding", async () => {
    const model = await optimumOf(objective);
    const { params } = smoothOf(model);
    const { stride, itemsAt, meanAt } = placesOf(objective.shape);
    const { users } = objective.interactions;
    const user = 3;
    const own = allRows(objective.interactions).filter((row) => users[row] === user);
    const sets = [...Array.from(own, (row) => [row]), [...own.subarray(0, 2)], [...own]];
    const prepared = await leaveOneOutFixedItems.make({}).prepare(model, run);
    for (const item of [0, 2, 4]) {
      const found = await prepared.estimate(
        [measureOf(scoreTarget(user, item), "")],
        groupPlayers(sets.map((rows) => Uint32Array.from(rows))),
      );
      const wanted = sets.map((rows) => {
        const row = solvedAgain(objective, params, user, new Set(rows));
        const at = itemsAt + item * stride;
        let score = objective.settings.mean.kind === "fixed" ? objective.settings.mean.value : params[meanAt];
        for (let f = 0; f < objective.shape.factors; f++) score += row[f] * params[at + f];
        if (objective.shape.biases) score += row[stride - 1] + params[at + stride - 1];
        return model.scores(scoreTarget(user, item).pairs)[0] - score;
      });
      expectNear(found.values, wanted, 1e-9);
      expect(found.statuses.every((status) => status === "converged")).toBe(true);
      const others = allRows(objective.interactions).filter((row) => users[row] !== user);
      const far = await prepared.estimate([measureOf(scoreTarget(user, item), "")], interactionPlayers(others));
      expect(far.values.every((x) => x === 0)).toBe(true);
    }
  });

  test("memorization by leverage is that of each row with a measure of its own", async () => {
    const model = await optimumOf(objective);
    const rows = allRows(objective.interactions);
    for (const method of [leaveOneOutFixedItems, fastInfluence]) {
      const prepared = await method.make({}).prepare(model, run);
      const together = await ownOf(prepared, model, interactionPlayers(rows));
      const alone = await ownOneByOne(prepared, model, interactionPlayers(rows));
      expectNear(together.values, alone.values, 1e-10, { what: method.name, floor: 1e-3 });
      expect(together.statuses).toEqual(alone.statuses);
      prepared.close();
    }
  });
});

test("first order over exact is 1 − h with the items held fixed", async () => {
  const objective = factorization(settingsOf(), tastes());
  const model = await optimumOf(objective);
  const { params } = smoothOf(model);
  const { stride, itemsAt } = placesOf(objective.shape);
  const { users, items, ratings } = objective.interactions;
  const exact = await leaveOneOutFixedItems.make({}).prepare(model, run);
  const own = allRows(objective.interactions).filter((row) => users[row] === 5);
  const regressor = (row: number) =>
    Array.from({ length: stride }, (_, f) => (f < stride - 1 ? params[itemsAt + items[row] * stride + f] : 1));
  const block = Array.from({ length: stride }, (_, f) =>
    Array.from({ length: stride }, (__, g) => {
      const sum = own.reduce((total, row) => total + regressor(row)[f] * regressor(row)[g], 0);
      return f === g ? sum + (f < stride - 1 ? 3.6 : 1) : sum;
    }),
  );
  for (const row of own) {
    const solved = eliminate(
      block.map((line) => line.slice()),
      regressor(row),
    );
    const h = solved.reduce((sum, x, f) => sum + x * regressor(row)[f], 0);
    const target = scoreTarget(5, items[row]);
    const first = h * (ratings[row] - model.scores(target.pairs)[0]);
    const found = await exact.estimate([measureOf(target, "rating")], interactionPlayers(Uint32Array.of(row)));
    expect(first / found.values[0]).toBeCloseTo(1 - h, 9);
  }
});

test("any estimator answers for own fits, players of many rows and of none too", async () => {
  const model = await optimumOf(factorization(settingsOf(), tastes()));
  const players = groupPlayers([Uint32Array.of(4), Uint32Array.of(1, 2, 3), new Uint32Array(0)]);
  const prepared = await influenceFunction.make({}).prepare(model, run);
  const found: Estimate = await ownOf(prepared, model, players);
  expect(found.values[0]).toBeGreaterThan(0);
  expect(found.values[2]).toBe(0);
  const { values } = await prepared.estimate([fitOf(model, Uint32Array.of(1, 2, 3))], players);
  expect(found.values[1]).toBe(values[1]);
  prepared.close();
  const fixed = await leaveOneOutFixedItems.make({}).prepare(model, run);
  const byUsers = await ownOf(fixed, model, userPlayers(model.interactions, [0, 1]));
  expect(byUsers.values.every((x) => x > 0)).toBe(true);
});
