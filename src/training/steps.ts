/** A few steps from parameters towards the optimum: Newton's, or sweeps of alternating least squares. */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { closedFormsOf, factorizationSettings } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";
import { alternate } from "./factors/alternating.ts";
import { newton } from "./factors/newton.ts";
import { type Optimum, workedFrom } from "./factors/reoptimise.ts";
import { unreadAtZero } from "./minimise.ts";
import { newtonMinimise } from "./newton/newton.ts";

/** How far a few steps go. */
export interface FewSteps {
  readonly steps: number;
  /** ‖∇J‖ below which no further step is taken. */
  readonly tolerance: number;
}

/**
 * At most `steps` inexact Newton steps with line search, each solved to the relative residual `forcing`: with the users eliminated where there are
 * closed forms (then in the canonical gauge), else on all parameters (truncated Newton: Nocedal & Wright 2006, Algorithm 7.1).
 */
export function newtonSteps(
  objective: Objective,
  start: Float64Array,
  run: RunContext,
  { steps, tolerance, forcing }: FewSteps & { readonly forcing: number },
): Promise<Optimum> {
  const closed = closedFormsOf(objective);
  if (closed === undefined)
    return newtonMinimise(objective, unreadAtZero(objective, start), run, { tolerance, maxSteps: steps, forcing });
  const options = { ...run, kernels: run.kernels.factors, tolerance };
  return workedFrom(closed, start, options, (descent) => newton(descent, { maxSteps: steps, forcing }));
}

/** Whether users and items can be solved in turn, each exactly. */
export function alternates({ settings }: Objective): boolean {
  return factorizationSettings(settings) !== undefined;
}

/** At most `steps` sweeps of alternating least squares, in the canonical gauge. Throws `unsupported` for objectives without closed forms. */
export function sweeps(
  objective: Objective,
  start: Float64Array,
  run: RunContext,
  { steps, tolerance }: FewSteps,
): Promise<Optimum> {
  const closed = closedFormsOf(objective);
  if (closed === undefined)
    throw new LetheError("unsupported", "sweeps need users and items that can be solved in turn", "take Newton steps");
  const options = { ...run, kernels: run.kernels.factors, tolerance };
  return workedFrom(closed, start, options, (descent) => alternate(descent, steps, tolerance));
}
