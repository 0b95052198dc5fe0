/** What puts members' scores together by parameters of its own: their tensors, their start, and scores with a reverse derivative. */

import type { Pairs } from "../../model/model.ts";
import type { TensorPlace } from "../../model/tensors.ts";

/** Scores at parameters. */
export interface Mixed {
  readonly scores: Float64Array;
  /** Adds Σ weights[n]·∇score n to `out`. */
  addVjp(weights: Float64Array, out: Float64Array): void;
}

/** Learned weights of members. The members are constants. */
export interface Mixture {
  readonly tensors: readonly TensorPlace[];
  readonly parameterCount: number;
  /** Pairs that are best evaluated together. */
  readonly batch: number;
  /** Where every member weighs the same. */
  start(seed: number): Float64Array;
  at(params: Float64Array, pairs: Pairs): Mixed;
  /** Scores as served: what depends on one user or one item is made once. */
  scorer(params: Float64Array): (pairs: Pairs) => Float64Array;
}
