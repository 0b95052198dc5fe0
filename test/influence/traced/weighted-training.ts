/** A training by SGD, written as a plain loop, in which one row has a weight: on its term, on its share of interaction L2, and in the graph or input. */

import type { Interactions } from "../../../src/data/interactions.ts";
import type { Model } from "../../../src/model/model.ts";
import { rowAt } from "../../../src/model/tensors.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { type BatchRecord, batchLog } from "../../../src/training/batches/batch-log.ts";
import { movedBy } from "../../../src/training/batches/moved.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { matrices, run } from "../../support/run.ts";
import { smoothOf } from "../../support/trained.ts";

/** The end of a model's training with weight w on a row. */
export type WeightedTraining = (row: number, w: number) => { readonly params: Float64Array; readonly served: Model };

/** Logs the batches of a model's training, and trains on them again. */
export async function weightedTrainingOf(model: TrainedModel): Promise<WeightedTraining> {
  const { interactions, keys } = model;
  const log = batchLog();
  await model.trainer.train({ interactions, keys }, model.seed, { ...run, onBatch: log.onBatch });
  return (row, w) => {
    const { objective } = smoothOf(model);
    const built = builtWith(objective, row, w);
    return { params: trainedOn(model, log.records, built.training, row, w), served: built.served };
  };
}

/** The model of an objective with the row's weight in its graph or input. */
function builtWith({ settings, interactions, keys, model, serving }: Objective, row: number, w: number) {
  const { kind } = settings;
  if (model.data === undefined) return { training: model, served: serving };
  const weights = new Float64Array(interactions.size).fill(1).with(row, w);
  const training = kind.build(settings.model, interactions, weights, keys, matrices);
  const served = kind.serving
    ? kind.build(kind.serving(settings.model), interactions, weights, keys, matrices)
    : training;
  return { training, served };
}

function trainedOn(
  model: TrainedModel,
  records: readonly BatchRecord[],
  built: Model,
  row: number,
  w: number,
): Float64Array {
  const { objective } = smoothOf(model);
  const { recipe, start } = model.trainer;
  const params = (start?.(objective, model.seed) ?? new Float64Array()).slice();
  const velocity = new Float64Array(params.length);
  const momentum = recipe?.momentum ?? 0;
  for (const { epoch, units, learningRate } of records) {
    const drawn = recipe?.redraw && epoch > 0 ? objective.redrawn(epoch) : objective;
    const gradient = new Float64Array(params.length);
    addWeighted(drawn, built, params, units, row, w, gradient);
    addCarried(drawn, params, units, row, w, gradient);
    const moved = movedBy(drawn);
    moved.gather(units);
    moved.forEach((from, to, pull) => {
      for (let k = from; k < to; k++) {
        const g = (1 / units.length) * (gradient[k] + pull * params[k]);
        velocity[k] = momentum * velocity[k] + g;
        params[k] -= learningRate * velocity[k];
      }
    });
  }
  return params;
}

/** Adds the gradient of a batch in which the row's examples count w times. In a list, w times its label. */
function addWeighted(
  { examplesOf, settings, interactions }: Objective,
  model: Model,
  params: Float64Array,
  units: Uint32Array,
  row: number,
  w: number,
  out: Float64Array,
): void {
  const { form } = settings.loss;
  const given = examplesOf(units);
  const labels = given.labels.slice();
  if (form === "listwise") {
    const at = units.indexOf(interactions.users[row]);
    if (at >= 0) labels[given.start[at] + interactions.items[row]] += (w - 1) * interactions.ratings[row];
  }
  const examples = { ...given, labels };
  const point = model.at(params, examples.pairs);
  const slopes = new Float64Array(point.scores.length);
  settings.loss.evaluate(point.scores, examples, slopes);
  if (form !== "listwise")
    for (let g = 0; g < examples.owners.length; g++)
      if (units[examples.owners[g]] === row)
        for (let n = examples.start[g]; n < examples.start[g + 1]; n++) slopes[n] *= w;
  point.addVjp(slopes, out);
}

/** Adds (w − 1) times the row's own interaction L2: in its batches, or where everything moves a part in every batch. */
function addCarried(
  { examplesOfRows, settings, model, units: all, interactions }: Objective,
  params: Float64Array,
  units: Uint32Array,
  row: number,
  w: number,
  out: Float64Array,
): void {
  const part = model.local ? Number(units.includes(row)) : units.length / all.length;
  if (settings.regularizer !== "interaction" || part === 0) return;
  const { pairs, start } =
    settings.loss.form === "listwise" ? listed(interactions, row) : examplesOfRows(Uint32Array.of(row));
  const add = (side: "user" | "item", at: number) => {
    for (const tensor of model.tensors) {
      if (tensor.rowsOf !== side) continue;
      const l2 = tensor.penalised === "bias" ? (settings.l2Bias ?? settings.l2) : settings.l2;
      for (let k = rowAt(tensor, at); k < rowAt(tensor, at) + tensor.width; k++)
        out[k] += (w - 1) * part * l2 * params[k];
    }
  };
  // A triple holds its user once, and each of its items once.
  for (const first of start.subarray(0, start.length - 1)) add("user", pairs.users[first]);
  for (const item of pairs.items) add("item", item);
}

/** In a list a row counts its own pair. */
function listed({ users, items }: Interactions, row: number) {
  return { pairs: { users: [users[row]], items: [items[row]] }, start: Uint32Array.of(0, 1) };
}
