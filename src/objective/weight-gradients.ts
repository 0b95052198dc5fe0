/** What the common weight of some rows changes in the gradient of J, as a vector over the parameters. */

import type { Rows } from "../data/interactions.ts";
import { forEachShare } from "./derivatives.ts";
import type { Objective } from "./objective.ts";
import { batchesOf } from "./units.ts";

/** Adds Σ ∇ℓ of the rows' own terms, graph and input held; with the interaction L2 that they carry unless `lossOnly`. */
export function addRowGradients(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  out: Float64Array,
  lossOnly = false,
): void {
  const examples = objective.examplesOfRows(rows);
  const point = objective.model.at(params, examples.pairs);
  const slopes = new Float64Array(point.scores.length);
  objective.settings.loss.evaluate(point.scores, examples, slopes);
  point.addVjp(slopes, out);
  if (!lossOnly) addShareGradients(objective, params, rows, 1, out);
}

/** Adds scale times the gradient of the interaction L2 that the rows carry; nothing under table L2. */
export function addShareGradients(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  scale: number,
  out: Float64Array,
): void {
  forEachShare(objective, rows, (_, from, to, weight) => {
    for (let place = from; place < to; place++) out[place] += scale * weight * params[place];
  });
}

/** Adds ∂∇(Σℓ of some units) along weights, one an interaction, through the data alone; nothing for models that the interactions do not enter. */
export function addDataGradient(
  objective: Objective,
  params: Float64Array,
  units: Uint32Array,
  weights: Float64Array,
  out: Float64Array,
): void {
  const { model, settings } = objective;
  if (model.data === undefined) return;
  for (const batch of batchesOf(objective, units)) {
    const examples = objective.examplesOf(batch);
    const point = model.at(params, examples.pairs);
    const moved = model.data.alongWeights(params, examples.pairs, weights);
    const slopes = new Float64Array(point.scores.length);
    settings.loss.curvature(point.scores, examples, moved.scores, slopes);
    point.addVjp(slopes, out);
    settings.loss.evaluate(point.scores, examples, slopes);
    moved.addVjp(slopes, out);
  }
}
