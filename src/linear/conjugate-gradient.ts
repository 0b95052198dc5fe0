/** Preconditioned conjugate gradients for symmetric operators, positive definite or consistent and semidefinite. */

import { addScaled, dot, scaleAndAdd } from "../numeric/vector.ts";
import type { LinearOperator, Solution, Solver, SolveStatus } from "./solver.ts";

/** Settings of conjugate gradients. */
export interface ConjugateGradientOptions {
  /** Stops at √(rᵀM⁻¹r) ≤ tolerance·√(bᵀM⁻¹b). Default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Default: twice the order. */
  readonly maxSteps?: number | undefined;
  /** M⁻¹, symmetric positive definite: overwrites `output` with an approximation of A⁻¹·input. */
  readonly preconditioner?: LinearOperator | undefined;
  /** Called with every residual: removes what lies in a known null space, in place. */
  readonly project?: ((residual: Float64Array) => void) | undefined;
  /** Called before every product; may give the event loop a turn, or throw to abort. */
  readonly onStep?: (() => Promise<void>) | undefined;
}

/**
 * Conjugate gradients (Hestenes & Stiefel 1952) started at zero. At a direction of negative curvature it stops with that status
 * and the iterate so far (the preconditioned right-hand side when it is the first direction), which is still a descent direction.
 */
export function conjugateGradient(options: ConjugateGradientOptions = {}): Solver {
  return {
    name: "conjugate-gradient",
    prepare: (operator) => ({ solve: (rhs) => iterate(operator, rhs, options) }),
  };
}

async function iterate(
  operator: LinearOperator,
  rhs: Float64Array,
  options: ConjugateGradientOptions,
): Promise<Solution> {
  const { tolerance = 1e-8, maxSteps = 2 * operator.size, preconditioner, project, onStep } = options;
  const value = new Float64Array(operator.size);
  const residual = rhs.slice();
  project?.(residual);
  const scaled = new Float64Array(operator.size);
  const product = new Float64Array(operator.size);
  const precondition = () => (preconditioner ? preconditioner.apply(residual, scaled) : scaled.set(residual));
  await precondition();
  let rho = dot(residual, scaled);
  const start = Math.sqrt(rho);
  const done = (status: SolveStatus, steps: number): Solution => ({
    value,
    status,
    steps,
    residual: start === 0 ? 0 : Math.sqrt(Math.max(rho, 0)) / start,
  });
  if (rho === 0) return done("converged", 0);
  if (!(rho > 0)) return done("breakdown", 0);
  const direction = scaled.slice();
  for (let step = 1; step <= maxSteps; step++) {
    await onStep?.();
    await operator.apply(direction, product);
    const curvature = dot(direction, product);
    if (!Number.isFinite(curvature)) return done("breakdown", step);
    if (curvature <= 0) {
      if (step === 1) value.set(direction);
      return done("negative-curvature", step);
    }
    const length = rho / curvature;
    addScaled(value, length, direction);
    addScaled(residual, -length, product);
    project?.(residual);
    await precondition();
    const next = dot(residual, scaled);
    const shrink = next / rho;
    rho = next;
    if (!Number.isFinite(rho)) return done("breakdown", step);
    if (rho <= tolerance * tolerance * start * start) return done("converged", step);
    scaleAndAdd(direction, shrink, scaled);
  }
  return done("step-limit", maxSteps);
}
