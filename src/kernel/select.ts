/** Which kernels to use. */

import { availableParallelism } from "node:os";
import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices/matrices.ts";
import { referenceMatrices } from "./matrices/reference.ts";
import { wasmMatrices } from "./matrices/wasm.ts";
import { referenceKernels } from "./reference.ts";
import type { Kernels } from "./run-context.ts";
import { referenceTriples } from "./triples/reference.ts";
import type { TripleKernels } from "./triples/triples.ts";
import { wasmTriples } from "./triples/wasm.ts";
import { wasmKernels } from "./wasm.ts";

/** What may be asked of `openKernels`. */
export interface KernelChoice {
  /** Threads that share a call, 1 to 8; by default as many as the machine has, at most 8. */
  readonly threads?: number | undefined;
  readonly kind?: "wasm" | "reference" | undefined;
}

/** The kernels in WebAssembly, or on request their definition in plain TypeScript (which has one thread). Modules load at their first use. */
export function openKernels({
  threads = Math.min(availableParallelism(), 8),
  kind = "wasm",
}: KernelChoice = {}): Kernels {
  const wasm = kind === "wasm";
  const factors = lazily<FactorKernels>(() => (wasm ? wasmKernels({ threads }) : referenceKernels()));
  const matrices = lazily<MatrixKernels>(() => (wasm ? wasmMatrices({ threads }) : referenceMatrices()));
  const triples = lazily<TripleKernels>(() => (wasm ? wasmTriples({ threads }) : referenceTriples()));
  return {
    get factors() {
      return factors.get();
    },
    get matrices() {
      return matrices.get();
    },
    get triples() {
      return triples.get();
    },
    async close() {
      for (const made of [factors, matrices, triples]) await made.close();
    },
  };
}

function lazily<Made extends { close(): Promise<void> }>(make: () => Made) {
  let made: Made | undefined;
  return {
    get(): Made {
      made ??= make();
      return made;
    },
    close: async () => made?.close(),
  };
}

/** The kernels of closed forms alone. */
export function selectKernels({
  threads = Math.min(availableParallelism(), 8),
  kind = "wasm",
}: KernelChoice = {}): FactorKernels {
  return kind === "wasm" ? wasmKernels({ threads }) : referenceKernels();
}
