/** The kernels that everything in this process shares unless it is given others. */

import { availableParallelism } from "node:os";
import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices/matrices.ts";
import { wasmMatrices } from "./matrices/wasm.ts";
import { selectKernels } from "./select.ts";
import type { TripleKernels } from "./triples/triples.ts";
import { wasmTriples } from "./triples/wasm.ts";

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

let sharedTriples: TripleKernels | undefined;

/** The kernels of pairwise ranking, in WebAssembly; made at the first use, and threads end with the process. */
export function defaultTriples(): TripleKernels {
  sharedTriples ??= wasmTriples({ threads: Math.min(availableParallelism(), 8) });
  return sharedTriples;
}

/** Makes `triples` the shared ones from now on. */
export function useTriples(triples: TripleKernels): void {
  sharedTriples = triples;
}
