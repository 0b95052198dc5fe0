/** The kernels with which real sets are trained: those that a user gets. */

import { type RunContext, runContext } from "../../src/kernel/run-context.ts";
import { openKernels } from "../../src/kernel/select.ts";

/** A context for one test, and what ends its threads. */
export function fastRun(): { readonly context: RunContext; readonly close: () => Promise<void> } {
  const kernels = openKernels();
  return { context: runContext(kernels), close: () => kernels.close() };
}
