/** The kernels that everything in this process shares unless it is given others. */

import type { FactorKernels } from "./kernels.ts";
import { selectKernels } from "./select.ts";

let shared: FactorKernels | undefined;

/** Made at the first use and kept; threads end with the process. */
export function defaultKernels(): FactorKernels {
  shared ??= selectKernels();
  return shared;
}

/** Makes `kernels` the shared ones from now on. */
export function useKernels(kernels: FactorKernels): void {
  shared = kernels;
}
