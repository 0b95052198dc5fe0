/** What the estimators of any model share: a target's value and gradient, and rows' gradients along a direction. */

import type { Rows } from "../data/interactions.ts";
import type { Pairs } from "../model/model.ts";
import { rowAt, type TensorPlace } from "../model/tensors.ts";
import { finish, type Steps } from "../run.ts";
import type { Examples } from "./loss.ts";
import type { Objective, ObjectiveSettings } from "./objective.ts";
import { tangentsAlong } from "./tangents.ts";
import { type Target, targetValue } from "./target.ts";
import { batchesOf } from "./units.ts";

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

/** About as many pairs are between two turns of the event loop, unless the model is faster with more. */
const pairsInTurn = 2 ** 13;

/** ⟨∇ of each row's own term, direction⟩, with what the row carries of interaction L2. */
export function rowsAlong(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
): Float64Array {
  return finish(rowsAlongInSteps(objective, params, rows, direction));
}

/** The same in steps of some milliseconds; with `lossOnly` without the L2 that a row carries. */
export function* rowsAlongInSteps(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
  lossOnly = false,
): Steps<Float64Array> {
  const out = new Float64Array(rows.length);
  const tangentsOf = tangentsAlong(objective.model, direction);
  let at = 0;
  for (const some of batchesOf(objective, rows, pairsInTurn)) {
    const part = out.subarray(at, at + some.length);
    at += some.length;
    const examples = objective.examplesOfRows(some);
    const { owners, start } = examples;
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    objective.settings.loss.evaluate(point.scores, examples, slopes);
    const tangent = tangentsOf(point);
    for (let g = 0; g < owners.length; g++)
      for (let n = start[g]; n < start[g + 1]; n++) part[owners[g]] += slopes[n] * tangent[n];
    if (!lossOnly) addShares(objective, params, some, direction, part, examples);
    yield;
  }
  return out;
}

/** Adds what every row carries of the interaction L2 of the tables' rows in its examples, along a direction. */
export function addShares(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
  out: Float64Array,
  examples?: Examples,
): void {
  const add = (owner: number, from: number, to: number, weight: number) => {
    let own = 0;
    for (let k = from; k < to; k++) own += params[k] * direction[k];
    out[owner] += weight * own;
  };
  forEachShare(objective, rows, add, examples);
}

/** Visits, for every share of interaction L2 that row `owner` of `rows` carries, the parameters from `from` to `to` and their λ; nothing under table L2. `examples` are the rows', where they are there already. */
export function forEachShare(
  objective: Objective,
  rows: Rows,
  visit: (owner: number, from: number, to: number, weight: number) => void,
  examples?: Examples,
): void {
  const { model, settings, interactions } = objective;
  if (settings.regularizer !== "interaction") return;
  const share = (owner: number, side: "user" | "item", row: number) => {
    for (const tensor of model.tensors) {
      if (tensor.rowsOf !== side) continue;
      const from = rowAt(tensor, row);
      visit(owner, from, from + tensor.width, shareOf(settings, tensor));
    }
  };
  if (settings.loss.form === "listwise") {
    rows.forEach((row, k) => {
      share(k, "user", interactions.users[row]);
      share(k, "item", interactions.items[row]);
    });
    return;
  }
  const { pairs, start, owners } = examples ?? objective.examplesOfRows(rows);
  for (let g = 0; g < owners.length; g++) {
    share(owners[g], "user", pairs.users[start[g]]);
    for (let n = start[g]; n < start[g + 1]; n++) share(owners[g], "item", pairs.items[n]);
  }
}

/** λ of one share of interaction L2 on a tensor of users' or items' rows. */
export function shareOf({ l2, l2Bias = l2 }: ObjectiveSettings, { penalised }: TensorPlace): number {
  return penalised === "bias" ? l2Bias : l2;
}

/**
 * For a model that the interactions enter beside the loss: the derivative by every interaction's weight of directionᵀ∇Σℓ through the data
 * alone, over all units or some; undefined where there is none.
 */
export function dataAlong(
  objective: Objective,
  params: Float64Array,
  direction: Float64Array,
  units = objective.units,
): Float64Array | undefined {
  const { model, settings } = objective;
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
