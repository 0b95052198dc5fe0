/** Tasks in threads of their own. */

import { Worker } from "node:worker_threads";
import { LetheError } from "../errors.ts";
import { type Executor, executorOf, type Lane, type Task, type TaskModule } from "./executor.ts";
import { errorFrom, passing, type ToldError } from "./plain.ts";

/** An executor of `width` threads; each starts with its first task, and makes the module's tasks ready by itself. */
export function threadExecutor<Setup, Of extends Task, Result>(
  { url }: TaskModule<Setup, Of, Result>,
  setup: Setup,
  width: number,
): Executor<Of, Result> {
  return executorOf(width, (lane) => threadLane(url, setup, lane + 1));
}

/** What a thread answers. */
type Answer<Result> = { readonly id: number } & (
  | { readonly result: Result; readonly error?: undefined }
  | { readonly error: ToldError }
);

interface Waiting<Result> {
  readonly name: string;
  /** Nobody wants the task to be stopped any more. */
  settled(): void;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const patienceMs = 2000;

function threadLane<Of extends Task, Result>(url: string, setup: unknown, number: number): Lane<Of, Result> {
  const worker = started(url, setup, number);
  let waiting: Waiting<Result> | undefined;
  let dead: LetheError | undefined;
  let tasks = 0;
  const die = (why: string) => {
    dead ??= died(number, waiting?.name, why);
    waiting?.settled();
    waiting?.reject(dead);
    waiting = undefined;
  };
  const ended = new Promise<void>((resolve) =>
    worker.once("exit", (status) => {
      die(`it ended with status ${status}`);
      resolve();
    }),
  );
  worker.on("error", (error) => die(error.message));
  worker.on("messageerror", (error) => die(error.message));
  worker.on("message", (answer: Answer<Result>) => {
    const { name = "", resolve, reject, settled } = waiting ?? {};
    waiting = undefined;
    settled?.();
    // A thread without work does not keep the process.
    worker.unref();
    if (answer.error) reject?.(errorFrom(answer.error, name));
    else resolve?.(answer.result);
  });
  worker.unref();
  return {
    run: (task, signal) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        const id = ++tasks;
        passing(() => worker.postMessage({ id, task }), `the task ${task.name}`);
        const stop = () => worker.postMessage({ abort: id });
        signal.addEventListener("abort", stop, { once: true });
        waiting = { name: task.name, resolve, reject, settled: () => signal.removeEventListener("abort", stop) };
        worker.ref();
      }),
    async close() {
      worker.ref();
      if (!dead) worker.postMessage({ close: true });
      const timer = setTimeout(() => void worker.terminate(), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function started(url: string, setup: unknown, number: number): Worker {
  try {
    return passing(
      () => new Worker(new URL("./worker.js", import.meta.url), { workerData: { url, setup }, execArgv: [] }),
      "the setup",
    );
  } catch (error) {
    throw error instanceof LetheError ? error : died(number, undefined, String(error));
  }
}

function died(number: number, task: string | undefined, why: string): LetheError {
  const during = task === undefined ? "" : ` during the task ${task}`;
  return new LetheError(
    "internal",
    `thread ${number} of the executor died${during}: ${why}`,
    "try again with fewer threads; with one the work is done in this process",
  );
}
