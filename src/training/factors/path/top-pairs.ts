/** The largest singular values of the residuals beside the factors that live: where others would be born. */

import { lanczos } from "../../../linear/lanczos.ts";
import type { LinearOperator } from "../../../linear/solver.ts";
import { addScaled, dot, norm, scaleInPlace } from "../../../numeric/vector.ts";
import { type Factorization, placesOf } from "../../../objective/factorization.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { pairOf, type TopPair } from "../duality.ts";
import { type ResidualMatrix, residualMatrix, startVector, times, timesTransposed } from "../residual-matrix.ts";

/** A value to two digits is enough to say which factor comes next. */
const accuracy = 1e-2;
/**
 * Steps of Lanczos for so many pairs. Of many the last need not be right: a pair that Lanczos has at σ has σ = pᵀYq, so that a factor along it lowers J
 * as much as along one that is exact.
 */
const stepsFor = (count: number) => 20 + Math.min(10 * count, 120 + count);

/**
 * The `count` largest singular pairs of (I − UUᵀ)·Y·(I − VVᵀ), largest first, Y the residuals as the penalties scale them, U and V what the first `live`
 * columns of the factors span: at an optimum those have singular value λ, and what is left has the others. Fewer where there are no more.
 */
export async function pairsBeside(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
  { live, count }: { readonly live: number; readonly count: number },
  onStep?: YieldToEventLoop,
): Promise<TopPair[]> {
  const matrix = residualMatrix(objective, params, residuals);
  const spanned = spannedBy(objective, params, live);
  const ritz = await lanczos(besideOperator(matrix, spanned.users, spanned.items), startVector(matrix.items), {
    steps: Math.min(matrix.items, stepsFor(count)),
    onStep,
    project: (vector) => removeFrom(vector, spanned.items),
    enough: ({ values, errors }) =>
      values.length > count && errors.subarray(0, count).every((error, k) => error <= accuracy * values[k]),
  });
  const { values } = ritz;
  let there = 0;
  while (there < Math.min(count, values.length) && values[there] > 1e-12 * values[0]) there++;
  return Array.from({ length: there }, (_, k) => pairOf(objective, matrix, ritz.vector(k), Math.sqrt(values[k])));
}

/** The Gram matrix of what is beside the live factors; vectors have none of their items' span. */
function besideOperator(
  matrix: ResidualMatrix,
  users: readonly Float64Array[],
  items: readonly Float64Array[],
): LinearOperator {
  return {
    size: matrix.items,
    apply(vector, out) {
      const left = new Float64Array(matrix.users);
      times(matrix, vector, left);
      removeFrom(left, users);
      timesTransposed(matrix, left, out);
      removeFrom(out, items);
    },
  };
}

function removeFrom(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const column of basis) addScaled(vector, -dot(column, vector), column);
}

/** Orthonormal bases of the live columns of both sides, in the units of the scaled residuals. */
function spannedBy({ shape, problem }: Factorization, params: Float64Array, live: number) {
  const { stride, itemsAt } = placesOf(shape);
  const basis = (at: number, scale: Float64Array) => {
    const columns: Float64Array[] = [];
    for (let f = 0; f < live; f++) {
      const column = scale.map((s, r) => Math.sqrt(s) * params[at + r * stride + f]);
      // Once more, for what rounding leaves of columns that are nearly parallel.
      for (let pass = 0; pass < 2; pass++) removeFrom(column, columns);
      const length = norm(column);
      if (length > 0) columns.push(column);
      scaleInPlace(column, 1 / (length || 1));
    }
    return columns;
  };
  return { users: basis(0, problem.userScale), items: basis(itemsAt, problem.itemScale) };
}
