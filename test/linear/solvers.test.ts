/** The solvers of the catalogue under their contract, and what only conjugate gradients promise. */

import { describe, expect, test } from "vitest";
import { cholesky, conjugateGradient, pseudoInverse, type Solver, solvers } from "../../src/linear/index.ts";
import type { DenseMatrix, LinearOperator } from "../../src/linear/solver.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { expectNear, normals } from "../support/small.ts";
import { multiply, operatorOf, withSpectrum } from "./matrices.ts";
import { type SolverTraits, solverContract } from "./solver.contract.ts";

/** A solver of operators, for dense matrices. */
const dense = (solver: Solver): Solver<DenseMatrix> => ({
  name: solver.name,
  prepare: (matrix) => solver.prepare(operatorOf(matrix)),
});

const known: Record<string, [() => Solver<DenseMatrix>, SolverTraits]> = {
  cholesky: [() => cholesky(), { accuracy: 1e-12, indefinite: "breakdown", singular: "breakdown" }],
  "pseudo-inverse": [() => pseudoInverse(), { accuracy: 1e-12, indefinite: "solved", singular: "pseudo-inverse" }],
  "conjugate-gradient": [
    () => dense(conjugateGradient({ tolerance: 1e-12 })),
    { accuracy: 2e-12, indefinite: "negative-curvature", singular: "pseudo-inverse" },
  ],
};

test("every solver of the catalogue is under contract, by its own name", () => {
  expect(Object.keys(known).sort()).toEqual(solvers.map(({ name }) => name).sort());
  for (const [name, [make]] of Object.entries(known)) expect(make().name).toBe(name);
});

for (const [name, [make, traits]] of Object.entries(known)) solverContract(name, make, traits);

/** Σ entries on the diagonal as an operator: M⁻¹. */
const diagonal = (values: Float64Array): LinearOperator => ({
  size: values.length,
  apply: (input, output) => output.set(input.map((x, k) => x * values[k])),
});

