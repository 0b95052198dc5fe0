/** The context in which laws are tested: the reference of closed forms, and the other kernels on one thread. */

import { expect } from "vitest";
import { throwIfAborted } from "../../src/errors.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { type Kernels, type RunContext, runContext } from "../../src/kernel/run-context.ts";
import { wasmTriples } from "../../src/kernel/triples/wasm.ts";
import type { Progress, RunOptions } from "../../src/run.ts";

/** Matrix products on one thread. */
export const matrices = wasmMatrices({ threads: 1 });

const shared: Kernels = {
  factors: referenceKernels(),
  matrices,
  triples: wasmTriples({ threads: 1 }),
  close: async () => {},
};

/** The usual context. */
export const run: RunContext = runContext(shared);

/** The same with other kernels, a signal or progress. */
export function runWith(kernels: Partial<Kernels>, options: RunOptions = {}): RunContext {
  return runContext({ ...shared, ...kernels }, options);
}

/** Expects that work takes a turn of the event loop, and that it is "aborted" when it is stopped at its first, middle or last one. */
export async function expectStops(work: (context: RunContext) => Promise<unknown>, kernels = shared): Promise<void> {
  let turns = 0;
  const counting = { ...runContext(kernels), yieldToEventLoop: async () => void turns++ };
  await work(counting);
  expect(turns).toBeGreaterThan(0);
  for (const last of new Set([1, Math.ceil(turns / 2), turns])) {
    const stop = new AbortController();
    let turn = 0;
    const yieldToEventLoop = async () => {
      if (++turn === last) stop.abort();
      throwIfAborted(stop.signal);
    };
    const stopped = work({ ...runContext(kernels, { signal: stop.signal }), yieldToEventLoop });
    await expect(stopped, `turn ${last} of ${turns}`).rejects.toMatchObject({ code: "aborted" });
  }
}

/**
 * The same of work that makes its own context, by a signal that counts how often it is asked: in every phase that tells of several steps, and it
 * has fired at its first, middle or last time.
 */
export async function expectStopsBySignal(work: (options: RunOptions) => Promise<unknown>): Promise<void> {
  const counting = signalAt(Number.POSITIVE_INFINITY);
  const first = new Map<string, { asked: number; step: number }>();
  const heard = new Map<string, boolean>();
  const onProgress = ({ phase, step }: Progress) => {
    const asked = counting.asked();
    const from = first.get(phase);
    if (from === undefined) first.set(phase, { asked, step });
    else if (step !== from.step) heard.set(phase, asked > from.asked);
  };
  await work({ signal: counting.signal, onProgress });
  expect(heard.size).toBeGreaterThan(0);
  expect([...heard].filter(([, is]) => !is)).toEqual([]);
  const asked = counting.asked();
  for (const last of new Set([1, Math.ceil(asked / 2), asked])) {
    const stopped = work({ signal: signalAt(last).signal });
    await expect(stopped, `time ${last} of ${asked}`).rejects.toMatchObject({ code: "aborted" });
  }
}

/** A signal that has fired once it was asked so often. */
function signalAt(last: number): { readonly signal: AbortSignal; asked(): number } {
  const { signal } = new AbortController();
  let asked = 0;
  Object.defineProperty(signal, "aborted", { get: () => ++asked >= last });
  return { signal, asked: () => asked };
}
