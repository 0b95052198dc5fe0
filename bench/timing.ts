/** Kernels that keep the time of every call, and small helpers of the tables. */

import type { FactorKernels, FactorSession } from "../src/kernel/kernels.ts";

/** Milliseconds inside kernel calls so far, and how often each was called. */
export interface Clock {
  milliseconds: number;
  readonly calls: Record<string, number>;
}

/** The same kernels, timed. */
export function timed(kernels: FactorKernels): { kernels: FactorKernels; clock: Clock } {
  const clock: Clock = { milliseconds: 0, calls: {} };
  const wrap = (session: FactorSession): FactorSession => {
    const out: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(session))
      out[name] =
        typeof member !== "function"
          ? member
          : (...args: unknown[]) => {
              const begun = performance.now();
              const result = (member as (...rest: unknown[]) => unknown)(...args);
              clock.milliseconds += performance.now() - begun;
              clock.calls[name] = (clock.calls[name] ?? 0) + 1;
              return result;
            };
    return out as unknown as FactorSession;
  };
  const open: FactorKernels["open"] = (problem) => {
    const begun = performance.now();
    const session = kernels.open(problem);
    clock.milliseconds += performance.now() - begun;
    return wrap(session);
  };
  return { kernels: { ...kernels, open }, clock };
}

/** Peak resident memory of this process so far, in MiB. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** A duration for a cell. */
export function ms(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds >= 100) return `${Math.round(milliseconds)} ms`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
}

/** A share for a cell. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value >= 10) return `${Math.round(value)} %`;
  if (value === 0) return "0 %";
  return value >= 0.01 ? `${value.toPrecision(2)} %` : `${value.toExponential(0)} %`;
}

/** A small number for a cell. */
export function sci(value: number): string {
  return value.toExponential(1);
}