describe("conjugate gradients", () => {
  const matrix = withSpectrum(
    Array.from({ length: 30 }, (_, k) => 1 + k * k),
    7,
  );
  const b = normals(30, 9);

  test("a preconditioner changes the way, not the answer", async () => {
    const plain = await conjugateGradient({ tolerance: 1e-13 }).prepare(operatorOf(matrix)).solve(b);
    const weights = normals(30, 10).map((x) => 0.5 + x * x);
    const inverse = withSpectrum(
      Array.from({ length: 30 }, (_, k) => 1 / (1 + k * k)),
      7,
    );
    for (const preconditioner of [diagonal(weights), operatorOf(inverse)]) {
      const found = await conjugateGradient({ tolerance: 1e-13, preconditioner }).prepare(operatorOf(matrix)).solve(b);
      expect(found.status).toBe("converged");
      expectNear(found.value, plain.value, 1e-10);
    }
    const best = await conjugateGradient({ preconditioner: operatorOf(inverse) })
      .prepare(operatorOf(matrix))
      .solve(b);
    expect(best.steps).toBeLessThanOrEqual(2);
  });

  test("k different eigenvalues take k steps", async () => {
    for (const distinct of [1, 2, 4]) {
      const few = withSpectrum(
        Array.from({ length: 12 }, (_, k) => 1 + (k % distinct)),
        3,
      );
      const { status, steps } = await conjugateGradient().prepare(operatorOf(few)).solve(normals(12, 1));
      expect(status).toBe("converged");
      expect(steps).toBe(distinct);
    }
  });

  test("too few steps end with step-limit, and with the true residual", async () => {
    for (const maxSteps of [1, 3, 9]) {
      const { value, status, steps, residual } = await conjugateGradient({ maxSteps })
        .prepare(operatorOf(matrix))
        .solve(b);
      expect(status).toBe("step-limit");
      expect(steps).toBe(maxSteps);
      const product = multiply(matrix, value);
      expectNear([residual], [norm(b.map((y, k) => y - product[k])) / norm(b)], 1e-10);
    }
  });

  test("every step brings the energy ½xᵀAx − bᵀx down", async () => {
    const energy = async (maxSteps: number) => {
      const { value } = await conjugateGradient({ maxSteps }).prepare(operatorOf(matrix)).solve(b);
      return dot(value, multiply(matrix, value)) / 2 - dot(b, value);
    };
    for (let steps = 2; steps < 15; steps++) expect(await energy(steps)).toBeLessThan(await energy(steps - 1));
    expect(await energy(1)).toBeLessThan(0);
  });

  test("at negative curvature what it has is still a way down", async () => {
    const bent = withSpectrum([5, 4, 3, 2, 1, -3], 8);
    for (let seed = 0; seed < 20; seed++) {
      const side = normals(6, seed);
      const { value, status } = await conjugateGradient().prepare(operatorOf(bent)).solve(side);
      expect(status).toBe("negative-curvature");
      expect(dot(value, side)).toBeGreaterThan(0);
    }
    const down = conjugateGradient().prepare(operatorOf(withSpectrum([-1, -2], 1)));
    expect(dot((await down.solve(Float64Array.of(1, 2))).value, Float64Array.of(1, 2))).toBeGreaterThan(0);
  });

  test("a projection keeps a space out of residuals and iterates: P·A·P is what is solved", async () => {
    const away = normals(8, 2);
    const length = norm(away);
    const unit = away.map((x) => x / length);
    const remove = (v: Float64Array) => {
      const along = dot(v, unit);
      for (let k = 0; k < v.length; k++) v[k] -= along * unit[k];
    };
    const inner = withSpectrum([8, 7, 6, 5, 4, 3, 2, 1], 4);
    const side = normals(8, 5);
    const found = await conjugateGradient({ tolerance: 1e-12, project: remove }).prepare(operatorOf(inner)).solve(side);
    expect(found.status).toBe("converged");
    expect(Math.abs(dot(found.value, unit))).toBeLessThan(1e-10);
    const left = multiply(inner, found.value).map((x, k) => x - side[k]);
    remove(left);
    expect(norm(left)).toBeLessThan(1e-10);
  });

  test("every product is announced before it is made, and may be slow", async () => {
    let [told, products] = [0, 0];
    const operator = operatorOf(matrix);
    const slow: LinearOperator = {
      size: 30,
      async apply(input, output) {
        await new Promise((resolve) => setImmediate(resolve));
        expect(told).toBe(++products);
        operator.apply(input, output);
      },
    };
    const onStep = async () => void told++;
    const { value, steps, residual } = await conjugateGradient({ onStep }).prepare(slow).solve(b);
    expect([told, products]).toEqual([steps, steps]);
    expect(residual).toBeLessThanOrEqual(1e-8);
    expect(value).toEqual((await conjugateGradient().prepare(operator).solve(b)).value);
  });

  test("an error in between ends it", async () => {
    let told = 0;
    const onStep = async () => {
      if (++told === 3) throw new Error("enough");
    };
    await expect(conjugateGradient({ onStep }).prepare(operatorOf(matrix)).solve(b)).rejects.toThrow("enough");
    expect(told).toBe(3);
  });
});

test("the pseudo-inverse satisfies Penrose's four conditions, and leaves the part without an answer", async () => {
  const matrix = withSpectrum([3, 1, -2, 0, 0], 2);
  const prepared = pseudoInverse().prepare(matrix);
  const columns: Float64Array[] = [];
  for (let c = 0; c < 5; c++) columns.push((await prepared.solve(new Float64Array(5).fill(1, c, c + 1))).value);
  const inverse = { order: 5, values: Float64Array.from({ length: 25 }, (_, k) => columns[k % 5][Math.floor(k / 5)]) };
  for (let seed = 0; seed < 3; seed++) {
    const [x, y] = [normals(5, seed), normals(5, seed + 9)];
    const [ax, px] = [multiply(matrix, x), multiply(inverse, x)];
    expectNear(multiply(matrix, multiply(inverse, ax)), ax, 1e-12);
    expectNear(multiply(inverse, multiply(matrix, px)), px, 1e-12);
    expectNear([dot(multiply(matrix, px), y)], [dot(multiply(matrix, multiply(inverse, y)), x)], 1e-12);
    expectNear([dot(multiply(inverse, ax), y)], [dot(multiply(inverse, multiply(matrix, y)), x)], 1e-12);
    const lost = x.map((entry, k) => entry - multiply(matrix, px)[k]);
    expectNear([(await prepared.solve(x)).residual], [norm(lost) / norm(x)], 1e-12);
  }
});
