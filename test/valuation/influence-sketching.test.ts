/** Laws of influence sketching: the regression with and without rows, by dense matrices; and the error of the subspace. */

import { describe, expect, test } from "vitest";
import { cholesky } from "../../src/linear/cholesky.ts";
import {
  groupPlayers,
  interactionPlayers,
  makeNamed,
  measureOf,
  type Players,
  userPlayers,
} from "../../src/method/index.ts";
import { pearson } from "../../src/numeric/statistics.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { valuers } from "../../src/valuation/index.ts";
import { expectStops, run } from "../support/run.ts";
import { allRows, expectNear, farthest, relabelled, reordered, shuffle } from "../support/small.ts";
import { movedRows, optimum, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

const l2 = 0.7;
const model = await optimum("mf");
const { users, items, ratings, size, userCount, itemCount } = model.interactions;
const p = userCount + itemCount;
const everything = allRows(model.interactions);
const mean = ratings.reduce((sum, x) => sum + x, 0) / size;

/** A = XᵀX + λI of some rows, dense. */
function hessian(rows: Iterable<number>): Float64Array {
  const out = new Float64Array(p * p);
  for (let c = 0; c < p; c++) out[c * p + c] = l2;
  for (const row of rows)
    for (const a of [users[row], userCount + items[row]])
      for (const b of [users[row], userCount + items[row]]) out[a * p + b]++;
  return out;
}

async function solve(matrix: Float64Array, rhs: Float64Array): Promise<Float64Array> {
  return (await cholesky().prepare({ order: p, values: matrix }).solve(rhs)).value;
}

/** θ of the regression on some rows; ratings are less the mean of all. */
function fitted(rows: readonly number[]): Promise<Float64Array> {
  const rhs = new Float64Array(p);
  for (const row of rows) for (const at of [users[row], userCount + items[row]]) rhs[at] += ratings[row] - mean;
  return solve(hessian(rows), rhs);
}

async function leverages(): Promise<Float64Array> {
  const matrix = hessian(everything);
  const out = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    const x = new Float64Array(p);
    x[users[row]] = 1;
    x[userCount + items[row]] = 1;
    const solved = await solve(matrix, x);
    out[row] = solved[users[row]] + solved[userCount + items[row]];
  }
  return out;
}

const exactLeverages = await leverages();
const all = await fitted([...everything]);
const freedom = exactLeverages.reduce((sum, h) => sum + h, 0);
const squares = everything.reduce(
  (sum, row) => sum + (ratings[row] - mean - all[users[row]] - all[userCount + items[row]]) ** 2,
  0,
);
const scale = (freedom * squares) / (size - freedom);

/** Cook's distance of rows that leave together: the regression is fitted again. */
async function distance(rows: Iterable<number>): Promise<number> {
  const gone = new Set(rows);
  const left = await fitted([...everything].filter((row) => !gone.has(row)));
  const move = all.map((x, c) => x - left[c]);
  const matrix = hessian(everything);
  let sum = 0;
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) sum += move[a] * matrix[a * p + b] * move[b];
  return sum / scale;
}

async function ask(
  settings = {},
  players: Players = interactionPlayers(everything),
  of: TrainedModel = model,
  context = run,
) {
  const prepared = await makeNamed(valuers, "influence-sketching", of, { l2, size: p, ...settings }).prepare(
    of,
    context,
  );
  return (await prepared.own?.(players)) ?? { values: new Float64Array(), statuses: [], notes: [] };
}

describe("with as many dimensions as users and items, at right angles", () => {
  test("leverages are those of the regression", async () => {
    expectNear((await ask({ value: "leverage" })).values, exactLeverages, 1e-9);
    expectNear((await ask({ value: "leverage", size: 1000 })).values, exactLeverages, 1e-9);
  });

  test("distances are those of fitting again without the row, and without several", async () => {
    const found = await ask();
    expect(found.statuses.every((status) => status === "converged")).toBe(true);
    const some = Uint32Array.of(0, 17, 100, 259);
    for (const row of some) expectNear([found.values[row]], [await distance([row])], 1e-9, { floor: 1e-3 });
    const groups = [some, new Uint32Array(), userPlayers(model.interactions, [4]).rows(0)];
    const together = await ask({}, groupPlayers(groups));
    const wanted: number[] = [];
    for (const rows of groups) wanted.push(await distance(rows));
    expectNear(together.values, wanted, 1e-9, { floor: 1e-3 });
    expect(wanted[0]).toBeGreaterThan(0.001);
  });
});

test.each(["orthogonal", "gaussian"])("the error of a %s subspace falls as it grows", async (projection) => {
  const exact = (await ask()).values;
  const sizes = projection === "orthogonal" ? [12, 30, 45] : [40, 160, 640];
  const errors: number[] = [];
  for (const many of sizes) {
    let sum = 0;
    for (let seed = 0; seed < 2; seed++)
      sum += farthest((await ask({ size: many, projection, seed, value: "leverage" })).values, exactLeverages) ** 2;
    errors.push(Math.sqrt(sum / 2));
  }
  expect(errors[1]).toBeLessThan(errors[0]);
  expect(errors[2]).toBeLessThan(0.7 * errors[1]);
  const { values } = await ask({ size: sizes[2], projection });
  expect(pearson(values, exact)).toBeGreaterThan(0.9);
});

test("every measure has the same values, which a note says; rows that say the same are alike", async () => {
  const prepared = await makeNamed(valuers, "influence-sketching", model, { size: 20 }).prepare(model, run);
  const measures = [measureOf(scoreTarget(0, 1), "rating"), measureOf(scoreTarget(3, 7), "rating")];
  const found = await prepared.estimate(measures, interactionPlayers(everything));
  const own = await prepared.own?.(interactionPlayers(everything));
  expect([...found.values]).toEqual([...(own?.values ?? []), ...(own?.values ?? [])]);
  expect(found.notes?.[0]).toContain("the same for every measure");
  expect(found.values[260]).toBe(found.values[4]);
  expect(found.values.every((x) => x >= 0)).toBe(true);
});

test("names and the order of rows do not matter, seeds do", async () => {
  const [toUsers, toItems, order] = [shuffle(userCount, 1), shuffle(itemCount, 2), shuffle(size, 3)];
  const { objective, params } = smoothOf(model);
  const keys = {
    users: model.keys.users.map((_, u) => model.keys.users[toUsers.indexOf(u)]),
    items: model.keys.items.map((_, i) => model.keys.items[toItems.indexOf(i)]),
  };
  const moved = differentiable(
    objective.settings,
    reordered(relabelled(model.interactions, toUsers, toItems), order),
    keys,
  );
  const named = trainedAt(moved, movedRows(objective, params, toUsers, toItems), model);
  const there = await ask({ size: 15 }, interactionPlayers(everything.map((row) => order.indexOf(row))), named);
  const here = await ask({ size: 15 });
  expectNear(there.values, here.values, 1e-9);
  expect((await ask({ size: 15, seed: 2 })).values).not.toEqual(here.values);
  expect((await ask({ size: 15 })).values).toEqual(here.values);
});

test("interactions that all say the same are refused; it can be stopped", async () => {
  const likes = await optimum("mf-bpr");
  expect(() => makeNamed(valuers, "influence-sketching", likes)).toThrow(
    expect.objectContaining({ code: "unsupported", message: expect.stringContaining("all interactions say the same") }),
  );
  await expectStops((context) => ask({ size: 4 }, interactionPlayers(Uint32Array.of(1, 2)), model, context));
});
