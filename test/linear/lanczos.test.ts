/** Laws of Lanczos: values inside the spectrum, errors that bound, vectors that are eigenvectors when it has gone far enough. */

import { describe, expect, test } from "vitest";
import { lanczos } from "../../src/linear/lanczos.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { expectNear, normals } from "../support/small.ts";
import { multiply, operatorOf, withSpectrum } from "./matrices.ts";

const spectrum = Array.from({ length: 25 }, (_, k) => 12 - k + (k % 3) / 7).sort((a, b) => b - a);
const matrix = withSpectrum(spectrum, 4);
const operator = operatorOf(matrix);
const nearest = (value: number) => Math.min(...spectrum.map((x) => Math.abs(x - value)));

test("as many steps as the order give the whole spectrum", async () => {
  const { values, errors } = await lanczos(operator, normals(25, 1), { steps: 25 });
  expectNear(values, spectrum, 1e-11);
  expect(Math.max(...errors)).toBeLessThan(1e-9);
});

test.each([1, 2, 5, 9, 14, 20])("after %i steps every value is within its error of an eigenvalue", async (steps) => {
  const { values, errors, vector } = await lanczos(operator, normals(25, 2), { steps });
  expect(values.length).toBe(steps);
  values.forEach((value, k) => {
    expect(value).toBeLessThanOrEqual(spectrum[0] + 1e-12);
    expect(value).toBeGreaterThanOrEqual(spectrum[24] - 1e-12);
    if (k > 0) expect(value).toBeLessThanOrEqual(values[k - 1]);
    expect(nearest(value)).toBeLessThanOrEqual(errors[k] + 1e-12);
    // The error is the residual of the Ritz vector, which has length 1.
    const ritz = vector(k);
    const product = multiply(matrix, ritz);
    expectNear([norm(ritz)], [1], 1e-12);
    expectNear([norm(product.map((x, n) => x - value * ritz[n]))], [errors[k]], 1e-10, { floor: 10 });
  });
});

test("the largest value only grows with the steps", async () => {
  const largest: number[] = [];
  for (const steps of [1, 3, 6, 10, 15]) largest.push((await lanczos(operator, normals(25, 3), { steps })).values[0]);
  for (let k = 1; k < largest.length; k++) expect(largest[k]).toBeGreaterThanOrEqual(largest[k - 1]);
});

test("with a preconditioner: the pairs of A·v = value·M·v, with vᵀMv = 1", async () => {
  const m = withSpectrum(
    Array.from({ length: 25 }, (_, k) => 1 + k / 5),
    9,
  );
  const inverse = withSpectrum(
    Array.from({ length: 25 }, (_, k) => 1 / (1 + k / 5)),
    9,
  );
  const ritz = await lanczos(operator, normals(25, 5), { steps: 25, preconditioner: operatorOf(inverse) });
  // M^−½·A·M^−½ has the same values.
  const root = withSpectrum(
    Array.from({ length: 25 }, (_, k) => 1 / Math.sqrt(1 + k / 5)),
    9,
  );
  const columns = Array.from({ length: 25 }, (_, c) => {
    const unit = new Float64Array(25);
    unit[c] = 1;
    return multiply(root, multiply(matrix, multiply(root, unit)));
  });
  const same = Float64Array.from({ length: 625 }, (_, at) => columns[at % 25][Math.floor(at / 25)]);
  expectNear(ritz.values, symmetricEigen(same, 25).values, 1e-10);
  for (const k of [0, 7, 24]) {
    const v = ritz.vector(k);
    const mv = multiply(m, v);
    expectNear([dot(v, mv)], [1], 1e-10);
    expectNear(
      multiply(matrix, v),
      mv.map((x) => ritz.values[k] * x),
      1e-8,
      { floor: 10 },
    );
  }
});

describe("ends early", () => {
  test("when the Krylov space is exhausted", async () => {
    const few = withSpectrum([5, 5, 5, 2, 2, -1, -1, -1], 3);
    const { values } = await lanczos(operatorOf(few), normals(8, 1), { steps: 8 });
    expectNear(values, [5, 2, -1], 1e-10);
    expect((await lanczos(operatorOf(few), new Float64Array(8), { steps: 8 })).values.length).toBe(0);
  });

  test("when it is enough, and says how good that is", async () => {
    const seen: [number, number][] = [];
    const { values, errors } = await lanczos(operator, normals(25, 6), {
      steps: 25,
      enough: ({ values: [largest], errors: [error] }) => {
        seen.push([largest, error]);
        return error < 0.5;
      },
    });
    expect(values.length).toBeLessThan(25);
    expect(seen.at(-1)).toEqual([values[0], errors[0]]);
    expect(errors[0]).toBeLessThan(0.5);
    expect(seen.slice(0, -1).every(([, error]) => error >= 0.5)).toBe(true);
  });
});

test("a share is the part of the start along a Ritz vector", async () => {
  const start = normals(25, 11);
  const { shares, vector } = await lanczos(operator, start, { steps: 9 });
  expectNear(
    shares,
    Array.from(shares, (_, k) => Math.abs(dot(vector(k), start)) / norm(start)),
    1e-10,
  );
});

test("a projection keeps a null space out", async () => {
  const unit = normals(25, 7);
  const length = norm(unit);
  const project = (v: Float64Array) => {
    const along = dot(v, unit) / length / length;
    for (let k = 0; k < v.length; k++) v[k] -= along * unit[k];
  };
  const ritz = await lanczos(operator, normals(25, 8), { steps: 24, project });
  for (let k = 0; k < 24; k += 5) expect(Math.abs(dot(ritz.vector(k), unit))).toBeLessThan(1e-8);
});

test("every product is announced, may be slow, and an abort among them is heard", async () => {
  let [told, products] = [0, 0];
  const slow = {
    size: 25,
    apply: async (input: Float64Array, output: Float64Array) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(told).toBe(++products);
      operator.apply(input, output);
    },
  };
  const onStep = async () => void told++;
  const found = await lanczos(slow, normals(25, 1), { steps: 9, onStep });
  expect(products).toBe(9);
  expect(found.values).toEqual((await lanczos(operator, normals(25, 1), { steps: 9 })).values);
  const stopped = lanczos(operator, normals(25, 1), { steps: 9, onStep: () => Promise.reject(new Error("enough")) });
  await expect(stopped).rejects.toThrow("enough");
});
