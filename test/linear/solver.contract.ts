/** The laws of solvers of A·x = b, direct or iterative: a residual that is true, and a status that is never a lie. */

import { describe, expect, test } from "vitest";
import type { DenseMatrix, Solver } from "../../src/linear/solver.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { expectNear, normals } from "../support/small.ts";
import { multiply, withSpectrum } from "./matrices.ts";

/** What differs between solvers. */
export interface SolverTraits {
  /** Relative residual that it should reach on well-conditioned systems. */
  readonly accuracy: number;
  /** What it makes of an indefinite matrix: a status, or the right answer. */
  readonly indefinite: "breakdown" | "negative-curvature" | "solved";
  /** What it makes of a singular matrix with a right-hand side in its range. */
  readonly singular: "breakdown" | "pseudo-inverse";
}

const leftOver = (matrix: DenseMatrix, x: Float64Array, b: Float64Array) => {
  const product = multiply(matrix, x);
  return norm(b.map((y, k) => y - product[k])) / (norm(b) || 1);
};

/** Registers the laws. */
export function solverContract(name: string, make: () => Solver<DenseMatrix>, traits: SolverTraits): void {
  describe(name, () => {
    const solver = make();

    test.each([1, 2, 3, 7, 20, 41])("solves positive definite systems of order %i", async (order) => {
      const matrix = withSpectrum(
        Array.from({ length: order }, (_, k) => 0.5 + k),
        order,
      );
      const before = matrix.values.slice();
      const prepared = solver.prepare(matrix);
      for (let seed = 0; seed < 3; seed++) {
        const wanted = normals(order, seed);
        const b = multiply(matrix, wanted);
        const kept = b.slice();
        const { value, status, residual } = await prepared.solve(b);
        expect(status).toBe("converged");
        expect(leftOver(matrix, value, b)).toBeLessThan(traits.accuracy);
        expect(residual).toBeLessThan(traits.accuracy);
        expectNear(value, wanted, 100 * traits.accuracy);
        expect(b).toEqual(kept);
      }
      expect(matrix.values).toEqual(before);
    });

    test("is the inverse of a symmetric matrix: symmetric and linear", async () => {
      const prepared = solver.prepare(withSpectrum([9, 5, 4, 2, 1, 0.3], 3));
      const [b, c] = [normals(6, 1), normals(6, 2)];
      const [x, y] = [(await prepared.solve(b)).value, (await prepared.solve(c)).value];
      expectNear([dot(x, c)], [dot(b, y)], 100 * traits.accuracy);
      const sum = (await prepared.solve(b.map((_, k) => 2 * b[k] - 3 * c[k]))).value;
      expectNear(
        sum,
        x.map((_, k) => 2 * x[k] - 3 * y[k]),
        100 * traits.accuracy,
      );
    });

    test("does not care for the unit of the matrix or of the right-hand side", async () => {
      const matrix = withSpectrum([4, 2, 1], 5);
      const b = normals(3, 8);
      const wanted = (await solver.prepare(matrix).solve(b)).value;
      for (const unit of [1e-120, 1e120]) {
        const scaled = { order: 3, values: matrix.values.map((x) => unit * x) };
        const found = await solver.prepare(scaled).solve(b);
        expect(found.status).toBe("converged");
        expectNear(
          found.value.map((x) => x * unit),
          wanted,
          1e-9,
        );
        const other = await solver.prepare(matrix).solve(b.map((x) => x * unit));
        expect(other.status).toBe("converged");
        expectNear(
          other.value.map((x) => x / unit),
          wanted,
          1e-9,
        );
      }
    });

    test("has nothing to do for a right-hand side of zero", async () => {
      const { value, status, residual } = await solver.prepare(withSpectrum([3, 2, 1], 5)).solve(new Float64Array(3));
      expect(Array.from(value, Math.abs)).toEqual([0, 0, 0]);
      expect(status).toBe("converged");
      expect(residual).toBe(0);
    });

    test(`indefinite: ${traits.indefinite}`, async () => {
      const matrix = withSpectrum([5, 3, 2, 1, -0.5, -2], 4);
      const wanted = normals(6, 3);
      const found = await solver.prepare(matrix).solve(multiply(matrix, wanted));
      if (traits.indefinite === "solved") {
        expect(found.status).toBe("converged");
        expectNear(found.value, wanted, 1e-9);
      } else expect(found.status).toBe(traits.indefinite);
      expect(found.value.every(Number.isFinite)).toBe(true);
    });

    test(`singular, with an answer: ${traits.singular}`, async () => {
      const matrix = withSpectrum([6, 4, 1, 0, 0], 6);
      const b = multiply(matrix, normals(5, 4));
      // For the breakdown a matrix whose zero pivot is exact.
      if (traits.singular === "breakdown") {
        const exact = { order: 2, values: Float64Array.of(4, 2, 2, 1) };
        expect((await solver.prepare(exact).solve(Float64Array.of(2, 1))).status).toBe("breakdown");
        return;
      }
      // The pseudo-inverse answer: the only solution without a part in the null space, so it is A·z for some z.
      const { value, status } = await solver.prepare(matrix).solve(b);
      expect(status).toBe("converged");
      expect(leftOver(matrix, value, b)).toBeLessThan(1e-9);
      const inverted = withSpectrum([1 / 6, 1 / 4, 1, 0, 0], 6);
      expectNear(value, multiply(inverted, b), 1e-8);
    });

    test("numbers that are none never count as converged", async () => {
      const broken = { order: 2, values: Float64Array.of(Number.NaN, 0, 0, 1) };
      expect((await solver.prepare(broken).solve(Float64Array.of(1, 1))).status).not.toBe("converged");
    });
  });
}
