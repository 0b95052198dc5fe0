/** How long work reports, gives way to the event loop and stops. */

import { throwIfAborted } from "./errors.ts";

/** Where a long verb is. `fraction` grows from 0 to 1; it is an estimate. */
export interface Progress {
  readonly phase: string;
  readonly step: number;
  readonly fraction: number;
  readonly objective?: number;
  readonly gradientNorm?: number;
}

/** What every long verb takes. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told how many interactions a piece of work has read: as many as there are is one pass over the data. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** Gives the event loop a turn when the last one is more than 40 ms ago, and throws `aborted` once the signal has fired. */
export type YieldToEventLoop = () => Promise<void>;

/** Makes one for a run; call it between kernel calls. */
export function yielding(signal: AbortSignal | undefined): YieldToEventLoop {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > 40) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    throwIfAborted(signal);
  };
}

/** Work cut into steps of some milliseconds. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does all steps, with turns of the event loop in between. */
export async function finishYielding<Result>(
  steps: Steps<Result>,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await yieldToEventLoop();
  }
}
