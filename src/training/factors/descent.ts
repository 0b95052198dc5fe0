/** What the minimisers of a factorization share: their workspace, and how they end. */

import type { FactorKernels, FactorSession } from "../../kernel/kernels.ts";
import { norm } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { Progress, RunOptions, YieldToEventLoop } from "../../run.ts";

/** "converged" means that the recomputed ‖∇J‖ is within the tolerance, and nothing else. */
export type TrainStatus = "converged" | "step-limit" | "breakdown";

/** A minimisation under way: the session's current point is the iterate. */
export interface Descent {
  readonly objective: Factorization;
  readonly session: FactorSession;
  /** For sessions on other forms of the problem. */
  readonly kernels: FactorKernels;
  readonly tolerance: number;
  /** Newton steps at most. */
  readonly maxSteps: number;
  readonly yieldToEventLoop: YieldToEventLoop;
  readonly report: (progress: Omit<Progress, "fraction">) => void;
  /** Whether a report tells the session's point. */
  readonly watched: boolean;
  /** Told of ratings that are read by others than the session. */
  readonly onRows: RunOptions["onRows"];
  /** Scratch for ∇J. */
  readonly gradient: Float64Array;
}

/** J and ‖∇J‖ at the session's point; ∇J is left in `descent.gradient`. */
export interface Standing {
  readonly value: number;
  readonly gradientNorm: number;
}

/** Evaluates where a descent stands. */
export function standing(descent: Descent): Standing {
  const value = descent.session.evaluate(descent.gradient);
  return { value, gradientNorm: norm(descent.gradient) };
}
