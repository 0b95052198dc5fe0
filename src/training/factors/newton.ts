/** Newton's method on the objective with the users eliminated (variable projection), by truncated conjugate gradients and line search. */

import { addScaled, dot } from "../../numeric/vector.ts";
import { alternate } from "./alternating.ts";
import { type Descent, type Standing, standing } from "./descent.ts";
import { solveReduced } from "./schur.ts";

/** Settings of Newton's method. */
export interface NewtonOptions {
  /** Default: that of the descent. */
  readonly maxSteps?: number;
  /** Sweeps of alternating least squares to fall back to where the curvature is negative. */
  readonly fallbackSweeps?: number;
  /** Relative residual at which the solve of every step stops; default: loose far away and tight near the optimum. */
  readonly forcing?: number | undefined;
}

/** Where Newton's method ended, and whether its last direction met negative curvature: an optimum may then be far. */
export interface NewtonEnd extends Standing {
  readonly negative: boolean;
}

/**
 * Minimises J from the session's point. The users' rows are solved exactly at every trial, so that the Hessian of what
 * remains is the Schur complement S; S·v = −g is solved loosely far away and tightly near the optimum, the rotations
 * projected out, stopping at negative curvature; steps are accepted by Armijo's rule on J.
 */
export async function newton(descent: Descent, options: NewtonOptions = {}): Promise<NewtonEnd> {
  const { maxSteps = descent.maxSteps, fallbackSweeps = 2, forcing } = options;
  const { session, tolerance, yieldToEventLoop, report } = descent;
  session.solve("user");
  await yieldToEventLoop();
  let now = standing(descent);
  let stalls = 0;
  let negative = false;
  for (let step = 1; step <= maxSteps && now.gradientNorm > tolerance && stalls < mostStalls; step++) {
    const found = await newtonDirection(descent, now, forcing, stalls);
    negative = found.negative;
    const next = await lineSearch(descent, now, found.direction);
    stalls = next === undefined || isCrawl(now, next) ? stalls + 1 : 0;
    now = next ?? now;
    report({ phase: "newton", step, objective: now.value, gradientNorm: now.gradientNorm });
    await yieldToEventLoop();
    if (negative) {
      await alternate(descent, fallbackSweeps);
      session.solve("user");
      await yieldToEventLoop();
      now = standing(descent);
    }
  }
  return { ...now, negative };
}

/** Steps without progress after which there is none to come, and the residual of the tightest solve. */
const mostStalls = 5;
const leastForcing = 1e-12;

/** Whether a step lowered neither J, to its rounding, nor the gradient by much: rounding allows no more. */
function isCrawl(before: Standing, after: Standing): boolean {
  return before.value - after.value <= rounding(before) && after.gradientNorm > 0.5 * before.gradientNorm;
}

/** What J cannot be compared below. */
const rounding = ({ value }: Standing) => 1e-13 * Math.abs(value);

/** The reduced part of a full vector. */
function reducedOf(descent: Descent, vector: Float64Array): Float64Array {
  return vector.subarray(vector.length - descent.session.reducedCount);
}

async function newtonDirection(
  descent: Descent,
  now: Standing,
  asked: number | undefined,
  stalls: number,
): Promise<{ direction: Float64Array; negative: boolean }> {
  const { objective, session, tolerance, yieldToEventLoop } = descent;
  session.factorise("item");
  await yieldToEventLoop();
  const rhs = reducedOf(descent, descent.gradient).map((g) => -g);
  // Loose while far; near the end no tighter than what brings ‖∇J‖ a little below the tolerance.
  const forcing = asked ?? Math.min(0.05, 0.1 * now.gradientNorm);
  const loose = Math.max(forcing, Math.min(0.05, (0.1 * tolerance) / now.gradientNorm));
  // The solve stops by another norm than ‖∇J‖: where that does not fall, it has to go on.
  const inner = Math.max(leastForcing, loose * 0.01 ** stalls);
  await yieldToEventLoop();
  const solution = await solveReduced(objective, session, rhs, descent, { tolerance: inner });
  return { direction: solution.value, negative: solution.status === "negative-curvature" };
}

/** Moves along the direction, halving until J falls enough; leaves the session where it was when nothing helps. */
async function lineSearch(descent: Descent, now: Standing, direction: Float64Array): Promise<Standing | undefined> {
  const { session, gradient, yieldToEventLoop } = descent;
  const start = new Float64Array(session.parameterCount);
  session.getPoint(start);
  const slope = dot(reducedOf(descent, gradient), direction);
  // Below the rounding of J a smaller gradient decides.
  const least = rounding(now);
  const trial = start.slice();
  for (let length = 1; length > 1e-6; length /= 2) {
    trial.set(start);
    addScaled(reducedOf(descent, trial), length, direction);
    session.setPoint(trial);
    session.solve("user");
    await yieldToEventLoop();
    const next = standing(descent);
    if (next.value <= now.value + 1e-4 * length * slope + least) {
      if (-slope > least || next.gradientNorm < now.gradientNorm) return next;
    }
    await yieldToEventLoop();
  }
  session.setPoint(start);
  session.solve("user");
  await yieldToEventLoop();
  standing(descent);
  return undefined;
}
