/** What a branch of a network is: a term of every pair's score, with the derivatives that training and influence need. */

import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import type { RowPlace } from "../../kernel/towers/towers.ts";
import type { Pairs } from "../model.ts";
import type { Rotation } from "../rotations.ts";
import type { TensorPlace, TensorShape } from "../tensors.ts";

/** A branch at parameters, on a batch of pairs; all `add` methods add to `out`. A direction may change once its curvature is added, not between `addJvp` and that. */
export interface Branch {
  /** The branch's term of every score. */
  addScores(out: Float64Array): void;
  /** How every term moves when the parameters move along `direction`. */
  addJvp(direction: Float64Array, out: Float64Array): void;
  /** Σ weights[n]·∇term n. */
  addVjp(weights: Float64Array, out: Float64Array): void;
  /** Σ weights[n]·∇²term n·direction. */
  addCurvature(weights: Float64Array, direction: Float64Array, out: Float64Array): void;
  /** Writes the branch's features of every pair, which the output weighs. */
  putFeatures(out: Float64Array, place: RowPlace): void;
}

/** A branch before there are parameters. */
export interface BranchKind {
  /** Features a pair, which the output weighs. */
  readonly width: number;
  /** The tensors that it reads, in order. */
  tensors(userCount: number, itemCount: number): readonly TensorShape[];
  /** What can be turned without a change of the term; places as for `at`. */
  rotations(places: readonly TensorPlace[], outputAt: number): readonly Rotation[];
  /** The branch on pairs; `places` are those of its tensors, the output's weights of its features begin at `outputAt`. */
  at(
    places: readonly TensorPlace[],
    outputAt: number,
    params: Float64Array,
    pairs: Pairs,
    matrices: MatrixKernels,
  ): Branch;
}

/** The two tables of embeddings of this width, `user_<name>` and `item_<name>`. */
export function embeddingTables(name: string, width: number, userCount: number, itemCount: number) {
  return [
    { name: `user_${name}`, shape: [userCount, width], rowsOf: "user" },
    { name: `item_${name}`, shape: [itemCount, width], rowsOf: "item" },
  ] as const;
}
