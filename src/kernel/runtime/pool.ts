/** Threads that share the tasks of a kernel call: a synchronous fork and join over one shared memory. */

import { Worker } from "node:worker_threads";
import { LetheError } from "../../errors.ts";
import {
  controlBytes,
  controlExit,
  controlFault,
  controlFinished,
  controlReady,
  controlWake,
} from "../assembly/layout.ts";
import type { SharedMemory } from "./memory.ts";

/** What the compiled kernels export. */
export interface KernelExports {
  execute(operation: number, session: number, task: number, thread: number): void;
  work(control: number, generation: number, thread: number): number;
  announce(control: number, generation: number, operation: number, session: number, count: number): void;
}

/** What a pool is made of; the later ones have defaults and exist for the tests. */
export interface PoolParts {
  readonly threads: number;
  readonly module: object;
  readonly memory: SharedMemory;
  readonly exports: KernelExports;
  readonly workerUrl?: URL | undefined;
  /** Milliseconds without any progress after which a call gives up on a worker. */
  readonly patience?: number | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
}

/** A pool of threads; the calling thread is one of them. */
export interface Pool {
  /** Does all tasks of an operation on a session, alone or together. Throws `internal` when a thread failed. */
  run(operation: number, session: number, tasks: number, together: boolean): void;
  /** Whether other threads would help; starts them at the first question. */
  helped(): boolean;
  /** Ends the threads. */
  close(): Promise<void>;
}

const places = {
  words: controlBytes / 4,
  finished: controlFinished / 4,
  wake: controlWake / 4,
  ready: controlReady / 4,
  fault: controlFault / 4,
  exit: controlExit / 4,
};
// Milliseconds of spinning before a thread sleeps: about what it costs to be woken.
const spin = 0.1;

/** Whether a thread ended because it could not have what it needs to run. */
function isResourceError(error: unknown): boolean {
  return /^ERR_WORKER_(INIT_FAILED|OUT_OF_MEMORY)$/.test(String((error as NodeJS.ErrnoException).code));
}

/** Makes a pool; threads start when they are first wanted. */
export function openPool(parts: PoolParts): Pool {
  const { exports, threads } = parts;
  const words = new Int32Array(parts.memory.buffer, 0, places.words);
  const patience = parts.patience ?? 10_000;
  let workers: { worker: Worker; ended: Promise<unknown> }[] | undefined;
  let generation = 0;
  let broken: LetheError | undefined;

  function start(): void {
    workers = [];
    for (let thread = 1; thread < threads; thread++) {
      try {
        workers.push(started(thread));
      } catch (error) {
        // The system gives no more threads: those that there are share the work.
        missing(error);
        return;
      }
    }
  }

  function started(thread: number) {
    const worker = new Worker(parts.workerUrl ?? new URL("./kernel-worker.js", import.meta.url), {
      workerData: { module: parts.module, memory: parts.memory, thread, places, spin },
      execArgv: [],
    });
    worker.unref();
    let began = true;
    worker.on("error", (error) => {
      // No thread is ready yet, so that none has had a task.
      began = Atomics.load(words, places.ready) > 0 && !isResourceError(error);
      if (began) broken ??= failure(`a kernel thread failed: ${error.message}`);
      else missing(error);
    });
    const ended = new Promise<void>((resolve) =>
      worker.once("exit", () => {
        if (began && Atomics.load(words, places.exit) === 0) broken ??= failure("a kernel thread ended");
        resolve();
      }),
    );
    return { worker, ended };
  }

  function missing(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    parts.onNote?.(`fewer than ${threads} threads work: a thread could not start (${why})`);
  }

  function helped(): boolean {
    if (threads === 1) return false;
    if (workers === undefined) start();
    return Atomics.load(words, places.ready) > 0;
  }

  function run(operation: number, session: number, tasks: number, together: boolean): void {
    if (broken !== undefined) throw broken;
    if (!together) {
      for (let task = 0; task < tasks; task++) exports.execute(operation, session, task, 0);
      return;
    }
    generation = (generation + 1) | 0;
    const begun = performance.now();
    exports.announce(0, generation, operation, session, tasks);
    Atomics.store(words, places.wake, generation);
    Atomics.notify(words, places.wake);
    try {
      exports.work(0, generation, 0);
    } catch (error) {
      broken = failure(`a kernel failed: ${error instanceof Error ? error.message : String(error)}`);
      throw broken;
    }
    join(tasks, begun);
  }

  /** Waits until all tasks are done. */
  function join(tasks: number, begun: number): void {
    const own = performance.now();
    // Tasks are about equal: who takes twenty times as long as all of ours, and longer than our patience, is dead.
    let limit = own + patience + 20 * (own - begun);
    let finished = Atomics.load(words, places.finished);
    while (finished < tasks) {
      const now = performance.now();
      if (now > own + spin) Atomics.wait(words, places.finished, finished, 100);
      const later = Atomics.load(words, places.finished);
      if (later !== finished) limit = now + patience + 20 * (own - begun);
      finished = later;
      if (finished < tasks && (now > limit || Atomics.load(words, places.fault) & 2)) break;
    }
    const fault = Atomics.load(words, places.fault);
    if (finished >= tasks && fault === 0) return;
    const reason = fault & 1 ? "threw" : fault & 2 ? "ended" : "no longer answers";
    broken = failure(`a kernel thread ${reason}; ${finished} of ${tasks} tasks were done`);
    throw broken;
  }

  async function close(): Promise<void> {
    broken ??= failure("the kernels are closed");
    Atomics.store(words, places.exit, 1);
    Atomics.add(words, places.wake, 1);
    Atomics.notify(words, places.wake);
    await Promise.all((workers ?? []).map(({ worker, ended }) => end(worker, ended)));
  }

  return { run, helped, close };
}

function failure(message: string): LetheError {
  return new LetheError("internal", message, "open new kernels; with threads: 1 no other thread is involved");
}

/** Waits for a worker to end, and ends it when it does not by itself. */
async function end(worker: Worker, ended: Promise<unknown>): Promise<void> {
  worker.ref();
  const timer = setTimeout(() => void worker.terminate(), 2000);
  await ended;
  clearTimeout(timer);
}
