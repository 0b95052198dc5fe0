/** The objective of any model: a loss on its scores summed over examples, plus L2. Gradient and Hessian products need no further code. */

import { complement, type Interactions, type Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { Curvature } from "../kernel/kernels.ts";
import type { Model, ModelKind, ModelSettings, NameKeys } from "../model/model.ts";
import { type ExampleSource, examplesOf, examplesOfRows } from "./examples.ts";
import type { Regularizer } from "./factorization.ts";
import type { Examples, Loss } from "./loss.ts";
import { drawNegatives, indexKeys, type Sampling, selectNegatives } from "./negatives.ts";
import { addPenalty, type Penalty, penaltyOf, type RowCounts, rowCountsOf } from "./penalty.ts";

/** What is minimised, apart from the data. */
export interface ScoredSettings {
  readonly kind: ModelKind;
  readonly model: ModelSettings;
  readonly loss: Loss;
  /** λ of the tables of users and items. */
  readonly l2: number;
  /** λ of what they share: a network's weights. */
  readonly l2Shared: number;
  readonly regularizer: Regularizer;
  /** Negatives drawn for every interaction; pairwise losses need them. */
  readonly sampling?: Sampling | undefined;
  /** Weight of the model's extra output (the divergence of an autoencoder). */
  readonly extraWeight: number;
}

/** J(θ) = Σ_examples ℓ(scores) + ½Σ_tables λ‖table‖² for a model on interactions. */
export interface ScoredObjective {
  readonly kind: "scored";
  readonly settings: ScoredSettings;
  readonly interactions: Interactions;
  readonly keys: NameKeys;
  /** Row-major, `sampling.perRow` a row; empty without sampling. */
  readonly negatives: Uint32Array;
  readonly model: Model;
  /** The model as it is served: the same parameters, without what only training has (noise). What targets ask about. */
  readonly serving: Model;
  readonly parameterCount: number;
  /** What a batch is made of: every row, or every user with rows where the loss reads whole lists. */
  readonly units: Uint32Array;
  examplesOf(units: Uint32Array): Examples;
  /** Returns J and, where asked, overwrites `gradient` with ∇J. */
  evaluate(params: Float64Array, gradient?: Float64Array): number;
  /** out = H·direction. */
  hessianProduct(params: Float64Array, direction: Float64Array, out: Float64Array, curvature: Curvature): void;
  /** Adds the loss of these units (no L2) to `gradient`, and returns it. */
  addLoss(params: Float64Array, units: Uint32Array, gradient?: Float64Array): number;
  /** Adds the part of H·direction that these units' losses make (no L2). */
  addLossProduct(
    params: Float64Array,
    units: Uint32Array,
    direction: Float64Array,
    out: Float64Array,
    curvature: Curvature,
  ): void;
  /** The L2: λ times scale for every row of every tensor. */
  readonly penalty: Penalty;
  /** How often rows of the tables occur in examples; what interaction L2 scales by. */
  readonly counts: RowCounts;
  /** The examples of rows' own terms. */
  examplesOfRows(rows: Rows): Examples;
  /** The same objective had these rows never been there: examples, negatives, and what the model is built on go with them. */
  without(rows: Rows): ScoredObjective;
  /** The same with negatives drawn anew for an epoch. */
  redrawn(epoch: number): ScoredObjective;
}

/**
 * Puts an objective together; throws `bad-input` for settings that do not fit each other. `built` is the model of these settings and
 * interactions where it is there already: for a graph, building costs more than drawing negatives anew. `epoch` is that of the negatives.
 */
export function scoredObjective(
  settings: ScoredSettings,
  interactions: Interactions,
  keys: NameKeys = indexKeys(interactions),
  negatives?: Uint32Array,
  built?: Model,
  epoch = 0,
): ScoredObjective {
  checkSettings(settings);
  const { kind, loss, sampling, extraWeight } = settings;
  const checked = kind.settings(settings.model);
  const model = built ?? kind.build(checked, interactions, undefined, keys);
  const drawn = negatives ?? (sampling ? drawNegatives(interactions, keys, sampling, epoch) : new Uint32Array(0));
  const perRow = sampling?.perRow ?? 0;
  if (drawn.length !== perRow * interactions.size)
    throw new LetheError("bad-input", `${drawn.length} negatives for ${interactions.size} rows of ${perRow} each`);
  const source: ExampleSource = { interactions, model, loss, negatives: drawn, perRow, extraWeight };
  const units = unitsOf(loss, interactions);
  let counts: RowCounts | undefined;
  let penalty: Penalty | undefined;
  let serving: Model | undefined;
  const self: ScoredObjective = {
    kind: "scored",
    settings: { ...settings, model: checked },
    interactions,
    keys,
    negatives: drawn,
    model,
    parameterCount: model.parameterCount,
    units,
    get serving() {
      serving ??= kind.serving ? kind.build(kind.serving(checked), interactions, undefined, keys) : model;
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
    examplesOf: (some) => examplesOf(source, some),
    examplesOfRows: (rows) => examplesOfRows(source, rows),
    addLoss: (params, some, gradient) => addLoss(self, params, some, gradient),
    addLossProduct: (params, some, direction, out, curvature) =>
      addLossProduct(self, params, some, direction, out, curvature),
    evaluate(params, gradient) {
      gradient?.fill(0);
      const value = addLoss(self, params, units, gradient);
      if (gradient) addPenalty(self.penalty, params, gradient);
      return value + self.penalty.value(params);
    },
    hessianProduct(params, direction, out, curvature) {
      out.fill(0);
      addLossProduct(self, params, units, direction, out, curvature);
      addPenalty(self.penalty, direction, out);
    },
    without(rows) {
      const left = interactions.without(rows);
      const frozen = sampling?.semantics === "frozen";
      const kept = frozen ? selectNegatives(drawn, perRow, complement(rows, interactions.size)) : undefined;
      return scoredObjective(self.settings, left, keys, kept, undefined, epoch);
    },
    redrawn: (next) =>
      sampling === undefined ? self : scoredObjective(self.settings, interactions, keys, undefined, model, next),
  };
  return self;
}

function checkSettings({ kind, loss, l2, l2Shared, sampling, extraWeight }: ScoredSettings): void {
  for (const [name, value] of Object.entries({ l2, "l2-shared": l2Shared, "extra weight": extraWeight }))
    if (!(value >= 0 && value <= 1e12))
      throw new LetheError("bad-input", `${name} is ${value}; expected a number from 0`);
  if (loss.form === "pairwise" && sampling === undefined)
    throw new LetheError(
      "bad-input",
      `the loss ${loss.name} compares liked items with others`,
      "draw negatives for it",
    );
  if (loss.form === "listwise" && sampling !== undefined)
    throw new LetheError("bad-input", `the loss ${loss.name} of ${kind.name} reads all items`, "leave negatives out");
}

function unitsOf(loss: Loss, { size, byUser, userCount }: Interactions): Uint32Array {
  if (loss.form !== "listwise") return Uint32Array.from({ length: size }, (_, k) => k);
  return Uint32Array.from({ length: userCount }, (_, u) => u).filter((u) => byUser.start[u + 1] > byUser.start[u]);
}

/** Cuts units into batches of about as many pairs as the model likes. */
function* batches({ settings, model, interactions }: ScoredObjective, units: Uint32Array): Generator<Uint32Array> {
  const perUnit =
    settings.loss.form === "listwise"
      ? interactions.itemCount + model.extraOutputs
      : (settings.sampling?.perRow ?? 0) * (settings.loss.form === "pairwise" ? 2 : 1) + 1;
  const size = Math.max(1, Math.floor(Math.min(model.batch, 2 ** 31) / perUnit));
  for (let at = 0; at < units.length; at += size) yield units.subarray(at, at + size);
}

function addLoss(
  objective: ScoredObjective,
  params: Float64Array,
  units: Uint32Array,
  gradient: Float64Array | undefined,
): number {
  let sum = 0;
  for (const batch of batches(objective, units)) {
    const examples = objective.examplesOf(batch);
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    sum += objective.settings.loss.evaluate(point.scores, examples, slopes);
    if (gradient) point.addVjp(slopes, gradient);
  }
  return sum;
}

function addLossProduct(
  objective: ScoredObjective,
  params: Float64Array,
  units: Uint32Array,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
): void {
  const { loss } = objective.settings;
  for (const batch of batches(objective, units)) {
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
