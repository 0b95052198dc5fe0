/** The largest singular values of the residuals, with their vectors: where factors would be born. */

import { lanczos } from "../../../linear/lanczos.ts";
import type { Factorization } from "../../../objective/factorization.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { pairOf, type TopPair } from "../duality.ts";
import { gramOperator, residualMatrix, startVector } from "../residual-matrix.ts";

/** A value to two digits is enough to say which factor comes next. */
const accuracy = 1e-2;

/**
 * The `count` largest singular pairs of the residuals as the penalties scale them, largest first; fewer where there are no more. Equal values, which
 * the factors of an optimum have, are met once.
 */
export async function topPairs(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
  count: number,
  onStep?: YieldToEventLoop,
): Promise<TopPair[]> {
  const matrix = residualMatrix(objective, params, residuals);
  const ritz = await lanczos(gramOperator(matrix), startVector(matrix.items), {
    steps: Math.min(matrix.items, 20 + 10 * count),
    onStep,
    enough: ({ values, errors }) =>
      values.length > count && errors.subarray(0, count).every((error, k) => error <= accuracy * values[k]),
  });
  const there = Math.min(count, ritz.values.findIndex(isRounding(ritz.values)) >>> 0, ritz.values.length);
  return Array.from({ length: there }, (_, k) => pairOf(objective, matrix, ritz.vector(k), Math.sqrt(ritz.values[k])));
}

const isRounding =
  ([largest]: Float64Array) =>
  (value: number) =>
    !(value > 1e-12 * largest);
