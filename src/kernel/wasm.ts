/** The kernels in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import type { FactorKernels } from "./kernels.ts";
import { type LoadOptions, loadKernels, type Running, runningOf } from "./runtime/load.ts";
import { openSession } from "./session.ts";

/** Kernels with a view of the memory that they hold. */
export type WasmKernels = FactorKernels & Running;

/** Makes the WebAssembly kernels. Throws `bad-input` when threads is not 1 to 8. */
export function wasmKernels(options: LoadOptions = {}): WasmKernels {
  const kernels = loadKernels("kernels", options);
  return { ...runningOf(kernels), name: "wasm", open: (problem) => openSession(problem, kernels) };
}
