/** What an objective of any model is: its settings, its value and its derivatives. */

import type { AddedRows, Index, Interactions, Rows } from "../data/interactions.ts";
import type { Curvature } from "../kernel/kernels.ts";
import type { MatrixKernels } from "../kernel/matrices/matrices.ts";
import type { Model, ModelKind, ModelSettings, NameKeys } from "../model/model.ts";
import type { Regularizer } from "./factorization.ts";
import type { Examples, Loss } from "./loss.ts";
import type { Sampling } from "./negatives.ts";
import type { Penalty, RowCounts } from "./penalty.ts";

/** What is minimised, apart from the data. */
export interface ObjectiveSettings {
  readonly kind: ModelKind;
  readonly model: ModelSettings;
  readonly loss: Loss;
  /** λ of the tables of users and items. */
  readonly l2: number;
  /** λ of biases; default that of the tables. */
  readonly l2Bias?: number | undefined;
  /** λ of what they share: a network's weights. */
  readonly l2Shared: number;
  readonly regularizer: Regularizer;
  /** Negatives drawn for every interaction; pairwise losses need them. */
  readonly sampling?: Sampling | undefined;
  /** Weight of the model's extra output (the divergence of an autoencoder). */
  readonly extraWeight: number;
}

/** J(θ) = Σ_examples ℓ(scores) + ½Σ_tables λ‖table‖² for a model on interactions. */
export interface Objective {
  readonly settings: ObjectiveSettings;
  readonly interactions: Interactions;
  readonly keys: NameKeys;
  /** Row-major, `sampling.perRow` a row; empty without sampling. */
  readonly negatives: Uint32Array;
  readonly model: Model;
  /** Where every tensor lies in the parameter vector. */
  readonly tensors: Model["tensors"];
  /** Which parameters one score reads: the rows of its user and its item and what all share, or all of them. */
  readonly reach: "pair" | "all";
  /** What makes the model's products. */
  readonly matrices: MatrixKernels | undefined;
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
  /** The rows in whose terms each item is: as the row's own, or as a negative, once for each time. */
  readonly itemReaders: Index;
  /** The examples of rows' own terms. */
  examplesOfRows(rows: Rows): Examples;
  /** The same objective had these rows never been there: examples, negatives, and what the model is built on go with them. */
  without(rows: Rows): Objective;
  /** On some rows alone, with their negatives. */
  select(rows: Rows): Objective;
  /** The same with more rows at the end; throws `unsupported` where rows come with drawn negatives or are no ratings. */
  with(added: AddedRows): Objective;
  /** The same with negatives drawn anew for an epoch. */
  redrawn(epoch: number): Objective;
}
