/** Whose first item one row of somebody else decides: against solving every item again without every row. */

import { describe, expect, test } from "vitest";
import { firstItemFlips } from "../../src/influence/first-item-flips.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { type Factorization, placesOf } from "../../src/objective/factorization.ts";
import { train } from "../../src/training/index.ts";
import { itemScoresOf, type TrainedModel } from "../../src/training/trained-model.ts";
import { run } from "../support/run.ts";
import { kernels, objectiveOn, tastes } from "../support/small.ts";
import { modelFrom, smoothOf } from "../support/trained.ts";

/** The item's row solved by itself on the rows that are given: A q = Σ x(r − m − b). */
function solvedAgain(closed: Factorization, params: Float64Array, item: number, without: number): Float64Array {
  const { byItem, users, ratings } = closed.interactions;
  const { stride, meanAt } = placesOf(closed.shape);
  const { l2, l2Bias } = closed.settings;
  const rows = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]).filter((row) => row !== without);
  const matrix = Array.from({ length: stride }, (_, f) =>
    Array.from({ length: stride + 1 }, (_, g) => (f === g ? (f === stride - 1 ? l2Bias : l2) : 0)),
  );
  for (const row of rows) {
    const at = users[row] * stride;
    const x = Array.from({ length: stride }, (_, f) => (f === stride - 1 ? 1 : params[at + f]));
    const y = ratings[row] - params[meanAt] - params[at + stride - 1];
    for (let f = 0; f < stride; f++) {
      for (let g = 0; g < stride; g++) matrix[f][g] += x[f] * x[g];
      matrix[f][stride] += x[f] * y;
    }
  }
  for (let p = 0; p < stride; p++)
    for (let f = 0; f < stride; f++) {
      if (f === p) continue;
      const factor = matrix[f][p] / matrix[p][p];
      for (let g = p; g <= stride; g++) matrix[f][g] -= factor * matrix[p][g];
    }
  return Float64Array.from({ length: stride }, (_, f) => matrix[f][stride] / matrix[f][f]);
}

/** Users, each with whether a row of somebody else flips their first item. */
function flippedBySolving(model: TrainedModel): Set<number> {
  const { objective, params } = smoothOf(model);
  const closed = closedFormsOf(objective) as Factorization;
  const { userCount, users, items, size } = closed.interactions;
  const { stride, itemsAt } = placesOf(closed.shape);
  const firstOf = (scores: Float64Array, user: number) => {
    for (let row = 0; row < size; row++) if (users[row] === user) scores[items[row]] = Number.NEGATIVE_INFINITY;
    return scores.indexOf(Math.max(...scores));
  };
  const flipped = new Set<number>();
  for (let row = 0; row < size; row++) {
    const again = solvedAgain(closed, params, items[row], row);
    for (let user = 0; user < userCount; user++) {
      if (user === users[row]) continue;
      const scores = itemScoresOf(model, user);
      const first = firstOf(scores, user);
      if (scores[items[row]] === Number.NEGATIVE_INFINITY) continue;
      for (let f = 0; f < stride; f++) {
        const x = f === stride - 1 ? 1 : params[user * stride + f];
        scores[items[row]] += x * (again[f] - params[itemsAt + items[row] * stride + f]);
      }
      if (firstOf(scores, user) !== first) flipped.add(user);
    }
  }
  return flipped;
}

describe("whose first item one row of somebody else decides", () => {
  test.each([1, 3, 8])("is told as solving every item again without every row tells it, with λ %d", async (l2) => {
    const objective = objectiveOn(tastes(), { biases: true, l2, l2Bias: 2, regularizer: "table" });
    const model = modelFrom(await train(objective, { kernels, seed: 1, tolerance: 1e-11 }));
    const found = await firstItemFlips(model, run);
    const { users } = model.interactions;
    expect(found.map(({ user }) => user)).toEqual([...flippedBySolving(model)].sort((a, b) => a - b));
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(30);
    expect(found.every(({ user, row }) => users[row] !== user)).toBe(true);
  });
});
