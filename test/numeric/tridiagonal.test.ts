/** Eigenpairs of tridiagonal matrices against their definition, and against Jacobi's. */

import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { tridiagonalEigen } from "../../src/numeric/tridiagonal.ts";

const random = randomOf(1, "tridiagonal");
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

const cases: Record<string, readonly [Float64Array, Float64Array]> = {
  "one by one": [Float64Array.of(-3), Float64Array.of()],
  "two by two": [Float64Array.of(1, 4), Float64Array.of(-2)],
  "any numbers": [normals(40), normals(39)],
  "equal diagonal": [new Float64Array(25).fill(2), new Float64Array(24).fill(1)],
  "blocks without a link": [normals(12), normals(11).map((x, k) => (k % 3 === 0 ? 0 : x))],
  "already diagonal": [normals(9), new Float64Array(8)],
  "large and small": [Float64Array.from({ length: 30 }, (_, k) => 10 ** (k / 3 - 5)), normals(29).map((x) => 1e-4 * x)],
  zero: [new Float64Array(6), new Float64Array(5)],
};

function dense(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const n = diagonal.length;
  const out = new Float64Array(n * n);
  diagonal.forEach((x, k) => {
    out[k * (n + 1)] = x;
  });
  beside.forEach((x, k) => {
    out[k * n + k + 1] = x;
    out[(k + 1) * n + k] = x;
  });
  return out;
}

describe.each(Object.entries(cases))("%s", (_, [diagonal, beside]) => {
  const n = diagonal.length;
  const matrix = dense(diagonal, beside);
  const size = Math.max(...matrix.map(Math.abs), 1e-300);
  const { values, vectors } = tridiagonalEigen(diagonal, beside);

  test("A·v = value·v, the vectors orthonormal, the values descending", () => {
    for (let c = 0; c < n; c++)
      for (let r = 0; r < n; r++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += matrix[r * n + k] * vectors[k * n + c];
        expect(Math.abs(product - values[c] * vectors[r * n + c])).toBeLessThanOrEqual(1e-14 * n * size);
      }
    for (let a = 0; a < n; a++)
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += vectors[k * n + a] * vectors[k * n + b];
        expect(Math.abs(sum - (a === b ? 1 : 0))).toBeLessThanOrEqual(1e-14 * n);
      }
    for (let c = 1; c < n; c++) expect(values[c]).toBeLessThanOrEqual(values[c - 1]);
  });

  test("has the eigenvalues that Jacobi's rotations find", () => {
    const other = symmetricEigen(matrix, n).values;
    for (let c = 0; c < n; c++) expect(Math.abs(values[c] - other[c])).toBeLessThanOrEqual(1e-14 * n * size);
  });
});
