/** Pairwise ranking by matrix factorization in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import { LetheError } from "../../errors.ts";
import { type LoadOptions, loadKernels, type Running, runningOf } from "../runtime/load.ts";
import { openTriples } from "./session.ts";
import type { TripleKernels } from "./triples.ts";

/** Kernels on triples with a view of the memory that they hold. */
export type WasmTriples = TripleKernels & Running;

/** Makes the kernels on triples in WebAssembly. Throws `bad-input` when threads is not 1 to 8; `open` throws `unsupported` beyond 4 GiB. */
export function wasmTriples(options: LoadOptions = {}): WasmTriples {
  const kernels = loadKernels("triples", options);
  let closed = false;
  return {
    ...runningOf(kernels),
    name: "wasm",
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
