/** Laws of plain vector loops, from their definitions. */

import { expect, test } from "vitest";
import {
  addCombination,
  addScaled,
  addScaledAndDot,
  difference,
  dot,
  largest,
  norm,
  scaleAndAdd,
  scaleInPlace,
} from "../../src/numeric/vector.ts";
import { expectNear, normals } from "../support/small.ts";

const [a, b] = [normals(11, 1), normals(11, 2)];

test("inner product, norm and largest entry", () => {
  expect(dot(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, -6))).toBe(-4);
  expect(dot(a, b)).toBe(dot(b, a));
  expect(norm(Float64Array.of(3, -4))).toBe(5);
  expect(largest(Float64Array.of(1, -7, 3))).toBe(7);
  expect([dot(new Float64Array(), new Float64Array()), norm(new Float64Array()), largest(new Float64Array())]).toEqual([
    0, 0, 0,
  ]);
  expect(largest(Float64Array.of(1, Number.NaN))).toBeNaN();
});

test("an update and the inner product after it are those one after the other", () => {
  for (const length of [0, 1, 3, 4, 11]) {
    const [one, two] = [b.slice(0, length), b.slice(0, length)];
    const [x, z] = [a.subarray(0, length), normals(length, 3)];
    addScaled(one, -1.5, x);
    expectNear([addScaledAndDot(two, -1.5, x, z)], [dot(one, z)]);
    expect(two).toEqual(one);
  }
});

test("updates in place are the sums that their names say", () => {
  const y = b.slice();
  addScaled(y, -2, a);
  expect(y).toEqual(b.map((x, k) => x + -2 * a[k]));
  const z = b.slice();
  scaleAndAdd(z, 0.5, a);
  expect(z).toEqual(b.map((x, k) => a[k] + 0.5 * x));
  const w = b.slice();
  scaleInPlace(w, 3);
  expect(w).toEqual(b.map((x) => 3 * x));
  expect(difference(a, b)).toEqual(a.map((x, k) => x - b[k]));
});

test("a combination of any number of columns", () => {
  for (let count = 0; count < 10; count++) {
    const columns = Array.from({ length: count }, (_, c) => normals(11, 10 + c));
    const weights = normals(count, 99);
    const y = a.slice();
    addCombination(y, weights, columns);
    expectNear(
      y,
      a.map((x, k) => columns.reduce((sum, column, c) => sum + weights[c] * column[k], x)),
      1e-14,
    );
  }
});
