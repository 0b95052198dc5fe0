/** How many bytes the parts of a session take, and into how many chunks its work is cut. */

import { batchSize, largestBatch } from "./assembly/layout.ts";
import { chunkCount, type Grouped } from "./kernels.ts";

// More than this for the private item tables, and there are fewer chunks.
const accumulatorLimit = 2 ** 30;

/** Bytes of one private item table, with cache lines of its own. */
export function tableBytesOf(items: number, stride: number): number {
  return Math.ceil((items * stride * 8) / 64) * 64 + 64;
}

/** Bytes of one inverse block: the 2×2 tiles of its lower triangle. */
export function blockBytesOf(stride: number): number {
  const tiles = (stride + 1) >> 1;
  return 16 * tiles * (tiles + 1);
}

/** Number of chunks with a private item table; a choice by the problem alone, since the bytes of a result depend on it. */
export function chunksFor(ratings: number, stride: number, tableBytes: number, serialBelow: number): number {
  if (ratings * (4 + 0.6 * stride) < serialBelow) return 1;
  let chunks = chunkCount;
  while (chunks > 1 && chunks * tableBytes > accumulatorLimit) chunks /= 2;
  return chunks;
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
