/** Laws of small dense symmetric matrices: factors multiply back, inverses invert, eigenpairs are eigenpairs. */

import { describe, expect, test } from "vitest";
import {
  backSubstitute,
  choleskyInPlace,
  forwardSubstitute,
  invertFromCholesky,
  symmetricEigen,
} from "../../src/numeric/dense.ts";
import { withSpectrum } from "../linear/matrices.ts";
import { expectNear, normals } from "../support/small.ts";

const orders = [1, 2, 3, 5, 8, 13, 24];
const definite = (order: number) =>
  withSpectrum(
    Array.from({ length: order }, (_, k) => 0.3 + 2 * k),
    order,
  ).values;

/** Entry (r, c). */
const product = (order: number, entry: (r: number, c: number, k: number) => number) =>
  Float64Array.from({ length: order * order }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += entry(Math.floor(at / order), at % order, k);
    return sum;
  });

/** The lower triangle alone. */
const lower = (l: Float64Array, order: number) =>
  l.slice(0, order * order).map((x, at) => (at % order <= Math.floor(at / order) ? x : 0));

describe("Cholesky", () => {
  test.each(orders)("of order %i multiplies back, from the lower triangle alone", (order) => {
    const a = definite(order);
    const l = a.map((x, at) => (at % order > Math.floor(at / order) ? Number.NaN : x));
    expect(choleskyInPlace(l, order)).toBe(true);
    const factor = lower(l, order);
    expectNear(
      product(order, (r, c, k) => factor[r * order + k] * factor[c * order + k]),
      a,
      1e-13,
    );
    for (let k = 0; k < order; k++) expect(factor[k * order + k]).toBeGreaterThan(0);
  });

  test.each(orders)("of order %i solves with both triangles, in place, where it is told to", (order) => {
    const a = definite(order);
    const padded = new Float64Array(order * order + 7).fill(-7);
    padded.set(a, 3);
    expect(choleskyInPlace(padded, order, 3)).toBe(true);
    const wanted = normals(order, order);
    const x = new Float64Array(order + 4).fill(9);
    for (let r = 0; r < order; r++) x[2 + r] = wanted.reduce((sum, y, c) => sum + a[r * order + c] * y, 0);
    forwardSubstitute(padded, order, x, 2, 3);
    backSubstitute(padded, order, x, 2, 3);
    expectNear(x.subarray(2, 2 + order), wanted, 1e-11);
    expect([x[0], x[1], x[order + 2], x[order + 3]]).toEqual([9, 9, 9, 9]);
    expect([...padded.subarray(0, 3), ...padded.subarray(3 + order * order)]).toEqual(new Array(7).fill(-7));
  });

  test.each(orders)("of order %i inverts, symmetric to the bit, at an offset", (order) => {
    const a = definite(order);
    const padded = new Float64Array(order * order + 5).fill(4);
    padded.set(a, 2);
    choleskyInPlace(padded, order, 2);
    invertFromCholesky(padded, order, new Float64Array(order * order), 2);
    const inverse = padded.slice(2, 2 + order * order);
    const identity = Float64Array.from({ length: order * order }, (_, at) => (at % (order + 1) === 0 ? 1 : 0));
    expectNear(
      product(order, (r, c, k) => a[r * order + k] * inverse[k * order + c]),
      identity,
      1e-12,
    );
    for (let r = 0; r < order; r++)
      for (let c = 0; c < r; c++) expect(inverse[r * order + c]).toBe(inverse[c * order + r]);
    expect([padded[0], padded[1], ...padded.subarray(2 + order * order)]).toEqual([4, 4, 4, 4, 4]);
  });

  test("says no to what is not positive definite", () => {
    for (const values of [
      [0],
      [-1],
      [Number.NaN],
      [Number.POSITIVE_INFINITY],
      [1, 0, 2, 1],
      [4, 0, 2, 1],
      [1, 0, Number.NaN, 1],
      [1, 0, 0, Number.NEGATIVE_INFINITY],
    ])
      expect(choleskyInPlace(Float64Array.from(values), Math.sqrt(values.length)), String(values)).toBe(false);
    expect(choleskyInPlace(withSpectrum([3, 2, 1, -0.1], 2).values, 4)).toBe(false);
  });
});

describe("eigenvalues", () => {
  const spectra: [string, number[]][] = [
    ["distinct", [9, 4, 2.5, 1, -3]],
    ["repeated", [5, 5, 5, 1, 1, -2, -2]],
    ["with zeros", [3, 1, 0, 0, 0, -1]],
    ["all alike", [2, 2, 2]],
    ["far apart", [1e8, 1, 1e-4, 0]],
    ["tiny", [3e-150, 2e-150, 1e-150]],
    ["huge", [3e150, 2e150, -1e150]],
    ["many", Array.from({ length: 40 }, (_, k) => 20 - k)],
    ["one", [-4]],
    ["none", [0, 0]],
  ];
  test.each(spectra)("%s: found, descending, with orthonormal eigenvectors", (_, spectrum) => {
    const order = spectrum.length;
    const { values: a } = withSpectrum(spectrum, 3);
    const before = a.slice();
    const { values, vectors } = symmetricEigen(a, order);
    expect(a).toEqual(before);
    const size = Math.max(...spectrum.map(Math.abs)) || 1;
    expectNear(
      values.map((x) => x / size),
      spectrum.map((x) => x / size),
      1e-13,
    );
    for (let c = 1; c < order; c++) expect(values[c]).toBeLessThanOrEqual(values[c - 1]);
    const identity = Float64Array.from({ length: order * order }, (_, at) => (at % (order + 1) === 0 ? 1 : 0));
    expectNear(
      product(order, (r, c, k) => vectors[k * order + r] * vectors[k * order + c]),
      identity,
      1e-13,
    );
    expectNear(
      product(order, (r, c, k) => (a[r * order + k] * vectors[k * order + c]) / size),
      Float64Array.from(vectors, (x, at) => (x * values[at % order]) / size),
      1e-12,
    );
  });

  test("of a diagonal matrix are its entries, to the bit", () => {
    const { values } = symmetricEigen(Float64Array.of(1, 0, 0, 0, 7, 0, 0, 0, -2), 3);
    expect(Array.from(values)).toEqual([7, 1, -2]);
  });
});
