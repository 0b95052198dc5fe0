/** How long work reports, breathes and stops. */

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
}

/** Gives the event loop a turn when the last one is more than 50 ms ago, and throws `aborted` once the signal has fired. */
export type Breathe = () => Promise<void>;

/** Makes a `Breathe` for one run; call it between kernel calls. */
export function breather(signal: AbortSignal | undefined): Breathe {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > 50) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    throwIfAborted(signal);
  };
}
