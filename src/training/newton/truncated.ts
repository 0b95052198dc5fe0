/** Conjugate gradients that yield to the event loop between products and stop where the curvature is negative. */

import type { RunContext } from "../../kernel/run-context.ts";
import { addScaled, dot, norm, scaleAndAdd } from "../../numeric/vector.ts";

/** What building and solving needs to run. */
export type SolveRun = Pick<RunContext, "kernels" | "yieldToEventLoop" | "onRows">;

/** Overwrites `out` with a symmetric operator times `input`. */
export type SlowOperator = (input: Float64Array, out: Float64Array) => Promise<void>;

/** Overwrites `out` with an approximate inverse, symmetric and positive definite, times `input`. */
export type Preconditioner = (input: Float64Array, out: Float64Array) => void;

/** Settings of a truncated solution. */
export interface TruncatedOptions {
  /** Stops at √(rᵀM⁻¹r) ≤ tolerance·√(bᵀM⁻¹b). */
  readonly tolerance: number;
  /** Stops at ‖r‖ ≤ this as well; default 0. */
  readonly enough?: number | undefined;
  readonly maxSteps: number;
  readonly precondition: Preconditioner;
}

/** Where conjugate gradients ended. */
export interface Truncated {
  readonly value: Float64Array;
  readonly status: "converged" | "step-limit" | "breakdown" | "negative-curvature";
  readonly steps: number;
  /** √(rᵀM⁻¹r) / √(bᵀM⁻¹b) at the end. */
  readonly residual: number;
}

/**
 * Solves A·x = rhs by preconditioned conjugate gradients from zero (Steihaug 1983, without the radius): at a direction of negative
 * curvature it ends with what it has, which is a descent direction, or zero at the first.
 */
export async function truncatedSolution(
  operator: SlowOperator,
  rhs: Float64Array,
  { tolerance, enough = 0, maxSteps, precondition }: TruncatedOptions,
): Promise<Truncated> {
  const value = new Float64Array(rhs.length);
  const residual = rhs.slice();
  const scaled = new Float64Array(rhs.length);
  const product = new Float64Array(rhs.length);
  precondition(residual, scaled);
  let rho = dot(residual, scaled);
  const first = rho;
  const least = tolerance * tolerance * first;
  const ended = (status: Truncated["status"], steps: number): Truncated => ({
    value,
    status,
    steps,
    residual: first > 0 ? Math.sqrt(Math.max(rho, 0) / first) : 0,
  });
  if (!(rho > 0)) return ended(rho === 0 ? "converged" : "breakdown", 0);
  const direction = scaled.slice();
  for (let step = 1; step <= maxSteps; step++) {
    await operator(direction, product);
    const curvature = dot(direction, product);
    if (!Number.isFinite(curvature)) return ended("breakdown", step);
    if (curvature <= 0) return ended("negative-curvature", step);
    addScaled(value, rho / curvature, direction);
    addScaled(residual, -rho / curvature, product);
    precondition(residual, scaled);
    const next = dot(residual, scaled);
    const shrink = next / rho;
    rho = next;
    if (next <= least || norm(residual) <= enough) return ended("converged", step);
    scaleAndAdd(direction, shrink, scaled);
  }
  return ended("step-limit", maxSteps);
}
