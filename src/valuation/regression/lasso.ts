/** Average marginal effects by the LASSO: few players matter, the others are 0. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { addScaled, dot } from "../../numeric/vector.ts";
import { columnsOf, type Design } from "./design.ts";

/** Passes over the players at most, and how little the last one may change, as a share of the largest effect. */
const mostPasses = 1000;
const settled = 1e-9;

/** A value that comes nearer to 0 by `penalty`, and stays there. */
export function shrunk(value: number, penalty: number): number {
  return Math.sign(value) * Math.max(0, Math.abs(value) - penalty);
}

/**
 * Measures × players: β·E[1/(p(1 − p))] for the β that minimises ½·mean(ν − β₀ − Xβ)² + penalty·Σ|β_k|, by coordinate descent (Friedman et al. 2007). With many
 * subsets columns are uncorrelated, and an effect is that without a penalty, nearer to 0 by it.
 */
export async function lasso(
  design: Design,
  penalty: number,
  run: RunContext,
): Promise<{ readonly values: Float64Array; readonly status: SolveStatus }> {
  const { players: n, measures, units } = design;
  const columns = await columnsOf(design, run);
  const squares = columns.map((column) => dot(column, column) / units);
  const values = new Float64Array(measures * n);
  let status: SolveStatus = "converged";
  for (let m = 0; m < measures; m++) {
    const beta = new Float64Array(n);
    const whole = await descend(columns, squares, design.worth(m), penalty, beta, run);
    if (!whole) status = "step-limit";
    values.set(
      beta.map((b) => b * design.variance),
      m * n,
    );
  }
  return { values, status };
}

/** Whether it settled. `left` becomes the residual. */
async function descend(
  columns: readonly Float64Array[],
  squares: readonly number[],
  left: Float64Array,
  penalty: number,
  beta: Float64Array,
  run: RunContext,
): Promise<boolean> {
  for (let pass = 0; pass < mostPasses; pass++) {
    let change = 0;
    for (const [k, column] of columns.entries()) {
      if (k % 16 === 0) await run.yieldToEventLoop();
      // A player who was in all subsets of a chance, or in none, tells nothing.
      if (squares[k] === 0) continue;
      const next = shrunk(dot(column, left) / left.length + squares[k] * beta[k], penalty) / squares[k];
      if (next === beta[k]) continue;
      addScaled(left, beta[k] - next, column);
      change = Math.max(change, Math.abs(next - beta[k]));
      beta[k] = next;
    }
    if (change <= settled * beta.reduce((most, b) => Math.max(most, Math.abs(b)), 0)) return true;
  }
  return false;
}
