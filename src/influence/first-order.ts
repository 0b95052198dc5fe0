/** From a direction in the parameters to what every row contributed along it: the last step of all first-order estimators. */

import type { Rows } from "../data/interactions.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { ObjectiveSession } from "../objective/session.ts";
import type { Target } from "../objective/target.ts";

/** An approximation of H⁻¹·gradient, and how it ended. */
export interface Direction {
  readonly value: Float64Array;
  readonly status: SolveStatus;
  readonly residual: number;
}

/**
 * −directionᵀ∂∇J/∂w of every row, with what its weight w changes in the target itself, the direction made of the target's gradient.
 * `fixedData` leaves out what a row changes in a graph or an input.
 */
export function alongDirection(
  session: ObjectiveSession,
  direction: (gradient: Float64Array) => Promise<Direction> | Direction,
  fixedData = false,
): (target: Target, rows: Rows) => Promise<{ scores: Float64Array; status: SolveStatus; residual: number }> {
  return async (target, rows) => {
    const { gradient, slopes } = await session.targetGradient(target);
    const { value, status, residual } = await direction(gradient);
    const along = await session.rowsAlong(rows, value, { fixedData });
    const direct = fixedData ? undefined : await session.targetAlong(target, slopes, rows);
    return { scores: along.map((x, k) => (direct?.[k] ?? 0) - x), status, residual };
  };
}
