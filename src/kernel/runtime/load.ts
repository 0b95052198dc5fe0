/** Loads a compiled kernel module: its memory, its threads, and the call of one operation. */

import { readFileSync } from "node:fs";
import { LetheError } from "../../errors.ts";
import { type KernelMemory, openMemory, type SharedMemory } from "./memory.ts";
import { type KernelExports, openPool } from "./pool.ts";

/** How to load a module; what comes after `onNote` exists for the tests. */
export interface LoadOptions {
  /** Threads that share a call, 1 to 8; 1 by default. */
  readonly threads?: number | undefined;
  /** Told when fewer threads work than were asked for. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Nanoseconds of estimated work below which a call stays on one thread. */
  readonly serialBelow?: number | undefined;
  readonly workerUrl?: URL | undefined;
  /** Milliseconds without any progress after which a call gives up on a worker. */
  readonly patience?: number | undefined;
  readonly maximumPages?: number | undefined;
}

/** What every set of compiled kernels has beside its calls. */
export interface Running {
  readonly threads: number;
  readonly memory: Pick<KernelMemory, "size" | "used">;
  /** Whether the other threads have started; they do at the first call that is worth it. */
  ready(): boolean;
  /** Ends the threads; later calls throw. */
  close(): Promise<void>;
}

/** A loaded module. */
export interface LoadedKernels extends Running {
  readonly memory: KernelMemory;
  readonly serialBelow: number;
  /** Whether a call of so much work would be shared. */
  shared(nanoseconds: number): boolean;
  /** Does the tasks of an operation on the description at an address. */
  run(operation: number, description: number, tasks: number, nanoseconds: number): void;
}

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: SharedMemory } }) => { exports: unknown };
};

const compiled = new Map<string, object>();

/** Loads `<name>.wasm` of the folder above. Throws `bad-input` when threads is not 1 to 8. */
export function loadKernels(name: string, options: LoadOptions): LoadedKernels {
  const { threads = 1, serialBelow = 500_000, workerUrl, patience, onNote } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 8)
    throw new LetheError("bad-input", `kernels share a call between 1 and 8 threads, not ${threads}`);
  const module = moduleOf(name);
  const memory = openMemory(options.maximumPages);
  const exports = new WebAssembly.Instance(module, { env: { memory: memory.memory } }).exports as KernelExports;
  const pool = openPool({ threads, module, memory: memory.memory, exports, workerUrl, patience, onNote });
  const shared = (nanoseconds: number) => nanoseconds >= serialBelow && pool.helped();
  return {
    threads,
    memory,
    serialBelow,
    shared,
    run: (operation, description, tasks, nanoseconds) =>
      pool.run(operation, description, tasks, tasks > 1 && shared(nanoseconds)),
    ready: () => pool.helped(),
    close: () => pool.close(),
  };
}

/** The part of a loaded module that its kernels show. */
export function runningOf({ threads, memory, ready, close }: LoadedKernels): Running {
  return { threads, memory, ready, close };
}

function moduleOf(name: string): object {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(new URL(`../${name}.wasm`, import.meta.url));
  } catch {
    throw new LetheError("internal", `${name}.wasm is missing beside the kernels`, "run `npm run build:kernels`");
  }
  const module = new WebAssembly.Module(bytes);
  compiled.set(name, module);
  return module;
}
