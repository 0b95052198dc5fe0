/** Who does tasks: one after another in this thread, or several at once in threads of their own. */

import { aborted, LetheError } from "../errors.ts";

/** What is to be done, as plain data: numbers, text, typed arrays, and lists and objects of them. */
export interface Task {
  readonly name: string;
  readonly [argument: string]: unknown;
}

/** Tasks that can be done, made ready once in every thread. */
export interface OpenTasks<Of extends Task = Task, Result = unknown> {
  /** Does one task; the signal fires when nobody waits for it any more. The same task gives the same bytes. */
  run(task: Of, signal: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

/** A kind of tasks. A module that threads can load exports one under the name `tasks`. */
export interface TaskModule<Setup = unknown, Of extends Task = Task, Result = unknown> {
  /** `import.meta.url` of the module. */
  readonly url: string;
  /** Makes ready what all tasks share, from plain data. */
  open(setup: Setup): Promise<OpenTasks<Of, Result>>;
}

/** Does tasks, `width` of them at the same time; the others wait in the order in which they came. */
export interface Executor<Of extends Task = Task, Result = unknown> {
  readonly width: number;
  /** Throws what the task throws, `aborted` once the signal has fired, `internal` where a thread died or something was no plain data. */
  run(task: Of, signal?: AbortSignal): Promise<Result>;
  /** Turns away what waits, waits for what is in work, and ends the threads. */
  close(): Promise<void>;
}

/** Where one task at a time is done. */
export interface Lane<Of extends Task, Result> {
  run(task: Of, signal: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

interface Job<Of, Result> {
  readonly task: Of;
  readonly signal: AbortSignal;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** An executor over lanes, each opened when it is first needed. */
export function executorOf<Of extends Task, Result>(
  width: number,
  openLane: (lane: number) => Lane<Of, Result>,
): Executor<Of, Result> {
  const lanes: (Lane<Of, Result> | undefined)[] = new Array(width).fill(undefined);
  const idle = Array.from({ length: width }, (_, k) => k);
  const working = new Set<Promise<void>>();
  const waiting: Job<Of, Result>[] = [];
  let closed = false;
  const work = async (job: Job<Of, Result>, k: number) => {
    try {
      lanes[k] ??= openLane(k);
      job.resolve(await lanes[k].run(job.task, job.signal));
    } catch (error) {
      job.reject(error);
    }
    idle.push(k);
  };
  const leave = (job: Job<Of, Result>) => {
    if (waiting.includes(job)) waiting.splice(waiting.indexOf(job), 1);
  };
  const next = () => {
    // The lane that was opened first: no more threads start than there is work for.
    idle.sort((a, b) => a - b);
    while (idle.length > 0 && waiting.length > 0) {
      const done = work(waiting.shift() as Job<Of, Result>, idle.shift() as number).then(() => {
        working.delete(done);
        next();
      });
      working.add(done);
    }
  };
  return {
    width,
    run: (task, signal = new AbortController().signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(aborted());
        if (closed) return reject(turnedAway(task));
        const job: Job<Of, Result> = { task, signal, ...untilAborted(signal, resolve, reject, () => leave(job)) };
        waiting.push(job);
        next();
      }),
    async close() {
      closed = true;
      for (const { task, reject } of waiting.splice(0)) reject(turnedAway(task));
      await Promise.all(working);
      await Promise.all(lanes.map((lane) => lane?.close()));
    },
  };
}

/** Ends waiting when the signal fires, whoever is still at work. Nothing listens to the signal any more once the job is settled. */
function untilAborted<Result>(
  signal: AbortSignal,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
  leave: () => void,
): Pick<Job<unknown, Result>, "resolve" | "reject"> {
  const stop = () => {
    leave();
    reject(aborted());
  };
  signal.addEventListener("abort", stop, { once: true });
  const unheard = <Value>(settle: (value: Value) => void) => {
    return (value: Value) => {
      signal.removeEventListener("abort", stop);
      settle(value);
    };
  };
  return { resolve: unheard(resolve), reject: unheard(reject) };
}

function turnedAway({ name }: Task): LetheError {
  return new LetheError("internal", `the task ${name} came to an executor that is closed`, "open another one");
}
