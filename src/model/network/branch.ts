/** What a branch of a network is: from a pair's rows to features, with every derivative that training and influence need. */

import type { Pairs, TensorPlace } from "../model.ts";

/** Memory for one intermediate result, made at the first use and kept as long as the pass. */
export type Scratch = () => Float64Array;

/** A branch at parameters, on a batch of pairs. Matrices are pairs × width, row-major; what is returned is overwritten by the next call. */
export interface Branch {
  readonly features: Float64Array;
  /** How the features move when the parameters move along `direction`. */
  tangent(direction: Float64Array): Float64Array;
  /** Adds Σ slopes·∇features to `out`. Overwrites `slopes`. */
  addReverse(slopes: Float64Array, out: Float64Array): void;
  /**
   * Adds the derivative of what `addReverse` adds, when the parameters move along the direction of the last `tangent` and the slopes
   * along `slopeTangents`. Overwrites both.
   */
  addReverseTangent(
    slopes: Float64Array,
    slopeTangents: Float64Array,
    direction: Float64Array,
    out: Float64Array,
  ): void;
}

/** A branch before there are parameters. */
export interface BranchKind {
  /** Features a pair. */
  readonly width: number;
  /** The tensors that it reads, in order. */
  tensors(userCount: number, itemCount: number): readonly Omit<TensorPlace, "at">[];
  /** The forward pass; `places` are those of its tensors. */
  at(places: readonly TensorPlace[], params: Float64Array, pairs: Pairs): Branch;
}

/** Memory of this many doubles. */
export function scratch(length: number): Scratch {
  let memory: Float64Array | undefined;
  return () => {
    memory ??= new Float64Array(length);
    return memory;
  };
}

/** The two tables of embeddings of this width, `user_<name>` and `item_<name>`. */
export function embeddingTables(name: string, width: number, userCount: number, itemCount: number) {
  return [
    { name: `user_${name}`, shape: [userCount, width], rowsOf: "user" },
    { name: `item_${name}`, shape: [itemCount, width], rowsOf: "item" },
  ] as const;
}
