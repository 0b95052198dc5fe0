/** Pairwise ranking by matrix factorization in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import { LetheError } from "../../errors.ts";
import { type LoadOptions, loadKernels } from "../load.ts";
import type { KernelMemory } from "../memory.ts";
import { openTriples } from "./session.ts";
import type { TripleKernels } from "./triples.ts";

/** Kernels on triples with a view of the memory that they hold. */
export interface WasmTriples extends TripleKernels {
  readonly memory: Pick<KernelMemory, "size" | "used">;
  /** Whether the other threads have started; they do at the first call that is worth it. */
  ready(): boolean;
}

/** Makes the kernels on triples in WebAssembly. Throws `bad-input` when threads is not 1 to 8; `open` throws `unsupported` beyond 4 GiB. */
export function wasmTriples(options: LoadOptions = {}): WasmTriples {
  const kernels = loadKernels("triples", options);
  let closed = false;
  return {
    name: "wasm",
    threads: kernels.threads,
    memory: kernels.memory,
    ready: () => kernels.ready(),
    open(problem) {
      if (closed) throw new LetheError("internal", "the kernels are closed", "open new kernels");
      return openTriples(kernels, problem);
    },
    close() {
      closed = true;
      return kernels.close();
    },
  };
}
