/** The last layer of a network brought to its optimum, all below it held: a convex problem in few parameters. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { LastLayer } from "../../model/model.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { norm } from "../../numeric/vector.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import { pairsPerUnit } from "../../objective/units.ts";
import type { TrainStatus } from "../factors/descent.ts";

/** Where the last layer ended: all parameters, of which only its own have moved. */
export interface LastLayerOptimum {
  readonly params: Float64Array;
  readonly status: TrainStatus;
  readonly steps: number;
}

/** Multiply-adds between two turns of the event loop, and pairs at most. */
const workInTurn = 2 ** 24;
const mostPairs = 2 ** 13;
const mostSteps = 60;
/** ‖gradient‖ over the sum of its terms' sizes: what is aimed at, and what rounding may leave. */
const aim = 1e-15;
const rounding = 1e-10;

/** J at the layer, its derivatives by the layer's parameters (weights, then bias), and the size of what the gradient sums. */
export interface LastLayerView {
  readonly value: number;
  readonly gradient: Float64Array;
  /** Row-major; the lower triangle. */
  readonly hessian: Float64Array;
  readonly size: number;
}

/** Newton's method on the layer's parameters, steps halved until J falls. Needs L2 above 0 on them. Cost: a forward pass over all examples a step. */
export async function optimalLastLayer(
  objective: Objective,
  start: Float64Array,
  layer: LastLayer,
  run: RunContext,
): Promise<LastLayerOptimum> {
  const places = placesOfLayer(layer);
  let params: Float64Array = start.slice();
  let view = await lastLayerAt(objective, params, layer, run);
  for (let step = 0; step < mostSteps; step++) {
    const left = norm(view.gradient);
    if (!Number.isFinite(left)) return { params, status: "breakdown", steps: step };
    if (left <= aim * view.size) return { params, status: "converged", steps: step };
    const moved = await stepFrom(objective, params, view, places, layer, run);
    // No step lowers J or the gradient any more: what is left is rounding, or nothing can be done.
    if (moved === undefined)
      return { params, status: left <= rounding * view.size ? "converged" : "step-limit", steps: step };
    ({ params, view } = moved);
    run.onProgress?.({ phase: "last layer", step: step + 1, fraction: (step + 1) / mostSteps });
  }
  return { params, status: norm(view.gradient) <= rounding * view.size ? "converged" : "step-limit", steps: mostSteps };
}

/** The layer's places in a parameter vector: weights, then bias. */
export function placesOfLayer({ weightsAt, width, biasAt }: LastLayer): Uint32Array {
  return Uint32Array.from({ length: width + 1 }, (_, f) => (f < width ? weightsAt + f : biasAt));
}

async function stepFrom(
  objective: Objective,
  params: Float64Array,
  { value, gradient, hessian, size }: LastLayerView,
  places: Uint32Array,
  layer: LastLayer,
  run: RunContext,
): Promise<{ readonly params: Float64Array; readonly view: LastLayerView } | undefined> {
  const order = places.length;
  const factor = hessian.slice();
  if (!choleskyInPlace(factor, order)) return undefined;
  const move = gradient.slice();
  forwardSubstitute(factor, order, move);
  backSubstitute(factor, order, move);
  // Where rounding may be all that is left, J tells no steps apart, and a shorter one helps no more.
  const near = norm(gradient) <= rounding * size;
  for (let scale = 1; scale >= (near ? 1 : 1e-3); scale /= 2) {
    const next = params.slice();
    places.forEach((place, f) => {
      next[place] -= scale * move[f];
    });
    const view = await lastLayerAt(objective, next, layer, run);
    if ((!near && view.value < value) || norm(view.gradient) < 0.5 * norm(gradient)) return { params: next, view };
  }
  return undefined;
}

/** J and its derivatives by the last layer alone. Cost: a forward pass over all examples. */
export async function lastLayerAt(
  objective: Objective,
  params: Float64Array,
  layer: LastLayer,
  { yieldToEventLoop }: RunContext,
): Promise<LastLayerView> {
  const order = layer.width + 1;
  const sums = { value: objective.penalty.value(params), gradient: new Float64Array(order), size: 0 };
  const hessian = new Float64Array(order * order);
  const pairs = Math.min(mostPairs, workInTurn / order ** 2);
  const together = Math.max(1, Math.floor(pairs / pairsPerUnit(objective)));
  for (let at = 0; at < objective.units.length; at += together) {
    await yieldToEventLoop();
    addUnits(objective, params, layer, objective.units.subarray(at, at + together), sums, hessian);
  }
  const weights = penaltyWeights(objective.penalty, params.length);
  placesOfLayer(layer).forEach((place, f) => {
    sums.gradient[f] += weights[place] * params[place];
    hessian[f * (order + 1)] += weights[place];
  });
  return { ...sums, hessian };
}

function addUnits(
  objective: Objective,
  params: Float64Array,
  layer: LastLayer,
  units: Uint32Array,
  sums: { value: number; gradient: Float64Array; size: number },
  hessian: Float64Array,
): void {
  const { loss } = objective.settings;
  const examples = objective.examplesOf(units);
  const point = objective.model.at(params, examples.pairs);
  const columns = columnsOf(point.features?.() ?? new Float64Array(0), layer.width, point.scores.length);
  const slopes = new Float64Array(point.scores.length);
  sums.value += loss.evaluate(point.scores, examples, slopes);
  const curved = new Float64Array(slopes.length);
  columns.forEach((column, f) => {
    loss.curvature(point.scores, examples, column, curved);
    for (let n = 0; n < slopes.length; n++) {
      sums.gradient[f] += slopes[n] * column[n];
      sums.size += Math.abs(slopes[n] * column[n]);
    }
    for (let g = 0; g <= f; g++) {
      let sum = 0;
      for (let n = 0; n < slopes.length; n++) sum += curved[n] * columns[g][n];
      hessian[f * columns.length + g] += sum;
    }
  });
}

/** One array a feature, and ones for the bias. */
function columnsOf(features: Float64Array, width: number, count: number): Float64Array[] {
  return Array.from({ length: width + 1 }, (_, f) =>
    f === width
      ? new Float64Array(count).fill(1)
      : Float64Array.from({ length: count }, (_, n) => features[n * width + f]),
  );
}
