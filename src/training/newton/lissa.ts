/** Solving with a Hessian by stochastic estimation (LiSSA): one drawn row a step. */

import type { Curvature } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { randomOf } from "../../numeric/random.ts";
import { addScaled, norm } from "../../numeric/vector.ts";
import { openFullBatch } from "../../objective/full-batch.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import type { VisitPlaces } from "../../objective/row-places.ts";
import { unitOrder } from "../batches/order.ts";
import { geometricSeries } from "./geometric-series.ts";
import { largestCurvature, placesOfLoss } from "./sampled-rows.ts";
import type { HessianSolver, Solved } from "./solve.ts";

/** How rows are drawn. */
export interface LissaOptions {
  /** Rows drawn. */
  readonly samples: number;
  /** Of the draw. */
  readonly seed: number;
  /** Relative residual at which a solution is called converged. */
  readonly tolerance: number;
  /** Added to the diagonal. */
  readonly damping: number;
  /** The parameters that may move; the others are held. Default all. */
  readonly support?: Uint32Array | undefined;
  /** As the paper prints it: unscaled, with the true Hessian of each row. */
  readonly printed: boolean;
}

/** s ← v + s − row·H_k·s − rest·Λ·s, H_k the curvature of a drawn row and Λ the L2; the solution is `scale`·s. */
interface Recursion {
  readonly curvature: Curvature;
  readonly row: number;
  readonly rest: number;
  readonly scale: number;
}

/**
 * Prepares (H + damping)·x = v by s ← v + (I − (n∇²ℓ_k + Λ)/c)·s, x = s/c (Agarwal, Bullins and Hazan 2017, scaled), k drawn anew each step, with
 * Gauss-Newton curvature and c = n·max‖∇²ℓ_k‖ + max Λ, so that every factor is a contraction. Printed: s ← v + (I − ∇²ℓ_k)·s on the mean of the
 * losses, with their true Hessian. That diverges wherever a row's curvature is above 2: then the status is "breakdown" and the value zero. Cost: O(d)
 * a sample, and two passes. Throws `unsupported` where a row reads all parameters.
 */
export async function lissaSolver(
  objective: Objective,
  params: Float64Array,
  run: RunContext,
  options: LissaOptions,
): Promise<HessianSolver> {
  const visitPlaces = placesOfLoss(objective);
  const weights = penaltyWeights(objective.penalty, params.length).map((weight) => weight + options.damping);
  const recursion = options.printed
    ? printedRecursion(objective)
    : await scaledRecursion(objective, params, visitPlaces, weights, run);
  const held = heldOf(params.length, options.support);
  return {
    async solve(rhs) {
      const side = rhs.map((x, k) => (held?.[k] === 1 ? 0 : x));
      const value = await drawn({ objective, params, visitPlaces, weights, held, recursion }, side, run, options);
      if (value === undefined)
        return { value: new Float64Array(rhs.length), status: "breakdown", steps: options.samples, residual: 1 };
      return judged(objective, params, value, side, run, { ...options, ...recursion, held });
    },
    close: () => {},
  };
}

function printedRecursion({ units: { length } }: Objective): Recursion {
  return { curvature: "full", row: 1, rest: 1 / length, scale: 1 / length };
}

async function scaledRecursion(
  objective: Objective,
  params: Float64Array,
  visitPlaces: VisitPlaces,
  weights: Float64Array,
  run: RunContext,
): Promise<Recursion> {
  const { length } = objective.units;
  run.onRows?.(length);
  const most = await largestCurvature(objective, params, visitPlaces, run);
  const c = length * most + weights.reduce((a, b) => Math.max(a, b), 0) || 1;
  return { curvature: "gauss-newton", row: length / c, rest: 1 / c, scale: 1 / c };
}

function heldOf(length: number, support: Uint32Array | undefined): Uint8Array | undefined {
  if (support === undefined) return undefined;
  const held = new Uint8Array(length).fill(1);
  for (const k of support) held[k] = 0;
  return held;
}

interface Drawing {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly visitPlaces: VisitPlaces;
  readonly weights: Float64Array;
  readonly held: Uint8Array | undefined;
  readonly recursion: Recursion;
}

/** Samples between two looks at the clock and at the numbers. */
const together = 256;

/** `scale`·s after all samples; undefined once s is larger than any product of contractions could make it. */
async function drawn(
  drawing: Drawing,
  side: Float64Array,
  run: RunContext,
  { samples, seed }: LissaOptions,
): Promise<Float64Array | undefined> {
  const { objective, recursion } = drawing;
  const walk = walkOf(drawing, side);
  const order = unitOrder(objective, seed, 0);
  const random = randomOf(seed, "lissa");
  const length = norm(side);
  for (let done = 0; done < samples && order.length > 0; ) {
    const until = Math.min(samples, done + together);
    run.onRows?.(until - done);
    while (done < until) walk.step(order[random.integer(order.length)], ++done);
    if (!(walk.largest() <= (done + 1) * length)) return undefined;
    run.onProgress?.({ phase: "lissa", step: done, fraction: done / samples });
    await run.yieldToEventLoop();
  }
  const found = walk.finish(samples);
  return norm(found) <= (samples + 1) * length ? found.map((x) => recursion.scale * x) : undefined;
}

/** The recursion under way. A place that a row does not read is v + γ·s, γ = 1 − rest·Λ: it is brought up to date when it is read again. */
function walkOf({ objective, params, visitPlaces, weights, held, recursion }: Drawing, side: Float64Array) {
  const { curvature, row, rest } = recursion;
  const value = side.slice();
  const upTo = new Float64Array(side.length);
  const product = new Float64Array(side.length);
  const unit = new Uint32Array(1);
  const series = geometricSeries();
  let largest = 0;
  const bring = (k: number, to: number) => {
    if (upTo[k] === to || held?.[k] === 1) return;
    const { power, sum } = series(1 - rest * weights[k], to - upTo[k]);
    value[k] = power * value[k] + sum * side[k];
    upTo[k] = to;
  };
  return {
    step(drawnRow: number, number: number): void {
      unit[0] = drawnRow;
      visitPlaces(drawnRow, (k) => bring(k, number - 1));
      objective.addLossProduct(params, unit, value, product, curvature);
      visitPlaces(drawnRow, (k) => {
        const change = row * product[k];
        product[k] = 0;
        if (change === 0 || held?.[k] === 1) return;
        bring(k, number);
        value[k] -= change;
        if (!(Math.abs(value[k]) <= largest)) largest = Math.abs(value[k]);
      });
    },
    largest: () => largest,
    finish(number: number): Float64Array {
      for (let k = 0; k < value.length; k++) bring(k, number);
      return value;
    },
  };
}

interface Judging extends Recursion, Pick<LissaOptions, "samples" | "tolerance" | "damping"> {
  readonly held: Uint8Array | undefined;
}

/** What the solution leaves of its right-hand side, by one product with the whole Hessian. */
async function judged(
  objective: Objective,
  params: Float64Array,
  value: Float64Array,
  side: Float64Array,
  run: RunContext,
  { curvature, samples, tolerance, damping, held }: Judging,
): Promise<Solved> {
  const whole = openFullBatch(objective, run);
  try {
    const product = new Float64Array(value.length);
    await whole.product(params, value, product, curvature);
    addScaled(product, damping, value);
    const left = side.map((x, k) => (held?.[k] === 1 ? 0 : x - product[k]));
    const residual = norm(left) / (norm(side) || 1);
    const status: SolveStatus = residual <= tolerance ? "converged" : "step-limit";
    return { value, status, steps: samples, residual };
  } finally {
    whole.close();
  }
}
