/** The objective of any model: a loss on its scores summed over examples, plus L2. Gradient and Hessian products need no further code. */

import { complement, type Index, type Interactions, indexBy } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { Curvature } from "../kernel/kernels.ts";
import type { MatrixKernels } from "../kernel/matrices/matrices.ts";
import type { Model, ModelSettings, NameKeys } from "../model/model.ts";
import { closedFormsOf } from "./closed-forms.ts";
import { type ExampleSource, examplesOf, examplesOfRows } from "./examples.ts";
import { drawNegatives, indexKeys, noItem, selectNegatives } from "./negatives.ts";
import type { Objective, ObjectiveSettings } from "./objective.ts";
import { addPenalty, type Penalty, penaltyOf, type RowCounts, rowCountsOf } from "./penalty.ts";
import { batchesOf, unitsOf } from "./units.ts";

/** What an objective is made with, where that is there already. */
export interface ObjectiveParts {
  /** Row-major; drawn where there are none. */
  readonly negatives?: Uint32Array | undefined;
  /** The model of these settings and interactions: for a graph, building costs more than drawing negatives anew. */
  readonly model?: Model | undefined;
  /** That of the negatives. */
  readonly epoch?: number | undefined;
  /** What makes the model's products; default: the reference, in plain TypeScript. Whoever made them closes them. */
  readonly matrices?: MatrixKernels | undefined;
}

/** Puts an objective together; throws `bad-input` for settings that do not fit each other. */
export function differentiable(
  settings: ObjectiveSettings,
  interactions: Interactions,
  keys: NameKeys = indexKeys(interactions),
  parts: ObjectiveParts = {},
): Objective {
  checkSettings(settings);
  const { kind, loss, sampling, extraWeight } = settings;
  const { epoch = 0, matrices } = parts;
  const checked = kind.settings(settings.model);
  const build = (given: ModelSettings) => kind.build(given, interactions, undefined, keys, matrices);
  const model = parts.model ?? build(checked);
  const drawn = parts.negatives ?? (sampling ? drawNegatives(interactions, keys, sampling, epoch) : new Uint32Array(0));
  const perRow = sampling?.perRow ?? 0;
  if (drawn.length !== perRow * interactions.size)
    throw new LetheError("bad-input", `${drawn.length} negatives for ${interactions.size} rows of ${perRow} each`);
  const source: ExampleSource = { interactions, model, loss, negatives: drawn, perRow, extraWeight };
  let units: Uint32Array | undefined;
  let counts: RowCounts | undefined;
  let penalty: Penalty | undefined;
  let serving: Model | undefined;
  let itemReaders: Index | undefined;
  const self: Objective = {
    settings: { ...settings, model: checked },
    interactions,
    keys,
    matrices,
    negatives: drawn,
    model,
    tensors: model.tensors,
    reach: model.local ? "pair" : "all",
    parameterCount: model.parameterCount,
    get units() {
      units ??= unitsOf(loss, interactions);
      return units;
    },
    get serving() {
      serving ??= kind.serving ? build(kind.serving(checked)) : model;
      return serving;
    },
    get counts() {
      counts ??= rowCountsOf(source);
      return counts;
    },
    get penalty() {
      penalty ??= penaltyOf(model, settings, settings.regularizer === "interaction" ? self.counts : undefined);
      return penalty;
    },
    get itemReaders() {
      itemReaders ??= perRow === 0 ? interactions.byItem : readersOfItems(interactions, drawn, perRow);
      return itemReaders;
    },
    examplesOf: (some) => examplesOf(source, some),
    examplesOfRows: (rows) => examplesOfRows(source, rows),
    addLoss: (params, some, gradient) => addLoss(self, params, some, gradient),
    addLossProduct: (params, some, direction, out, curvature) =>
      addLossProduct(self, params, some, direction, out, curvature),
    evaluate(params, gradient) {
      gradient?.fill(0);
      const value = addLoss(self, params, self.units, gradient);
      if (gradient) addPenalty(self.penalty, params, gradient);
      return value + self.penalty.value(params);
    },
    hessianProduct(params, direction, out, curvature) {
      out.fill(0);
      addLossProduct(self, params, self.units, direction, out, curvature);
      addPenalty(self.penalty, direction, out);
    },
    without(rows) {
      const left = interactions.without(rows);
      const frozen = sampling?.semantics === "frozen";
      const kept = frozen ? selectNegatives(drawn, perRow, complement(rows, interactions.size)) : undefined;
      return differentiable(self.settings, left, keys, { negatives: kept, epoch, matrices });
    },
    select: (rows) =>
      differentiable(self.settings, interactions.select(rows), keys, {
        negatives: selectNegatives(drawn, perRow, rows),
        matrices,
      }),
    with(added) {
      if (loss.name !== "squared" || sampling !== undefined)
        throw new LetheError(
          "unsupported",
          `rows can be added where they are ratings under squared loss; this loss is ${loss.name}`,
          "use a method that only takes rows away",
        );
      return differentiable(self.settings, interactions.with(added), keys, { matrices });
    },
    redrawn: (next) =>
      sampling === undefined
        ? self
        : differentiable(self.settings, interactions, keys, { model, epoch: next, matrices }),
  };
  if (loss.confidence !== undefined && closedFormsOf(self) === undefined)
    throw new LetheError(
      "bad-input",
      `the loss ${loss.name} counts every pair, which needs its closed form: no biases, no mean and l2 above 0`,
      "set `biases` to none, `mean` to 0 and `l2` above 0",
    );
  return self;
}

