/** Laws of rating errors, from their definitions. */

import { expect, test } from "vitest";
import { mae, rmse } from "../../src/evaluation/rating.ts";
import { expectNear, normals } from "../support/small.ts";

const ratings = normals(50, 1);
const predicted = normals(50, 2);

test("by hand", () => {
  const [found, given] = [Float64Array.of(1, 2, 5, 4), Float64Array.of(1, 3, 2, 2)];
  expect(rmse(found, given)).toBe(Math.sqrt((0 + 1 + 9 + 4) / 4));
  expect(mae(found, given)).toBe((0 + 1 + 3 + 2) / 4);
});

test("no error is zero; a constant one is itself in both", () => {
  expect([rmse(ratings, ratings), mae(ratings, ratings)]).toEqual([0, 0]);
  const off = ratings.map((x) => x - 0.25);
  expectNear([rmse(off, ratings), mae(off, ratings)], [0.25, 0.25], 1e-15);
});

test("the mean absolute error is never above the root mean square, and neither sees the sign", () => {
  expect(mae(predicted, ratings)).toBeLessThan(rmse(predicted, ratings));
  expect(rmse(predicted, ratings)).toBe(rmse(ratings, predicted));
  expect(mae(predicted, ratings)).toBe(mae(ratings, predicted));
});

test("the mean is the constant with the least square error, the median that with the least absolute one", () => {
  const mean = ratings.reduce((a, b) => a + b, 0) / 50;
  const sorted = ratings.slice().sort();
  const middle = (sorted[24] + sorted[25]) / 2;
  const constant = (x: number) => new Float64Array(50).fill(x);
  for (const shift of [-0.1, 0.1]) {
    expect(rmse(constant(mean + shift), ratings)).toBeGreaterThan(rmse(constant(mean), ratings));
    expect(mae(constant(middle + shift), ratings)).toBeGreaterThan(mae(constant(middle), ratings));
  }
});

test("of nothing there is no error", () => {
  expect(rmse(new Float64Array(), new Float64Array())).toBeNaN();
  expect(mae(new Float64Array(), new Float64Array())).toBeNaN();
});
