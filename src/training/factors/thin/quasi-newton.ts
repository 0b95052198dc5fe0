/** Minimising by the limited-memory BFGS method, with a metric that may be renewed on the way. */

import { addScaled, addScaledAndDot, difference, dot, norm } from "../../../numeric/vector.ts";

/** A function and its curvature, roughly. */
export interface Valley {
  /** Returns the value and overwrites the gradient. */
  evaluate(point: Float64Array, gradient: Float64Array): Promise<number>;
  /** An approximate inverse of the Hessian at a point, symmetric and not indefinite. */
  metric(point: Float64Array): Promise<(gradient: Float64Array, out: Float64Array) => void>;
}

/** When to stop, and whom to tell. */
export interface QuasiNewtonOptions {
  readonly tolerance: number;
  readonly maxSteps: number;
  readonly onStep: (here: Visited, step: number) => Promise<void>;
}

/** A point with its value and gradient. */
export interface Visited {
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
}

/** Steps that are remembered, steps until the metric is renewed, and steps cut short after which it is renewed sooner. */
const memory = 10;
const period = 100;
const shortSteps = 5;
/** Steps without a smaller ‖gradient‖ where the value does not fall either: rounding allows no more. */
const mostStalls = 60;

/** The change of the point and of the gradient in a step. */
interface Secant {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  readonly product: number;
}

/**
 * Goes down from `start` (Liu & Nocedal 1989), each step halved until the value falls enough (Armijo's rule), until ‖gradient‖ is within the
 * tolerance, the steps are used up, or nothing falls any more. Returns the last point.
 */
export async function quasiNewton(valley: Valley, start: Float64Array, options: QuasiNewtonOptions): Promise<Visited> {
  const { tolerance, maxSteps, onStep } = options;
  let here = await visit(valley, start);
  let secants: Secant[] = [];
  let metric = await valley.metric(start);
  let fresh = 0;
  let short = 0;
  let best = here.gradientNorm;
  let stalls = 0;
  for (let step = 1; step <= maxSteps && here.gradientNorm > tolerance && stalls < mostStalls; step++) {
    if (step - fresh > period || short >= shortSteps) {
      metric = await valley.metric(here.point);
      if (short >= shortSteps) secants = [];
      fresh = step;
      short = 0;
    }
    const direction = directionAt(here.gradient, secants, metric);
    const found = await searchAlong(valley, here, direction);
    if (found === undefined) break;
    if (found.length < 0.3) short++;
    stalls = found.next.gradientNorm < best || here.value - found.next.value > rounding(here) ? 0 : stalls + 1;
    best = Math.min(best, found.next.gradientNorm);
    remember(secants, here, found.next);
    here = found.next;
    await onStep(here, step);
  }
  return here;
}

async function visit(valley: Valley, point: Float64Array): Promise<Visited> {
  const gradient = new Float64Array(point.length);
  const value = await valley.evaluate(point, gradient);
  return { point, gradient, value, gradientNorm: norm(gradient) };
}

/** What values cannot be compared below. */
const rounding = ({ value }: Visited) => 1e-13 * Math.abs(value);

/** The two loops: minus the approximate inverse Hessian times the gradient. */
function directionAt(
  gradient: Float64Array,
  secants: readonly Secant[],
  metric: (gradient: Float64Array, out: Float64Array) => void,
): Float64Array {
  const left = gradient.slice();
  const weights = new Float64Array(secants.length);
  const last = secants.length - 1;
  let along = last < 0 ? 0 : dot(secants[last].moved, left);
  for (let k = last; k >= 0; k--) {
    weights[k] = along / secants[k].product;
    along = addScaledAndDot(left, -weights[k], secants[k].turned, secants[Math.max(0, k - 1)].moved);
  }
  const out = new Float64Array(gradient.length);
  metric(left, out);
  along = last < 0 ? 0 : dot(secants[0].turned, out);
  secants.forEach(({ moved, product }, k) => {
    along = addScaledAndDot(out, weights[k] - along / product, moved, secants[Math.min(last, k + 1)].turned);
  });
  for (let k = 0; k < out.length; k++) out[k] = -out[k];
  return out;
}

async function searchAlong(
  valley: Valley,
  here: Visited,
  direction: Float64Array,
): Promise<{ next: Visited; length: number } | undefined> {
  const slope = dot(here.gradient, direction);
  for (let length = 1; length > 1e-5; length /= 2) {
    const point = here.point.slice();
    addScaled(point, length, direction);
    const next = await visit(valley, point);
    if (next.value <= here.value + 1e-4 * length * slope + rounding(here)) return { next, length };
  }
  return undefined;
}

/** Remembers a step along which the curvature was positive. */
function remember(secants: Secant[], here: Visited, next: Visited): void {
  const moved = difference(next.point, here.point);
  const turned = difference(next.gradient, here.gradient);
  const product = dot(moved, turned);
  if (!(product > 1e-12 * norm(moved) * norm(turned))) return;
  secants.push({ moved, turned, product });
  if (secants.length > memory) secants.shift();
}
