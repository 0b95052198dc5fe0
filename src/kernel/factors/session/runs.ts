/** How the compiled kernels are run on a held problem: in chunks of users, or in rows that are independent of each other. */

import * as layout from "../../assembly/layout.ts";
import { chunkCount } from "../../kernels.ts";
import { type HeldProblem, outputOf } from "./state.ts";

/** Tasks of an operation whose rows are independent of each other. */
export const blockTasks = 64;

/** A pass over the chunks that leaves private item tables. */
export interface Pass {
  readonly operation: number;
  /** Multiplications and additions a factor. */
  readonly perFactor: number;
  /** What the penalties of the items multiply. */
  readonly penalised: "point" | "input" | "nothing";
  /** Entries before the items in the input and in the output. */
  readonly inputItems: number;
  readonly outputItems: number;
  /** What has to be done before the private tables are added up. */
  readonly between?: () => void;
}

const penalisedCodes = { nothing: 0, point: 1, input: 2 };

/** Runs one task a chunk. */
export function runChunks(held: HeldProblem, operation: number, perFactor: number): void {
  const { kernels, buffers, problem, chunks, stride } = held;
  kernels.run(operation, buffers.session, chunks, problem.ratings.length * (4 + 0.2 * perFactor * stride));
}

/** Runs an operation whose rows are independent of each other; returns the number of its tasks. */
export function runRows(held: HeldProblem, operation: number, count: number, nanoseconds: number): number {
  const { kernels, buffers } = held;
  const grain = Math.ceil(count / blockTasks);
  buffers.set(layout.grainField, grain);
  const tasks = Math.ceil(count / grain);
  kernels.run(operation, buffers.session, tasks, nanoseconds);
  return tasks;
}

/** The sum of a number that every task left, in the order of the tasks. */
export function sumOf({ buffers }: HeldProblem, tasks: number, field: number): number {
  return buffers.sum(buffers.get(layout.partialsField) + field, tasks, layout.partialBytes);
}

/** Runs a pass, and adds its private tables up into the output; returns the sums of what its tasks left. */
export function passAndReduce(held: HeldProblem, pass: Pass): { value: number; mean: number } {
  const { kernels, buffers, chunks, tableBytes, stride } = held;
  buffers.lazily(layout.accumulatorsField, chunks * tableBytes, "private item tables");
  outputOf(held);
  buffers.set(layout.penalisedField, penalisedCodes[pass.penalised]);
  buffers.set(layout.inputItemsField, pass.inputItems * 8);
  buffers.set(layout.outputItemsField, pass.outputItems * 8);
  runChunks(held, pass.operation, pass.perFactor);
  const value = sumOf(held, chunks, layout.partialValue);
  const mean = sumOf(held, chunks, layout.partialMean);
  pass.between?.();
  const nanoseconds = 0.25 * chunks * held.problem.shape.itemCount * stride;
  // The other threads are still awake, so that less work is worth sharing: it counts five times.
  kernels.run(layout.opReduce, buffers.session, chunkCount, 5 * nanoseconds);
  return { value: value + sumOf(held, chunkCount, layout.partialValue), mean };
}
