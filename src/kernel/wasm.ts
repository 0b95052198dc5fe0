/** The kernels in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import { readFileSync } from "node:fs";
import { LetheError } from "../errors.ts";
import type { FactorKernels } from "./kernels.ts";
import { type KernelMemory, openMemory, type SharedMemory } from "./memory.ts";
import { type KernelExports, openPool } from "./pool.ts";
import { openSession } from "./session.ts";

/** How to make the kernels; what comes after `threads` exists for the tests. */
export interface WasmOptions {
  /** Threads that share a call, 1 to 8. */
  readonly threads?: number | undefined;
  /** Nanoseconds of estimated work below which a call stays on one thread. */
  readonly serialBelow?: number | undefined;
  readonly workerUrl?: URL | undefined;
  readonly patience?: number | undefined;
  readonly maximumPages?: number | undefined;
}

/** Kernels with a view of the memory that they hold. */
export interface WasmKernels extends FactorKernels {
  readonly memory: Pick<KernelMemory, "size" | "used">;
  /** Whether the other threads have started; they do at the first call that is worth it. */
  ready(): boolean;
}

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: SharedMemory } }) => { exports: unknown };
};

let compiled: object | undefined;

function moduleOnce(): object {
  if (compiled !== undefined) return compiled;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(new URL("./kernels.wasm", import.meta.url));
  } catch {
    throw new LetheError("internal", "kernels.wasm is missing beside the kernels", "run `npm run build:kernels`");
  }
  compiled = new WebAssembly.Module(bytes);
  return compiled;
}

/** Makes the WebAssembly kernels. Throws `bad-input` when threads is not 1 to 8. */
export function wasmKernels(options: WasmOptions = {}): WasmKernels {
  const threads = options.threads ?? 1;
  if (!Number.isInteger(threads) || threads < 1 || threads > 8)
    throw new LetheError("bad-input", `kernels share a call between 1 and 8 threads, not ${threads}`);
  const module = moduleOnce();
  const memory = openMemory(options.maximumPages);
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
  const exports = instance.exports as KernelExports;
  const pool = openPool({ ...options, threads, module, memory: memory.memory, exports });
  const host = { memory, pool, threads, serialBelow: options.serialBelow ?? 500_000 };
  return {
    name: "wasm",
    threads,
    memory,
    ready: () => pool.helped(),
    open: (problem) => openSession(problem, host),
    close: () => pool.close(),
  };
}
