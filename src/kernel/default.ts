/** The kernels that everything in this process shares unless it is given others. */

import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices.ts";
import { referenceMatrices } from "./matrices-reference.ts";
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

let sharedMatrices: MatrixKernels | undefined;

/** The matrix products that models use; made at the first use. */
export function defaultMatrices(): MatrixKernels {
  sharedMatrices ??= referenceMatrices();
  return sharedMatrices;
}

/** Makes `matrices` the shared ones from now on. */
export function useMatrices(matrices: MatrixKernels): void {
  sharedMatrices = matrices;
}
