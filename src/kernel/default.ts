/** The kernels that everything in this process shares unless it is given others. */

import { availableParallelism } from "node:os";
import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices.ts";
import { wasmMatrices } from "./matrices-wasm.ts";
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

/** The matrix products that models use, in WebAssembly; made at the first use, and threads end with the process. */
export function defaultMatrices(): MatrixKernels {
  sharedMatrices ??= wasmMatrices({ threads: Math.min(availableParallelism(), 8) });
  return sharedMatrices;
}

/** Makes `matrices` the shared ones from now on. */
export function useMatrices(matrices: MatrixKernels): void {
  sharedMatrices = matrices;
}
