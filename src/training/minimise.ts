/** From parameters that are nearly right to the optimum: closed forms where the objective has them, else Newton's method. */

import type { RunContext } from "../kernel/run-context.ts";
import { rowAt } from "../model/tensors.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";
import type { Optimum } from "./factors/reoptimise.ts";
import { reoptimise } from "./factors/reoptimise.ts";
import { newtonMinimise } from "./newton/newton.ts";
import { type AskedTolerance, toleranceOn } from "./tolerance.ts";

/** When a minimisation is over. */
export interface MinimiseSettings extends AskedTolerance {
  /** Newton steps at most, where there are any; default 100. */
  readonly maxSteps?: number | undefined;
  /** Told the parameters after every step; with closed forms each time in a rotation of their own. */
  readonly onStep?: ((params: Float64Array) => void) | undefined;
}

/** Minimises an objective from `start`. The status tells whether ‖∇J‖ came within the tolerance. */
export function minimise(
  objective: Objective,
  start: Float64Array,
  run: RunContext,
  settings: MinimiseSettings = {},
): Promise<Optimum> {
  const closed = closedFormsOf(objective);
  const { onStep, maxSteps } = settings;
  const { tolerance } = toleranceOn(objective, settings);
  if (closed) return reoptimise(closed, start, { ...run, kernels: run.kernels.factors, tolerance, maxSteps, onStep });
  return newtonMinimise(objective, unreadAtZero(objective, start), run, { ...settings, tolerance });
}

/**
 * A copy of the parameters in which rows that no example reads are zero, where training leaves them: without L2 nothing would move them from
 * what rows that went have taught.
 */
export function unreadAtZero(objective: Objective, params: Float64Array): Float64Array {
  const { tensors, counts, settings } = objective;
  const out = params.slice();
  for (const tensor of tensors) {
    // In a list every item is read.
    if (tensor.rowsOf === undefined || (tensor.rowsOf === "item" && settings.loss.form === "listwise")) continue;
    const times = counts[`${tensor.rowsOf}s`];
    for (let row = 0; row < tensor.rows; row++)
      if (times[row] === 0) out.fill(0, rowAt(tensor, row), rowAt(tensor, row) + tensor.width);
  }
  return out;
}