function readersOfItems({ items, size, itemCount }: Interactions, negatives: Uint32Array, perRow: number): Index {
  const read = new Uint32Array(size + negatives.length);
  read.set(items);
  // What could not be drawn is nobody's.
  negatives.forEach((item, n) => {
    read[size + n] = item === noItem ? itemCount : item;
  });
  const { start, rows } = indexBy(read, itemCount + 1);
  return { start, rows: rows.map((place) => (place < size ? place : Math.floor((place - size) / perRow))) };
}

function checkSettings(settings: ObjectiveSettings): void {
  const { kind, model, loss, l2, l2Bias = l2, l2Shared, sampling, extraWeight } = settings;
  for (const [name, value] of Object.entries({
    l2,
    "l2-bias": l2Bias,
    "l2-shared": l2Shared,
    "extra weight": extraWeight,
  }))
    if (!(value >= 0 && value <= 1e12))
      throw new LetheError("bad-input", `${name} is ${value}; expected a number from 0`);
  if (loss.confidence !== undefined && kind.name !== "mf")
    throw new LetheError(
      "bad-input",
      `the loss ${loss.name} is one of matrix factorization, whose scores of all pairs have a closed form`,
      "use the model mf, or another loss",
    );
  if (loss.form === "pairwise" && kind.name === "mf" && (model.biases === true || (model.mean ?? 0) !== 0))
    throw new LetheError(
      "bad-input",
      `user biases and the mean cancel in the loss ${loss.name}, which compares items of one user: nothing would determine them`,
      'use biases "items" and no mean',
    );
  if (loss.form === "pairwise" && sampling === undefined)
    throw new LetheError(
      "bad-input",
      `the loss ${loss.name} compares liked items with others`,
      "draw negatives for it",
    );
  if (loss.form === "listwise" && sampling !== undefined)
    throw new LetheError("bad-input", `the loss ${loss.name} of ${kind.name} reads all items`, "leave negatives out");
}

function addLoss(
  objective: Objective,
  params: Float64Array,
  units: Uint32Array,
  gradient: Float64Array | undefined,
): number {
  let sum = 0;
  for (const batch of batchesOf(objective, units)) {
    const examples = objective.examplesOf(batch);
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    sum += objective.settings.loss.evaluate(point.scores, examples, slopes);
    if (gradient) point.addVjp(slopes, gradient);
  }
  return sum;
}

function addLossProduct(
  objective: Objective,
  params: Float64Array,
  units: Uint32Array,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
): void {
  const { loss } = objective.settings;
  for (const batch of batchesOf(objective, units)) {
    const examples = objective.examplesOf(batch);
    const point = objective.model.at(params, examples.pairs);
    const weights = new Float64Array(point.scores.length);
    loss.curvature(point.scores, examples, point.jvp(direction), weights);
    point.addVjp(weights, out);
    if (curvature === "gauss-newton") continue;
    loss.evaluate(point.scores, examples, weights);
    point.addCurvature(weights, direction, out);
  }
}
