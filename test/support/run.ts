/** The context in which laws are tested: the reference of closed forms, and the other kernels on one thread. */

import { expect } from "vitest";
import { throwIfAborted } from "../../src/errors.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { type Kernels, type RunContext, runContext } from "../../src/kernel/run-context.ts";
import { wasmTriples } from "../../src/kernel/triples/wasm.ts";
import type { RunOptions } from "../../src/run.ts";

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
