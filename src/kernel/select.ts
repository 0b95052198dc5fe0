/** Which kernels to use. */

import { availableParallelism } from "node:os";
import type { FactorKernels } from "./kernels.ts";
import type { MatrixKernels } from "./matrices/matrices.ts";
import { referenceMatrices } from "./matrices/reference.ts";
import { wasmMatrices } from "./matrices/wasm.ts";
import { referenceKernels } from "./reference.ts";
import type { Kernels } from "./run-context.ts";
import { whyUnavailable } from "./runtime/available.ts";
import { referenceTriples } from "./triples/reference.ts";
import type { TripleKernels } from "./triples/triples.ts";
import { wasmTriples } from "./triples/wasm.ts";
import { wasmKernels } from "./wasm.ts";

/** What may be asked of `openKernels`. */
export interface KernelChoice {
  /** Threads that share a call, 1 to 8; by default as many as the machine has, at most 8. */
  readonly threads?: number | undefined;
  readonly kind?: "wasm" | "reference" | undefined;
  /** Told when the kernels run otherwise than they were asked to: each thing once. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * The kernels in WebAssembly, or on request their definition in plain TypeScript (which has one thread). Modules load at
 * their first use; where WebAssembly is not to be had the definition runs in its place, and `onNote` is told why.
 */
export function openKernels({
  threads = Math.min(availableParallelism(), 8),
  kind = "wasm",
  onNote,
}: KernelChoice = {}): Kernels {
  const told = new Set<string>();
  const tell = (note: string) => {
    if (!told.has(note)) onNote?.(note);
    told.add(note);
  };
  const choose = <Made extends Closable>(fast: () => Made, definition: () => Made): Lazy<Made> =>
    lazily(() => (kind === "wasm" ? fastOr(fast, definition, tell) : definition()));
  const options = { threads, onNote: tell };
  const factors = choose<FactorKernels>(() => wasmKernels(options), referenceKernels);
  const matrices = choose<MatrixKernels>(() => wasmMatrices(options), referenceMatrices);
  const triples = choose<TripleKernels>(() => wasmTriples(options), referenceTriples);
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

interface Closable {
  close(): Promise<void>;
}

interface Lazy<Made> {
  get(): Made;
  close(): Promise<void>;
}

function fastOr<Made>(fast: () => Made, definition: () => Made, tell: (note: string) => void): Made {
  try {
    return fast();
  } catch (error) {
    const why = whyUnavailable(error);
    if (why === undefined) throw error;
    tell(`the kernels run in plain JavaScript on one thread: much slower, and the same up to rounding: ${why}`);
    return definition();
  }
}

function lazily<Made extends Closable>(make: () => Made): Lazy<Made> {
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
