/** What training ends with: anything that scores, and that can be trained again without some of its interactions. */

import type { TreeEnsemble } from "../boosting/ensemble.ts";
import type { BoostingPlan } from "../boosting/settings.ts";
import type { Interactions, Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { FactorForm, NameKeys, Pairs } from "../model/model.ts";
import type { Objective } from "../objective/objective.ts";
import type { EpochEntry } from "./batches/checkpoint.ts";
import type { EpochOptions } from "./batches/epochs.ts";
import type { Recipe } from "./batches/recipe.ts";
import type { TrainStatus } from "./factors/descent.ts";
import type { MovedSides } from "./moved.ts";
import type { Sharding } from "./shards/sharding.ts";
import { type Tolerance, toleranceOn } from "./tolerance.ts";

/** Plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Anything trained on interactions. */
export interface TrainedModel {
  /** Name in the model catalogue. */
  readonly kind: string;
  readonly interactions: Interactions;
  readonly keys: NameKeys;
  /** What a score is: a rating, or a number that only ranks. */
  readonly unit: "rating" | "score";
  readonly trainer: Trainer;
  readonly seed: number;
  readonly origin: "trained" | "imported" | "forgotten";
  /** Scores as served. */
  scores(pairs: Pairs): Float64Array;
  // What follows is there where the model has it.
  /** Parameters at, or near, an optimum of an objective that can be differentiated twice. */
  readonly smooth?: Smooth | undefined;
  /** Scores as dot products: ranking uses them. */
  readonly factors?: FactorForm | undefined;
  /** Scores as sums over trees. */
  readonly trees?: TreeEnsemble | undefined;
  /** Members of which each was trained on a part of the interactions; all in one index space. */
  readonly shards?: readonly Shard[] | undefined;
  /** Of a model that was trained in parts (shards, slices): trains again, with its seed, those that saw some of the rows, and leaves the others. */
  readonly refitMembers?: ((withoutRows: Rows, run: TrainRun) => Promise<TrainedModel>) | undefined;
  /** Of a sharded model: trains again, with its seed, those members whose rows are others now, and leaves the rest. */
  readonly onNextRows?: ((next: NextRows, run: TrainRun) => Promise<NextMembers>) | undefined;
  /** Of a sharded model: the same with other members, on the same rows under other indices. */
  readonly withMembers?: ((shards: readonly Shard[], data: TrainingData, learned: Learned) => TrainedModel) | undefined;
  /** Of a model without parameters of its users and items: the same on its interactions under other indices. */
  readonly underIndices?: ((data: TrainingData) => TrainedModel) | undefined;
  /** Of a sharded model: what was learned beside its members. */
  readonly learned?: Learned | undefined;
  /** Of a model that was trained slice by slice: the parameters before each slice but the first. */
  readonly checkpoints?: readonly Float64Array[] | undefined;
  /** Whether the way in which the rows were dealt to members was learned from the data. */
  readonly partitionSeesData?: boolean | undefined;
  /** How the epochs of its training went; not stored. */
  readonly recording?: Recording | undefined;
}

/** A member of a sharded model, and the rows of the whole that it was trained on. */
export interface Shard {
  readonly rows: Uint32Array;
  readonly model: TrainedModel;
}

/** Parameters of a differentiable objective. */
export interface Smooth extends Tolerance {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly status: TrainStatus;
  /** J at the parameters. */
  readonly value: number;
  readonly gradientNorm: number;
}

/** How a training by batches went. */
export interface Recording {
  readonly log: readonly EpochEntry[];
  /** Epochs that the parameters are the result of. */
  readonly epochs: number;
  /** What broke training off, in words. */
  readonly breakdown: string | undefined;
}

/** What is trained on. */
export interface TrainingData {
  readonly interactions: Interactions;
  readonly keys: NameKeys;
  /** Frozen negatives, row-major, where a refit takes them along; else they are drawn. */
  readonly negatives?: Uint32Array | undefined;
}

/** What a model is to be trained on next: other rows, among them its own, and perhaps other users and items. */
export interface NextRows {
  readonly data: TrainingData;
  /** For each row the model's row that it was; `newcomer` for a new one. A row that stayed may have another rating. */
  readonly rowWas: Int32Array;
  readonly moved: MovedSides;
}

/** A sharded model on other rows. */
export interface NextMembers {
  readonly model: TrainedModel;
  /** Members that were trained again. */
  readonly membersHit: number;
  /** Their rows that keep frozen negatives which training anew would draw otherwise. */
  readonly rowsApart: number;
}

/** What a training runs with. */
export interface TrainRun extends RunContext, Partial<EpochOptions> {
  /** ‖∇J‖ at which a result is called converged, whatever the data; default that of the trainer. */
  readonly tolerance?: number | undefined;
  /** The same over the scale of the data, in place of it. */
  readonly relativeTolerance?: number | undefined;
  /** Newton steps at most, where there are any. */
  readonly maxSteps?: number | undefined;
  /** Parameters to begin at, for trainers that may; rows of tables that are zero there begin as they would without. */
  readonly start?: Float64Array | undefined;
}

/** What a model in shards learned beside its members. */
export interface Learned {
  /** The member of every user, where users were dealt by what they like. */
  readonly shardOfUser?: Uint32Array | undefined;
  /** Parameters of the attention to members, and how their training ended. */
  readonly attention?: { readonly params: Float64Array; readonly status: TrainStatus } | undefined;
}

/** How the rows of a training are cut into slices. */
export interface Slicing {
  readonly slices: number;
  /** The slice of a pair, by outside ids. */
  sliceOf(keys: NameKeys): (user: number, item: number) => number;
  /** Trains the slices. */
  readonly inner: Trainer;
}

/** Where a training of closed forms begins: where all factors vanish, from a λ that falls to the one asked for, or at random factors. */
export type Beginning = "continuation" | "random";

/** A way of training with all its settings: the same data and seed give the same bytes. */
export interface Trainer {
  readonly name: string;
  readonly settings: Json;
  /** Whether it goes on until a vanishing gradient, so that a result which did not converge is a failure. */
  readonly toOptimum: boolean;
  /** Of a trainer by batches. */
  readonly recipe?: Recipe | undefined;
  /** Of a trainer of boosted trees. */
  readonly boosting?: BoostingPlan | undefined;
  /** Of closed forms: along the path of falling λ, or from random factors. */
  readonly begins?: Beginning | undefined;
  /** Whether it may begin at given parameters, and then ends elsewhere: training by batches. */
  readonly takesStart?: boolean | undefined;
  /** Of a trainer slice by slice. */
  readonly slicing?: Slicing | undefined;
  /** Of a trainer in shards: how rows are dealt, and the trainer of the members. */
  readonly sharding?: (Sharding & { readonly inner: Trainer }) | undefined;
  train(data: TrainingData, seed: number, run: TrainRun): Promise<TrainedModel>;
  /** Where a training of this objective from this seed begins; absent where a trainer has no start of its own. */
  start?(objective: Objective, seed: number): Float64Array;
}

/** What a smooth model is made of. A tolerance that goes along with the data is computed from those of the objective. */
export interface SmoothParts extends Omit<Smooth, keyof Tolerance>, Partial<Tolerance> {
  readonly trainer: Trainer;
  readonly seed: number;
  readonly origin?: TrainedModel["origin"] | undefined;
  readonly recording?: Recording | undefined;
}

/** A model from the parameters of an objective. */
export function smoothModel(parts: SmoothParts): TrainedModel {
  const { objective, params, trainer, seed, origin = "trained", recording } = parts;
  const { kind, loss, sampling } = objective.settings;
  const { status, value, gradientNorm } = parts;
  let factors: FactorForm | undefined;
  return {
    kind: loss.confidence ? loss.name : kind.name,
    interactions: objective.interactions,
    keys: objective.keys,
    unit: loss.name === "squared" && sampling === undefined ? "rating" : "score",
    ...{ trainer, seed, origin, recording },
    smooth: { objective, params, status, value, gradientNorm, ...toleranceOn(objective, parts) },
    scores: (pairs) => objective.serving.at(params, pairs).scores,
    get factors() {
      factors ??= objective.serving.asFactors?.(params);
      return factors;
    },
  };
}

/** Scores of every item for one user, by item index. */
export function itemScoresOf({ interactions, scores }: TrainedModel, user: number): Float64Array {
  const { itemCount } = interactions;
  return scores({
    users: new Uint32Array(itemCount).fill(user),
    items: Uint32Array.from({ length: itemCount }, (_, i) => i),
  });
}
