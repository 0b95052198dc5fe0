/** Which kernels to use. */

import { availableParallelism } from "node:os";
import type { FactorKernels } from "./kernels.ts";
import { referenceKernels } from "./reference.ts";
import { wasmKernels } from "./wasm.ts";

/** What may be asked of `selectKernels`. */
export interface KernelChoice {
  /** Threads that share a call, 1 to 8; by default as many as the machine has, at most 8. */
  readonly threads?: number | undefined;
  readonly kind?: "wasm" | "reference" | undefined;
}

/** The kernels in WebAssembly, or on request their definition in plain TypeScript (which has one thread). */
export function selectKernels(choice: KernelChoice = {}): FactorKernels {
  if (choice.kind === "reference") return referenceKernels();
  return wasmKernels({ threads: choice.threads ?? Math.min(availableParallelism(), 8) });
}
