/** Matrix products in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import { descriptionBytes } from "../assembly/matrices/layout.ts";
import { type LoadOptions, loadKernels, type Running, runningOf } from "../runtime/load.ts";
import { openTowers } from "../towers/wasm.ts";
import { openAreas } from "./areas.ts";
import { type MatrixHost, multiplyDense } from "./dense.ts";
import type { MatrixKernels } from "./matrices.ts";
import { openSparse } from "./sparse.ts";

/** Matrix products with a view of the memory that they hold. */
export type WasmMatrices = MatrixKernels & Running;

/**
 * Makes matrix products in WebAssembly. A sparse matrix is copied there once and known by identity from then on, so that
 * its arrays must not change. Throws `bad-input` when threads is not 1 to 8; calls throw `unsupported` when factors and
 * result exceed the memory of WebAssembly, 4 GiB.
 */
export function wasmMatrices(options: LoadOptions = {}): WasmMatrices {
  const kernels = loadKernels("matrices", options);
  const description = kernels.memory.allocate(descriptionBytes, "a description");
  const host: MatrixHost = {
    kernels,
    areas: openAreas(kernels.memory),
    description,
    describe(fields) {
      const words = kernels.memory.words();
      for (const [field, value] of fields) words[(description + field) / 4] = value;
    },
  };
  return {
    ...runningOf(kernels),
    multiply: (shape, a, b, out) => multiplyDense(host, shape, a, b, out),
    sparseMultiply: openSparse(host),
    towerAt: openTowers(kernels),
  };
}
