/** How many bytes the parts of a session take, and into how many chunks its work is cut. */

import { batchSize, largestBatch } from "../../assembly/layout.ts";
import { chunkCount, type FactorProblem, type Grouped, parameterCountOf, strideOf } from "../../kernels.ts";
import { fittingChunks, tableBytesOf } from "../../runtime/tables.ts";

/** Lengths in numbers (counts, and where the items begin), or in bytes. */
export interface Sizes {
  readonly stride: number;
  readonly parameterCount: number;
  readonly itemsAt: number;
  readonly reducedCount: number;
  readonly tableBytes: number;
  readonly blockBytes: number;
  readonly chunks: number;
}

/** All sizes of a problem. */
export function sizesOf({ shape, ratings }: FactorProblem, serialBelow: number): Sizes {
  const stride = strideOf(shape);
  const parameterCount = parameterCountOf(shape);
  const itemsAt = shape.userCount * stride;
  const reducedCount = parameterCount - itemsAt;
  const tableBytes = tableBytesOf(shape.itemCount, stride);
  const chunks = chunksFor(ratings.length, stride, tableBytes, serialBelow);
  return { stride, parameterCount, itemsAt, reducedCount, tableBytes, blockBytes: blockBytesOf(stride), chunks };
}

/** Bytes of one inverse block: the 2×2 tiles of its lower triangle. */
function blockBytesOf(stride: number): number {
  const tiles = (stride + 1) >> 1;
  return 16 * tiles * (tiles + 1);
}

/** Number of chunks with a private item table; a choice by the problem alone, since the bytes of a result depend on it. */
function chunksFor(ratings: number, stride: number, tableBytes: number, serialBelow: number): number {
  return ratings * (4 + 0.6 * stride) < serialBelow ? 1 : fittingChunks(chunkCount, tableBytes);
}

/** Ratings of the row that has most. */
export function longestRow(grouped: Grouped): number {
  let longest = 0;
  for (let r = 0; r + 1 < grouped.start.length; r++)
    longest = Math.max(longest, grouped.start[r + 1] - grouped.start[r]);
  return longest;
}

/** Bytes of one thread's scratch: three padded matrices and two rows for a block, two batches for a sum over pairs, or two rows, a batch and one number a rating for a pass. */
export function scratchBytes(stride: number, longest: number): number {
  const padded = (stride + 4) & ~3;
  const rows = (stride + 3) & ~3;
  const forBlocks = padded * (batchSize + 2 * rows) + 2 * rows;
  const forPasses = 2 * (stride + 1) + 3 * largestBatch + longest;
  const forPairs = 2 * padded * batchSize;
  return Math.ceil((8 * Math.max(forBlocks, forPasses, forPairs)) / 128) * 128 + 128;
}
