/** The pseudo-inverse of a dense symmetric matrix through its eigenvalues: the exact answer for small, singular or indefinite systems. */

import { symmetricEigen } from "../numeric/dense.ts";
import { norm } from "../numeric/vector.ts";
import type { DenseMatrix, Solver } from "./solver.ts";

/** Drops eigenvalues below `cutoff` times the largest in absolute value (default 1e-9). O(order³) once, O(order²) a solve. */
export function pseudoInverse(cutoff = 1e-9): Solver<DenseMatrix> {
  return {
    name: "pseudo-inverse",
    prepare({ order, values: matrix }) {
      const { values, vectors } = symmetricEigen(matrix, order);
      const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      return {
        async solve(rhs) {
          const value = new Float64Array(order);
          for (let c = 0; c < order; c++) {
            if (!(Math.abs(values[c]) > cutoff * most)) continue;
            let amount = 0;
            for (let r = 0; r < order; r++) amount += vectors[r * order + c] * rhs[r];
            for (let r = 0; r < order; r++) value[r] += (amount / values[c]) * vectors[r * order + c];
          }
          const left = rhs.slice();
          for (let r = 0; r < order; r++) for (let c = 0; c < order; c++) left[r] -= matrix[r * order + c] * value[c];
          const residual = norm(left) / (norm(rhs) || 1);
          return { value, status: Number.isFinite(residual) ? "converged" : "breakdown", steps: 1, residual };
        },
      };
    },
  };
}
