/** The context of library calls that bring none: kernels that all of them share. */

import { type Kernels, type RunContext, runContext } from "../kernel/run-context.ts";
import { openKernels } from "../kernel/select.ts";
import type { RunOptions } from "../run.ts";

/** What a use case runs with; every part may be left out. */
export interface UseOptions extends RunOptions {
  /** Whoever makes kernels closes them. Default: kernels that all calls without share, whose threads end with the process. */
  readonly kernels?: Kernels | undefined;
}

let shared: Kernels | undefined;

/** A context from options. */
export function runOf({ kernels, ...options }: UseOptions = {}): RunContext {
  if (kernels !== undefined) return runContext(kernels, options);
  shared ??= openKernels();
  return runContext(shared, options);
}
