/** Newton's method on the objective of any model, by truncated conjugate gradients and line search. */

import { LetheError } from "../../errors.ts";
import type { Curvature } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { offRotations } from "../../model/rotations.ts";
import { addScaled, norm } from "../../numeric/vector.ts";
import { type FullBatch, openFullBatch } from "../../objective/full-batch.ts";
import type { Objective } from "../../objective/objective.ts";
import type { TrainStatus } from "../factors/descent.ts";
import { type Descent, search } from "./line-search.ts";
import { preconditionerOf } from "./preconditioner.ts";
import { type Preconditioner, type Truncated, truncatedSolution } from "./truncated.ts";

/** What `newtonMinimise` takes. */
export interface MinimiseOptions {
  /** ‖∇J‖ at which the minimisation is over; default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Newton steps at most; default 100. */
  readonly maxSteps?: number | undefined;
  /** Added to the Hessian's diagonal; default 0, and with L2 none is needed. */
  readonly damping?: number | undefined;
  /** Minimised in the place of J, which then only preconditions. It need not be the same along rotations. Whoever opened it closes it. */
  readonly instead?: FullBatch | undefined;
  /** Told the parameters after every step. */
  readonly onStep?: ((params: Float64Array) => void) | undefined;
  /** Relative residual at which the conjugate gradients of every step stop; default: loose far away and tight near the optimum. */
  readonly forcing?: number | undefined;
}

/** Where a minimisation ended. "converged" means that ‖∇J‖ at `params` is within the tolerance. */
export interface NewtonOptimum {
  readonly params: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly status: TrainStatus;
  /** Hessian products spent. */
  readonly products: number;
}

/** A preconditioner is kept until J has fallen by this share. */
const staleness = 0.003;

/** Products in one Newton step at most. */
const mostProducts = 500;

/**
 * Minimises J from `start` (truncated Newton: Nocedal & Wright 2006, Algorithm 7.1): conjugate gradients on the true Hessian, loosely far
 * away and tightly near the optimum, so that convergence is superlinear; at negative curvature the direction so far, or where that
 * is none, the one of the Gauss-Newton Hessian; steps by Armijo's rule. Nothing moves along rotations that leave all
 * scores as they are. Throws `bad-input` for a start of the wrong length.
 */
export async function newtonMinimise(
  objective: Objective,
  start: Float64Array,
  run: RunContext,
  options: MinimiseOptions = {},
): Promise<NewtonOptimum> {
  if (start.length !== objective.parameterCount)
    throw new LetheError("bad-input", `a start of ${start.length} values for ${objective.parameterCount} parameters`);
  const { instead } = options;
  const whole = instead ?? openFullBatch(objective, run);
  try {
    return await descend(await beginning(objective, whole, start, run, options), run, options);
  } finally {
    if (instead === undefined) whole.close();
  }
}

async function descend(
  descent: Descent,
  { onProgress }: RunContext,
  { maxSteps = 100, forcing: asked, onStep }: MinimiseOptions,
): Promise<NewtonOptimum> {
  const first = descent.gradientNorm;
  let previous = first;
  let done = 0;
  for (let step = 1; step <= maxSteps && descent.gradientNorm > descent.tolerance; step++) {
    const forcing = asked ?? forcingAt(descent.gradientNorm, previous, first);
    previous = descent.gradientNorm;
    if (!(await newtonStep(descent, forcing))) break;
    onStep?.(descent.params.slice());
    // Work is about proportional to the digits of the gradient still to be won.
    const digits = Math.log(first / descent.gradientNorm) / Math.log(first / descent.tolerance);
    done = Math.min(0.99, Math.max(done, digits || 0));
    onProgress?.({
      phase: "newton",
      step,
      fraction: done,
      objective: descent.value,
      gradientNorm: descent.gradientNorm,
    });
  }
  const { params, value, gradientNorm, products } = descent;
  const finite = Number.isFinite(value) && Number.isFinite(gradientNorm);
  const status = !finite ? "breakdown" : gradientNorm <= descent.tolerance ? "converged" : "step-limit";
  return { params, value, gradientNorm, status, products };
}

/**
 * Loosely far away and tightly near the optimum (Dembo, Eisenstat & Steihaug 1982). Where the last step took most of the gradient, J is nearly
 * quadratic, and a solve that stops early would only begin its Krylov space anew.
 */
function forcingAt(gradientNorm: number, previous: number, first: number): number {
  const share = gradientNorm / first;
  const quadratic = share < 0.01 && gradientNorm < 0.15 * previous;
  return Math.min(0.3, quadratic ? 0.3 * share : Math.sqrt(share));
}

async function beginning(
  objective: Objective,
  whole: FullBatch,
  start: Float64Array,
  { yieldToEventLoop, kernels, onRows }: RunContext,
  { tolerance = 1e-8, damping = 0, instead }: MinimiseOptions,
): Promise<Descent> {
  const params = start.slice();
  const gradient = new Float64Array(params.length);
  const value = await whole.evaluate(params, gradient);
  const gradientNorm = norm(gradient);
  return {
    objective,
    whole,
    tolerance,
    damping,
    rotations: instead === undefined ? (objective.model.rotations ?? []) : [],
    yieldToEventLoop,
    kernels,
    onRows,
    params,
    gradient,
    value,
    gradientNorm,
    products: 0,
  };
}

/** One step; false where no step lowers J. */
async function newtonStep(descent: Descent, forcing: number): Promise<boolean> {
  const precondition = await preconditionerAt(descent);
  const exact = await solution(descent, "full", forcing, precondition);
  if (exact.steps > 1 || exact.status === "converged")
    if (await search(descent, exact.value, exact.status === "negative-curvature")) return true;
  const convex = await solution(descent, "gauss-newton", Math.max(forcing, 0.1), precondition);
  if (await search(descent, convex.value, true)) return true;
  return search(
    descent,
    descent.gradient.map((g) => -g),
    true,
  );
}

async function preconditionerAt(descent: Descent): Promise<Preconditioner> {
  const { objective, params, value, damping, preconditioner: held } = descent;
  if (held !== undefined && held.at - value <= staleness * Math.abs(value)) return held.apply;
  const apply = await preconditionerOf(objective, params, damping, descent);
  descent.preconditioner = { at: value, apply };
  return apply;
}

async function solution(
  descent: Descent,
  curvature: Curvature,
  tolerance: number,
  precondition: Preconditioner,
): Promise<Truncated> {
  const { whole, params, damping, gradient } = descent;
  // Away from an optimum the curvature along a rotation can be negative, though J is the same all along it.
  const turn = offRotations(descent.rotations, params);
  const solved = await truncatedSolution(
    async (input, out) => {
      await whole.product(params, input, out, curvature);
      if (damping !== 0) addScaled(out, damping, input);
      // Else the residual has a part along rotations, and with it the preconditioner is not symmetric.
      turn(out);
    },
    gradient.map((g) => -g),
    {
      tolerance,
      // What is left is the next gradient, as far as J is quadratic there: much below the tolerance, because where the curvature is small parameters are far.
      enough: 0.02 * descent.tolerance,
      maxSteps: mostProducts,
      precondition(input, out) {
        precondition(input, out);
        turn(out);
      },
    },
  );
  descent.products += solved.steps;
  return solved;
}
