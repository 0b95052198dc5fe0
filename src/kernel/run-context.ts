/** What work runs with: kernels, a signal, progress, and turns for the event loop. */

import { type RunOptions, type YieldToEventLoop, yielding } from "../run.ts";
import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices/matrices.ts";
import type { TripleKernels } from "./triples/triples.ts";

/** The hot loops of every module. Whoever makes them closes them. */
export interface Kernels {
  readonly factors: FactorKernels;
  readonly matrices: MatrixKernels;
  readonly triples: TripleKernels;
  /** Ends the threads; open sessions become unusable. */
  close(): Promise<void>;
}

/** What every long verb runs with. */
export interface RunContext extends RunOptions {
  readonly kernels: Kernels;
  readonly yieldToEventLoop: YieldToEventLoop;
}

/** Puts a context together. */
export function runContext(kernels: Kernels, options: RunOptions = {}): RunContext {
  const { signal, onProgress, onRows } = options;
  return { kernels, signal, onProgress, onRows, yieldToEventLoop: yielding(signal) };
}
