/** The Hessian of a factorization as an operator, and its dense blocks for a few rows. */

import type { Curvature, FactorSession } from "../kernel/kernels.ts";
import type { DenseMatrix, LinearOperator } from "../linear/solver.ts";

/** H at the session's point, by its products; "full" is the true Hessian, "gauss-newton" leaves the residuals' curvature out. */
export function hessianOperator(session: FactorSession, curvature: Curvature): LinearOperator {
  return { size: session.parameterCount, apply: (v, out) => session.hessianProduct(v, out, curvature) };
}

/** The dense twin of an operator, column by column: for small problems and for tests. */
export function denseOf(operator: LinearOperator): DenseMatrix {
  const { size } = operator;
  const values = new Float64Array(size * size);
  const unit = new Float64Array(size);
  const column = new Float64Array(size);
  for (let c = 0; c < size; c++) {
    unit[c] = 1;
    operator.apply(unit, column);
    unit[c] = 0;
    for (let r = 0; r < size; r++) values[r * size + c] = column[r];
  }
  return { order: size, values };
}
