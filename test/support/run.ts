/** The context in which laws are tested: the reference of closed forms, and the other kernels on one thread. */

import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { type Kernels, type RunContext, runContext } from "../../src/kernel/run-context.ts";
import { wasmTriples } from "../../src/kernel/triples/wasm.ts";
import type { RunOptions } from "../../src/run.ts";

/** Matrix products on one thread. */
export const matrices = wasmMatrices({ threads: 1 });

const shared: Kernels = {
  factors: referenceKernels(),
  matrices,
  triples: wasmTriples({ threads: 1 }),
  close: async () => {},
};

/** The usual context. */
export const run: RunContext = runContext(shared);

/** The same with other kernels, a signal or progress. */
export function runWith(kernels: Partial<Kernels>, options: RunOptions = {}): RunContext {
  return runContext({ ...shared, ...kernels }, options);
}
