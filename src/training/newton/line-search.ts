/** Line search on the objective of any model, by Armijo's rule. */

import type { Kernels } from "../../kernel/run-context.ts";
import type { Rotation } from "../../model/rotations.ts";
import { addScaled, dot, norm } from "../../numeric/vector.ts";
import type { FullBatch } from "../../objective/full-batch.ts";
import type { Objective } from "../../objective/objective.ts";
import type { RunOptions, YieldToEventLoop } from "../../run.ts";
import type { Preconditioner } from "./truncated.ts";

/** A minimisation under way, and where it stands. */
export interface Descent {
  readonly objective: Objective;
  readonly whole: FullBatch;
  readonly tolerance: number;
  readonly damping: number;
  /** Along which what is minimised is the same. */
  readonly rotations: readonly Rotation[];
  readonly yieldToEventLoop: YieldToEventLoop;
  readonly kernels: Kernels;
  readonly onRows?: RunOptions["onRows"];
  /** Where the descent stands, replaced at every step. */
  params: Float64Array;
  gradient: Float64Array;
  value: number;
  gradientNorm: number;
  products: number;
  preconditioner?: { readonly at: number; readonly apply: Preconditioner };
}

/**
 * Moves along a direction of descent by Armijo's rule: halves the length until J falls enough, or, where `far` says that the direction's
 * length means little, doubles it while J keeps falling. Returns false, leaving everything as it is, where nothing helps.
 */
export async function search(descent: Descent, direction: Float64Array, far: boolean): Promise<boolean> {
  const slope = dot(descent.gradient, direction);
  if (!(slope < 0)) return false;
  for (let length = 1; length > 1e-10; length /= 2) {
    const trial = await stepped(descent, direction, length);
    if (!accepted(descent, trial, length * slope)) continue;
    Object.assign(descent, far && length === 1 ? await farther(descent, direction, trial) : trial);
    return true;
  }
  return false;
}

type Trial = Pick<Descent, "params" | "gradient" | "value" | "gradientNorm">;

function accepted(descent: Descent, trial: Trial, fall: number): boolean {
  // J cannot be compared below its own rounding; there a smaller gradient decides.
  const rounding = 1e-13 * Math.abs(descent.value);
  if (!(trial.value <= descent.value + 1e-4 * fall + rounding)) return false;
  return -fall > rounding || trial.gradientNorm < descent.gradientNorm;
}

async function farther(descent: Descent, direction: Float64Array, near: Trial): Promise<Trial> {
  let best = near;
  for (let length = 2; length <= 64; length *= 2) {
    const trial = await stepped(descent, direction, length);
    if (!(trial.value < best.value)) break;
    best = trial;
  }
  return best;
}

async function stepped({ whole, params }: Descent, direction: Float64Array, length: number): Promise<Trial> {
  const moved = params.slice();
  addScaled(moved, length, direction);
  const gradient = new Float64Array(moved.length);
  const value = await whole.evaluate(moved, gradient);
  return { params: moved, gradient, value, gradientNorm: norm(gradient) };
}
