/** Brings a factor problem into the shared memory, and describes it there to the compiled kernels. */

import * as layout from "../../assembly/layout.ts";
import { chunkBorders, chunkCount, type FactorProblem } from "../../kernels.ts";
import { type Buffers, openBuffers } from "../../runtime/buffers.ts";
import type { LoadedKernels } from "../../runtime/load.ts";
import { openPairs } from "./pairs.ts";
import { blockTasks } from "./runs.ts";
import { longestRow, type Sizes, scratchBytes, sizesOf } from "./sizes.ts";
import type { HeldProblem } from "./state.ts";

/** Copies a problem in. Throws `unsupported` when it does not fit; nothing is kept then. */
export function holdProblem(problem: FactorProblem, kernels: LoadedKernels): HeldProblem {
  const sizes = sizesOf(problem, kernels.serialBelow);
  const buffers = openBuffers(kernels.memory, layout.sessionBytes);
  try {
    describeShape(problem, sizes, buffers);
    describeRatings(problem, buffers);
    describeRoom(problem, sizes, buffers, kernels.threads);
    describeChunks(problem, sizes, buffers);
    const { shape, zeroWeight = 0 } = problem;
    const pairs = zeroWeight > 0 ? openPairs({ buffers, kernels, shape, zeroWeight }) : undefined;
    return { ...sizes, problem, kernels, buffers, pairs, residualsHold: false, itemSide: undefined };
  } catch (error) {
    buffers.close();
    throw error;
  }
}

function describeShape({ shape }: FactorProblem, { stride }: Sizes, { set }: Buffers): void {
  set(layout.userCountField, shape.userCount);
  set(layout.itemCountField, shape.itemCount);
  set(layout.factorsField, shape.factors);
  set(layout.biasesField, shape.biases ? 1 : 0);
  set(layout.strideField, stride);
}

function describeRatings(problem: FactorProblem, { set, setFloat, takeWords, takeFloats }: Buffers): void {
  const { byUser, ratings, weights } = problem;
  set(layout.userStartField, takeWords(byUser.start, "ratings by user"));
  set(layout.userOthersField, takeWords(byUser.others, "ratings by user"));
  set(layout.ratingsField, takeFloats(ratings, "ratings by user"));
  if (weights !== undefined) set(layout.weightsField, takeFloats(weights, "ratings by user"));
  set(layout.userScaleField, takeFloats(problem.userScale, "scales"));
  set(layout.itemScaleField, takeFloats(problem.itemScale, "scales"));
  setFloat(layout.factorPenaltyField, problem.factorPenalty);
  setFloat(layout.biasPenaltyField, problem.biasPenalty);
}

function describeRoom({ byUser }: FactorProblem, sizes: Sizes, buffers: Buffers, threads: number): void {
  const { set, take, lazily } = buffers;
  // One entry more, since an odd last factor is copied with its neighbour.
  lazily(layout.pointField, sizes.parameterCount * 8 + 8, "parameters");
  set(layout.accumulatorGapField, sizes.tableBytes);
  set(layout.blockBytesField, sizes.blockBytes);
  const scratch = scratchBytes(sizes.stride, longestRow(byUser));
  set(layout.scratchGapField, scratch);
  set(layout.scratchField, take(scratch * threads, "scratch"));
  set(layout.partialsField, take(blockTasks * layout.partialBytes, "sums"));
}

function describeChunks({ byUser, shape }: FactorProblem, { chunks }: Sizes, { set, takeWords }: Buffers): void {
  const { itemCount } = shape;
  const all = chunkBorders(byUser.start);
  const borders = Uint32Array.from({ length: chunks + 1 }, (_, c) => all[(c * chunkCount) / chunks]);
  const ranges = Uint32Array.from({ length: chunkCount + 1 }, (_, c) => Math.floor((itemCount * c) / chunkCount));
  set(layout.chunksField, chunks);
  set(layout.bordersField, takeWords(borders, "borders"));
  set(layout.rangesField, takeWords(ranges, "borders"));
}
