/** A factor problem in the shared memory: its sizes, its buffers, and which results are current at its point. */

import { LetheError } from "../../../errors.ts";
import * as layout from "../../assembly/layout.ts";
import type { FactorProblem, Side } from "../../kernels.ts";
import type { Buffers } from "../../runtime/buffers.ts";
import type { LoadedKernels } from "../../runtime/load.ts";
import type { Pairs } from "./pairs.ts";
import type { Sizes } from "./sizes.ts";

/** One problem that the compiled kernels hold. */
export interface HeldProblem extends Sizes {
  readonly problem: FactorProblem;
  readonly kernels: LoadedKernels;
  readonly buffers: Buffers;
  /** What the weight of all pairs adds, where there is one. */
  readonly pairs: Pairs | undefined;
  /** Whether the residuals in memory are those of the point. */
  residualsHold: boolean;
  /** Addresses of the ratings in item-major order, once they are there. */
  itemSide: ItemSide | undefined;
}

/** Addresses of one side's ratings. */
export interface ItemSide {
  readonly start: number;
  readonly others: number;
  readonly ratings: number;
  readonly weights: number;
}

/** Begins a call: throws when the session is closed, and tells the kernels the mean. */
export function begin({ problem, buffers, parameterCount }: HeldProblem): void {
  buffers.check();
  const { shape, fixedMean } = problem;
  const meanAt = buffers.get(layout.pointField) + (parameterCount - 1) * 8;
  buffers.setFloat(layout.meanField, shape.learnedMean ? buffers.floatAt(meanAt) : fixedMean);
}

/** The address of what is passed in. */
export function inputOf({ buffers, parameterCount }: HeldProblem): number {
  return buffers.lazily(layout.inputField, parameterCount * 8, "vectors");
}

/** The address of what is passed out. */
export function outputOf({ buffers, parameterCount }: HeldProblem): number {
  return buffers.lazily(layout.outputField, parameterCount * 8, "vectors");
}

/** The address of a side's inverse blocks. */
export function blocksOf({ problem, buffers, blockBytes }: HeldProblem, side: Side): number {
  const { userCount, itemCount } = problem.shape;
  return side === "item"
    ? buffers.lazily(layout.itemBlocksField, itemCount * blockBytes, "the items' inverse blocks")
    : buffers.lazily(layout.userBlocksField, userCount * blockBytes, "the users' inverse blocks");
}

/** Throws when a vector is shorter than the kernels need. */
export function checkLength(vector: Float64Array, length: number): void {
  if (vector.length < length)
    throw new LetheError("internal", `a vector of ${vector.length} where the kernels need ${length}`);
}

/** Copies a vector in. */
export function putInput(held: HeldProblem, vector: Float64Array, length: number): void {
  checkLength(vector, length);
  held.buffers.put(vector, length, inputOf(held));
}

/** Copies the output out, with the mean's entry (the last one) when it is learned. */
export function fetchOutput(held: HeldProblem, out: Float64Array, length: number, mean: number): void {
  held.buffers.fetch(out, length, outputOf(held));
  if (held.problem.shape.learnedMean) out[length - 1] = mean;
}
