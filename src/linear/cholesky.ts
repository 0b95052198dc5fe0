/** Direct solution of small dense positive definite systems. */

import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../numeric/dense.ts";
import { norm } from "../numeric/vector.ts";
import type { DenseMatrix, Solution, Solver } from "./solver.ts";

/** Cholesky factorization; a matrix that is not positive definite gives solutions with the status "breakdown". */
export function cholesky(): Solver<DenseMatrix> {
  return {
    name: "cholesky",
    prepare({ order, values }) {
      const factor = values.slice();
      const definite = choleskyInPlace(factor, order);
      return { solve: async (rhs) => (definite ? direct(values, factor, order, rhs) : failed(order)) };
    },
  };
}

function direct(values: Float64Array, factor: Float64Array, order: number, rhs: Float64Array): Solution {
  const value = rhs.slice();
  forwardSubstitute(factor, order, value);
  backSubstitute(factor, order, value);
  const left = rhs.slice();
  for (let r = 0; r < order; r++) for (let c = 0; c < order; c++) left[r] -= values[r * order + c] * value[c];
  return { value, status: "converged", steps: 1, residual: norm(left) / (norm(rhs) || 1) };
}

function failed(order: number): Solution {
  return { value: new Float64Array(order), status: "breakdown", steps: 0, residual: 1 };
}
