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

/** The same run whose progress is a part of a larger one, from one fraction of it to another, with what is told changed where asked. */
export function within<Run extends RunOptions>(run: Run, from: number, to: number, as: Partial<Progress> = {}): Run {
  const { onProgress } = run;
  if (onProgress === undefined) return run;
  const told = (progress: Progress) => {
    const fraction = from + (to - from) * Math.min(1, Math.max(0, progress.fraction));
    onProgress({ ...progress, ...as, fraction });
  };
  return { ...run, onProgress: told };
}

/** The runs of parts that follow each other, each with its share of the progress. */
export function inParts<Run extends RunOptions>(run: Run, shares: readonly number[]): Run[] {
  const whole = shares.reduce((sum, share) => sum + share, 0) || 1;
  let before = 0;
  return shares.map((share) => {
    before += share;
    return within(run, (before - share) / whole, before / whole);
  });
}

/** Tells that a part of the work is over. */
export function ended({ onProgress }: RunOptions): void {
  onProgress?.({ phase: "", step: 0, fraction: 1 });
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
