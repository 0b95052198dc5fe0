/** What it is to be a model: a map from parameters to scores of pairs that can be differentiated twice. */

import type { Interactions } from "../data/interactions.ts";
import type { MatrixKernels } from "../kernel/matrices/matrices.ts";
import type { Random } from "../numeric/random.ts";
import type { Rotation } from "./rotations.ts";
import { placesOfRows, type TensorPlace } from "./tensors.ts";

/** Users and items to be scored together, by index; pair n is (users[n], items[n]). */
export interface Pairs {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/** A model at parameters, on a batch of pairs: what the forward pass left is shared by what follows. */
export interface Linearised {
  readonly scores: Float64Array;
  /** Forward derivative: how every score moves when the parameters move along `direction`. */
  jvp(direction: Float64Array): Float64Array;
  /** Reverse derivative: adds Σ weights[n]·∇score n to `out`. */
  addVjp(weights: Float64Array, out: Float64Array): void;
  /** Adds Σ weights[n]·∇²score n·direction to `out`. Where a score has a kink (ReLU), the derivative of the piece that it is on. */
  addCurvature(weights: Float64Array, direction: Float64Array, out: Float64Array): void;
  /** Of models in which it is cheap: ⟨∇score ones[n], ∇score others[n]⟩, both by their places in the batch. */
  gradientProducts?(ones: Uint32Array, others: Uint32Array): Float64Array;
  /** Of a model with a last layer: what it reads, pairs × width, row-major. */
  features?(): Float64Array;
}

/** A linear layer on top of a network: a score is its weights times the features of the pair, plus a bias. */
export interface LastLayer {
  /** Where its weights begin in a parameter vector, and how many there are. */
  readonly weightsAt: number;
  readonly width: number;
  readonly biasAt: number;
}

/** A differentiable map from parameters to scores. Parameters are one flat vector; `tensors` says what lies where. */
export interface Model {
  readonly userCount: number;
  readonly itemCount: number;
  readonly parameterCount: number;
  /** Together they fill the vector without gaps. */
  readonly tensors: readonly TensorPlace[];
  /** Pairs that are best evaluated together; Infinity where a batch of any size costs a pass over the whole graph. */
  readonly batch: number;
  /** The rows of tables that one score depends on are those of its user and its item alone (and all that is shared). False for graphs. */
  readonly local: boolean;
  /** Outputs of a user beside the scores of their items: "items" from itemCount on (a divergence that training adds). Usually 0. */
  readonly extraOutputs: number;
  /** The forward pass. Neither `params` nor `pairs` may change while the result is in use. */
  at(params: Float64Array, pairs: Pairs): Linearised;
  /** For models that the interactions enter beside the loss: through a graph, or as input. */
  readonly data?: DataDerivative | undefined;
  /** What can be turned without a change of any score or of J. */
  readonly rotations?: readonly Rotation[] | undefined;
  /** For models that end in a linear layer; their points have `features`. */
  readonly lastLayer?: LastLayer | undefined;
  /** For models whose score is a dot product of what can be computed for a user and for an item apart: how they are served. */
  readonly asFactors?: ((params: Float64Array) => FactorForm) | undefined;
}

/** Scores as dot products: score(u, i) = user row · item row (+ biases). */
export interface FactorForm {
  readonly factors: number;
  /** users × factors, row-major. */
  readonly userFactors: Float64Array;
  readonly itemFactors: Float64Array;
  readonly userBias?: Float64Array | undefined;
  readonly itemBias?: Float64Array | undefined;
}

/** A 32-bit key of every user and item that follows from the outside id alone. */
export interface NameKeys {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/** How scores depend on the interactions' weights (1 each), at which a removed interaction has weight 0. */
export interface DataDerivative {
  /**
   * For every interaction k, ∂/∂w_k of Σ_n slopes[n]·score n + tangents[n]·(∇score n · direction), the parameters held
   * fixed: with slopes = ℓ″·(J s) and tangents = ℓ′ this is the derivative of sᵀ∇J through the data alone.
   */
  weightDerivative(
    params: Float64Array,
    pairs: Pairs,
    slopes: Float64Array,
    tangents: Float64Array | undefined,
    direction: Float64Array | undefined,
  ): Float64Array;
  /** How scores move when the interactions' weights move along `weights`, the parameters held fixed: the transpose of `weightDerivative`. */
  alongWeights(params: Float64Array, pairs: Pairs, weights: Float64Array): AlongWeights;
}

/** Scores of pairs on their way along weights. */
export interface AlongWeights {
  /** How every score moves. */
  readonly scores: Float64Array;
  /** Adds how Σ weights[n]·∇score n moves to `out`. */
  addVjp(weights: Float64Array, out: Float64Array): void;
}

/** Settings of a model as they are stored: numbers, words, and lists of numbers, by name. */
export type ModelSettings = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** A kind of model: how its settings are checked, how it is built on interactions, and where its parameters start. */
export interface ModelKind<Settings extends ModelSettings = ModelSettings> {
  readonly name: string;
  readonly summary: string;
  /** Fills in what is not given and checks the rest; throws `bad-input` that names the setting. */
  settings(given: ModelSettings): Settings;
  /**
   * Parameters keep their places when the interactions change. `weights` (1 each when absent) says how much of each interaction is
   * there, for models that the interactions enter; `keys` are what noise is drawn by; `matrices` make the products (default: the reference).
   */
  build(
    settings: Settings,
    interactions: Interactions,
    weights?: Float64Array,
    keys?: NameKeys,
    matrices?: MatrixKernels,
  ): Model;
  /** The settings under which a trained model is served, where these are others: without noise. */
  serving?(settings: Settings): Settings;
  /** Parameters to begin training at, drawn from streams of `random` that are forked by tensor, and in tables by the row's key. */
  start(model: Model, random: Random, keys: NameKeys): Float64Array;
}

/** The parameters that the score of a pair reads in the tables of its user and its item, ascending; what is shared is not among them. */
export function supportOf({ tensors }: Model, user: number, item: number): Uint32Array {
  return Uint32Array.from([...placesOfRows(tensors, "user", [user]), ...placesOfRows(tensors, "item", [item])]).sort();
}
