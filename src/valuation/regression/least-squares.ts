/** Average marginal effects by least squares, with standard errors. */

import type { RunContext } from "../../kernel/run-context.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { addScaled, dot } from "../../numeric/vector.ts";
import { columnsOf, type Design } from "./design.ts";

/** With more players than this the factorization would hold up the event loop. */
export const mostLeastSquares = 400;

/**
 * Measures × players: β·E[1/(p(1 − p))] for β of the least-squares fit with an intercept. Standard errors do not suppose that residuals vary alike, nor that the
 * model is linear: Σ_i a_ki²·e_i²/(1 − h_i)² (MacKinnon and White 1985, HC3). NaN where the subsets do not determine β.
 */
export async function leastSquares(
  design: Design,
  run: RunContext,
): Promise<{ readonly values: Float64Array; readonly standardErrors: Float64Array }> {
  const { players: n, measures, units, variance } = design;
  const out = { values: nans(measures * n), standardErrors: nans(measures * n) };
  if (units < n + 2) return out;
  const columns = await columnsOf(design, run);
  const factor = await gramOf(columns, run);
  if (!choleskyInPlace(factor, n)) return out;
  const worths = Array.from({ length: measures }, (_, m) => design.worth(m));
  const residuals = worths.map((worth, m) => {
    const beta = Float64Array.from(columns, (column) => dot(column, worth));
    solve(factor, beta);
    out.values.set(
      beta.map((b) => b * variance),
      m * n,
    );
    const left = worth.slice();
    columns.forEach((column, k) => {
      addScaled(left, -beta[k], column);
    });
    return left;
  });
  out.standardErrors.set(await errorsOf(columns, factor, residuals, variance, run));
  return out;
}

async function errorsOf(
  columns: readonly Float64Array[],
  factor: Float64Array,
  residuals: readonly Float64Array[],
  variance: number,
  run: RunContext,
): Promise<Float64Array> {
  const n = columns.length;
  const squares = new Float64Array(residuals.length * n);
  const units = columns[0].length;
  for (let i = 0; i < units; i++) {
    await run.yieldToEventLoop();
    const row = Float64Array.from(columns, (column) => column[i]);
    const along = row.slice();
    solve(factor, along);
    const leverage = dot(row, along) + 1 / units;
    residuals.forEach((left, m) => {
      const off = left[i] / (1 - leverage);
      for (let k = 0; k < n; k++) squares[m * n + k] += (along[k] * off) ** 2;
    });
  }
  return squares.map((square) => Math.sqrt(square) * variance);
}

/** Lower triangle of the products of the columns. */
async function gramOf(columns: readonly Float64Array[], run: RunContext): Promise<Float64Array> {
  const n = columns.length;
  const gram = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    await run.yieldToEventLoop();
    for (let j = 0; j <= k; j++) gram[k * n + j] = dot(columns[k], columns[j]);
  }
  return gram;
}

function solve(factor: Float64Array, x: Float64Array): void {
  forwardSubstitute(factor, x.length, x);
  backSubstitute(factor, x.length, x);
}

function nans(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}
