/** A problem on triples in the shared memory: its buffers, and its description there to the compiled kernels. */

import * as layout from "../assembly/triples/layout.ts";
import { type Buffers, openBuffers } from "../runtime/buffers.ts";
import type { LoadedKernels } from "../runtime/load.ts";
import { fittingChunks, tableBytesOf } from "../runtime/tables.ts";
import { batchesOf, bordersOf } from "./batches.ts";
import { type TripleProblem, tripleParameters } from "./triples.ts";

/** One problem that the compiled kernels hold. */
export interface HeldTriples {
  readonly problem: TripleProblem;
  readonly kernels: LoadedKernels;
  readonly buffers: Buffers;
  readonly parameterCount: number;
  /** Bytes of a chunk's private item table. */
  readonly tableBytes: number;
  readonly chunks: number;
  /** Whether the slopes in memory are those of the point. */
  slopesHold: boolean;
}

/** Ranges of items that are added up together. */
export const ranges = 8;

// Chunks of users with private item tables: a choice by the problem alone, since the bytes of a result depend on it.
const mostChunks = 8;
const triplesOfChunk = 2048;

/** Copies a problem in. Throws `unsupported` when it does not fit; nothing is kept then. */
export function holdTriples(kernels: LoadedKernels, problem: TripleProblem): HeldTriples {
  const tableBytes = tableBytesOf(problem.itemCount, problem.factors);
  const held: HeldTriples = {
    problem,
    kernels,
    buffers: openBuffers(kernels.memory, layout.sessionBytes),
    parameterCount: tripleParameters(problem),
    tableBytes,
    chunks: chunksFor(problem.users.length, tableBytes),
    slopesHold: false,
  };
  try {
    describeSizes(held);
    describeTriples(held);
    describeRoom(held);
    return held;
  } catch (error) {
    held.buffers.close();
    throw error;
  }
}

function chunksFor(triples: number, tableBytes: number): number {
  let chunks = mostChunks;
  while (chunks > 1 && triples < chunks * triplesOfChunk) chunks /= 2;
  return fittingChunks(chunks, tableBytes);
}

function describeSizes({ problem, buffers, chunks, tableBytes }: HeldTriples): void {
  const { set } = buffers;
  set(layout.userCountField, problem.userCount);
  set(layout.itemCountField, problem.itemCount);
  set(layout.factorsField, problem.factors);
  set(layout.chunksField, chunks);
  set(layout.rangesField, ranges);
  set(layout.accumulatorGapField, tableBytes);
}

function describeTriples({ problem, buffers, chunks }: HeldTriples): void {
  const { items, runs, batches, userBatches } = batchesOf(problem);
  const place = (field: number, values: Uint32Array) => buffers.set(field, buffers.takeWords(values, "triples"));
  place(layout.itemsField, items);
  place(layout.runsField, runs);
  place(layout.batchesField, batches);
  place(layout.userBatchesField, userBatches);
  place(layout.bordersField, bordersOf(problem, chunks));
}

function describeRoom({ kernels, buffers, parameterCount, chunks }: HeldTriples): void {
  const { set, take, lazily } = buffers;
  set(layout.scratchField, take(layout.scratchBytes * kernels.threads, "scratch"));
  set(layout.partialsField, take(layout.partialBytes * Math.max(chunks, ranges), "sums"));
  lazily(layout.pointField, parameterCount * 8, "parameters");
}
