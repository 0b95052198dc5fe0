/** Laws of gradients of single scores and rows: finite differences, and the inner product without the vector. */

import { describe, expect, test } from "vitest";
import { score } from "../../src/model/factor-model.ts";
import { dot } from "../../src/numeric/vector.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { addRowGradient, addScoreGradient, factorRowsAlong, residualOf } from "../../src/objective/row-gradient.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { allRows, anyParams, evaluate, expectNear, forms, normals, scraps, trainedAt } from "../support/small.ts";

/** The slope of f at every parameter, by central differences. */
function slopes(params: Float64Array, f: (at: Float64Array) => number, h = 1e-5): Float64Array {
  return params.map((_, k) => {
    const moved = (by: number) => f(params.map((x, other) => (other === k ? x + by : x)));
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, scraps());
  const params = anyParams(objective);
  const model = modelOf(trainedAt(objective, params));

  test("the gradient of a score is its slope, in the unit asked for", () => {
    const found = new Float64Array(params.length);
    addScoreGradient(objective, params, 3, 2, -2.5, found);
    expectNear(
      found,
      slopes(params, (at) => -2.5 * score({ ...model, params: at }, 3, 2)),
      1e-8,
    );
  });

  test("the gradient of a row is the slope of what J loses with it", () => {
    const row = 4;
    const without = objective.without(Uint32Array.of(row));
    const found = new Float64Array(params.length);
    addRowGradient(objective, model, row, 0.5, found);
    const lost = (at: Float64Array) => 0.5 * (evaluate(objective, at).value - evaluate(without, at).value);
    expectNear(found, slopes(params, lost), 1e-8);
  });

  test("gradients are added to what is there", () => {
    const found = normals(params.length, 1);
    const before = found.slice();
    addRowGradient(objective, model, 2, 1, found);
    addRowGradient(objective, model, 2, -1, found);
    expectNear(found, before);
  });

  test("the inner product with a row's gradient needs no gradient", () => {
    const vector = normals(params.length, 7);
    const rows = allRows(objective.interactions);
    const wanted = Array.from(rows, (row) => {
      const gradient = new Float64Array(params.length);
      addRowGradient(objective, model, row, 1, gradient);
      return dot(gradient, vector);
    });
    expectNear(factorRowsAlong(objective, params, rows, vector), wanted);
  });

  test("a residual is rating − score", () => {
    const { users, items, ratings } = objective.interactions;
    for (const row of allRows(objective.interactions))
      expect(residualOf(objective, model, row)).toBe(ratings[row] - score(model, users[row], items[row]));
  });
});
