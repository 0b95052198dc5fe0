/** What the estimators of any model share: a target's value and gradient, and rows' gradients along a direction. */

import type { Rows } from "../data/interactions.ts";
import type { Pairs } from "../model/model.ts";
import { rowAt } from "../model/tensors.ts";
import type { Objective } from "./objective.ts";
import { type Target, targetValue } from "./target.ts";

/** The target's value at parameters, under an objective's own model (whose graph is that of its interactions). */
export function valueAt(objective: Objective, params: Float64Array, target: Target): number {
  return targetValue(target, (pairs) => objective.serving.at(params, pairs).scores);
}

/** The target's gradient, and its slope on every pair's score. */
export function targetGradient(
  objective: Objective,
  params: Float64Array,
  target: Target,
): { readonly gradient: Float64Array; readonly slopes: Float64Array } {
  const point = objective.serving.at(params, target.pairs);
  const slopes = target.slopes(point.scores);
  const gradient = new Float64Array(params.length);
  point.addVjp(slopes, gradient);
  return { gradient, slopes };
}

/** Rows are processed `batch` at a time. */
const batch = 4096;

/** ⟨∇ of each row's own term, direction⟩, with what the row carries of interaction L2. */
export function rowsAlong(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
): Float64Array {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += batch) {
    const some = rows.subarray(at, at + batch);
    const examples = objective.examplesOfRows(some);
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    objective.settings.loss.evaluate(point.scores, examples, slopes);
    const tangent = point.jvp(direction);
    for (let g = 0; g < examples.owners.length; g++)
      for (let n = examples.start[g]; n < examples.start[g + 1]; n++)
        out[at + examples.owners[g]] += slopes[n] * tangent[n];
  }
  if (objective.settings.regularizer === "interaction") addShares(objective, params, rows, direction, out);
  return out;
}

/** Adds what every row carries of the L2 of the tables' rows in its examples. */
function addShares(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
  out: Float64Array,
): void {
  const { model, settings } = objective;
  const share = (side: "user" | "item", row: number) => {
    let sum = 0;
    for (const tensor of model.tensors) {
      if (tensor.rowsOf !== side) continue;
      const from = rowAt(tensor, row);
      let own = 0;
      for (let k = from; k < from + tensor.width; k++) own += params[k] * direction[k];
      sum += own * (tensor.penalised === "bias" ? (settings.l2Bias ?? settings.l2) : settings.l2);
    }
    return sum;
  };
  if (settings.loss.form === "listwise") {
    const { users, items } = objective.interactions;
    rows.forEach((row, k) => {
      out[k] += share("user", users[row]) + share("item", items[row]);
    });
    return;
  }
  const { pairs, start, owners } = objective.examplesOfRows(rows);
  for (let g = 0; g < owners.length; g++) {
    out[owners[g]] += share("user", pairs.users[start[g]]);
    for (let n = start[g]; n < start[g + 1]; n++) out[owners[g]] += share("item", pairs.items[n]);
  }
}

/**
 * For a model that the interactions enter beside the loss: the derivative by every interaction's weight of directionᵀ∇J through the data
 * alone; undefined where there is none.
 */
export function dataAlong(
  objective: Objective,
  params: Float64Array,
  direction: Float64Array,
): Float64Array | undefined {
  const { model, settings, units } = objective;
  if (model.data === undefined) return undefined;
  const sum = new Float64Array(objective.interactions.size);
  const size = settings.loss.form === "listwise" ? 256 : units.length;
  for (let at = 0; at < units.length; at += size) {
    const examples = objective.examplesOf(units.subarray(at, at + size));
    const point = model.at(params, examples.pairs);
    const tangents = new Float64Array(point.scores.length);
    const slopes = new Float64Array(point.scores.length);
    settings.loss.evaluate(point.scores, examples, tangents);
    settings.loss.curvature(point.scores, examples, point.jvp(direction), slopes);
    addTo(sum, model.data.weightDerivative(params, examples.pairs, slopes, tangents, direction));
  }
  return sum;
}

/** The derivative of the target by every interaction's weight through the data alone. */
export function targetThroughData(
  objective: Objective,
  params: Float64Array,
  pairs: Pairs,
  slopes: Float64Array,
): Float64Array | undefined {
  return objective.serving.data?.weightDerivative(params, pairs, slopes, undefined, undefined);
}

function addTo(sum: Float64Array, more: Float64Array): void {
  for (let k = 0; k < sum.length; k++) sum[k] += more[k];
}
