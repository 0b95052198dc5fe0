/** From parameters that are nearly right to the optimum: what exact forgetting and leave-one-out share. */

import type { FactorKernels } from "../../kernel/kernels.ts";
import { canonicalise } from "../../model/gauge.ts";
import { norm } from "../../numeric/vector.ts";
import { type Factorization, placesOf, restingRows } from "../../objective/factorization.ts";
import { type RunOptions, yielding } from "../../run.ts";
import { anderson } from "./anderson.ts";
import { type Descent, type Standing, standing, type TrainStatus } from "./descent.ts";
import { newton } from "./newton.ts";
import { factoriseBoth, openFactors, wide } from "./opening.ts";
import { recoverRank } from "./rank-recovery.ts";
import { onRowsOf, type SlowModes } from "./slow-modes.ts";
import { isThin, minimiseThin } from "./thin/minimise.ts";
import { newtonAgain } from "./to-optimum.ts";

/** What every minimiser takes. */
export interface DescentOptions extends RunOptions {
  /** ‖∇J‖ at which the minimisation is over; default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Newton steps at most; default 300. */
  readonly maxSteps?: number | undefined;
  readonly kernels: FactorKernels;
  /** Told the parameters after every step, in a rotation of their own. */
  readonly onStep?: ((params: Float64Array) => void) | undefined;
}

/** Where a minimisation ended. */
export interface Optimum {
  /** In the canonical gauge. */
  readonly params: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly status: TrainStatus;
}

const mostSteps = 300;

/** Opens a session for the objective, runs `work` in it, and closes it whatever happens. */
export async function descend<End>(
  objective: Factorization,
  options: DescentOptions,
  work: (descent: Descent) => Promise<End>,
): Promise<End> {
  const { tolerance = 1e-8, maxSteps = mostSteps, kernels, signal, onProgress, onRows, onStep } = options;
  const yieldToEventLoop = yielding(signal);
  const session = await openFactors(objective, { kernels, yieldToEventLoop, onRows });
  let first = Number.NaN;
  let done = 0;
  const descent: Descent = {
    objective,
    session,
    kernels,
    tolerance,
    maxSteps,
    yieldToEventLoop,
    onRows,
    watched: onStep !== undefined,
    gradient: new Float64Array(objective.parameterCount),
    report: (progress) => {
      if (onStep !== undefined) {
        const point = new Float64Array(objective.parameterCount);
        session.getPoint(point);
        onStep(point);
      }
      if (onProgress === undefined) return;
      const gradientNorm = progress.gradientNorm ?? Number.NaN;
      if (Number.isNaN(first)) first = gradientNorm;
      // Work is about proportional to the digits of the gradient still to be won.
      const fraction = Math.log(first / gradientNorm) / Math.log(first / tolerance);
      // A gradient may grow on the way down; what was done is not undone by that.
      done = Math.min(0.99, Math.max(done, fraction || 0));
      onProgress({ ...progress, fraction: done });
    },
  };
  try {
    return await work(descent);
  } finally {
    session.close();
  }
}

/** Relaxation starts again with fresh blocks as long as it gains, so often at most; then Newton takes over. */
const mostRounds = 6;
/** Passes with the same blocks at most: of wide models fresh ones cost more than they bring. */
const mostPasses = { narrow: 150, wide: 600 };

/**
 * Minimises the objective from `start`: Anderson-accelerated relaxation with the blocks of the start, then Newton if that falls short.
 * Rows without data are set to their optimum, zero. The cost is a few passes over the ratings: O(ratings · factors) each.
 */
export function reoptimise(
  objective: Factorization,
  start: Float64Array,
  options: DescentOptions & { readonly slowModes?: SlowModes | undefined },
): Promise<Optimum> {
  return descend(objective, options, async (descent) => {
    const { session, tolerance } = descent;
    session.setPoint(withEmptyRowsZero(objective, start));
    const slowModes = options.slowModes && onRowsOf(objective, options.slowModes);
    const now = isThin(objective.problem) ? await minimiseThin(descent) : await relax(descent, slowModes);
    if (!(now.gradientNorm <= tolerance)) await newtonAgain(descent);
    await recoverRank(descent);
    return finish(descent);
  });
}

/** Accelerated relaxation, again with fresh blocks as long as that gains: what sets that are not thin begin with. */
export async function relax(descent: Descent, slowModes?: SlowModes | undefined): Promise<Standing> {
  const maxPasses = descent.objective.settings.factors < wide ? mostPasses.narrow : mostPasses.wide;
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; ; round++) {
    await factoriseBoth(descent.session, descent.yieldToEventLoop);
    const now = await anderson(descent, { maxPasses, slowModes: round === 0 ? slowModes : undefined });
    const gains = now.gradientNorm < 0.2 * before;
    if (now.gradientNorm <= descent.tolerance || !gains || round + 1 === mostRounds) return now;
    before = now.gradientNorm;
  }
}

/**
 * A copy of the parameters in which rows that rest are zero, which is where J puts them; so is the mean of nothing, which J leaves
 * free and training starts at zero.
 */
export function withEmptyRowsZero(objective: Factorization, params: Float64Array): Float64Array {
  const { size } = objective.interactions;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const out = params.slice();
  if (size === 0 && meanAt >= 0) out[meanAt] = 0;
  for (const [side, at] of [["user", 0] as const, ["item", itemsAt] as const])
    for (const r of restingRows(objective, side)) out.fill(0, at + r * stride, at + (r + 1) * stride);
  return out;
}

/** Turns the session's point into the canonical gauge, and says where it stands there. */
export async function finish(descent: Descent): Promise<Optimum> {
  const found = await inGauge(descent);
  // Turning rounds; a gradient that was within the tolerance by a hair may need one more step.
  if (found.gradientNorm <= descent.tolerance) return found;
  await newton(descent, { maxSteps: 3 });
  return inGauge(descent);
}

async function inGauge(descent: Descent): Promise<Optimum> {
  const { objective, session, tolerance, gradient } = descent;
  const params = new Float64Array(session.parameterCount);
  session.getPoint(params);
  canonicalise(objective.shape, params);
  session.setPoint(params);
  await descent.yieldToEventLoop();
  const { value, gradientNorm } = standing(descent);
  const finite = Number.isFinite(value) && Number.isFinite(norm(gradient));
  const status = !finite ? "breakdown" : gradientNorm <= tolerance ? "converged" : "step-limit";
  return { params, value, gradientNorm, status };
}

/** Some work from `start`, with rows that rest at zero, and where it leads in the canonical gauge: no more steps than those of the work. */
export function workedFrom(
  objective: Factorization,
  start: Float64Array,
  options: DescentOptions,
  work: (descent: Descent) => Promise<Standing>,
): Promise<Optimum> {
  return descend(objective, options, async (descent) => {
    descent.session.setPoint(withEmptyRowsZero(objective, start));
    await work(descent);
    return inGauge(descent);
  });
}
