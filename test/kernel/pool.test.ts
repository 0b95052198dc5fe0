/** Threads that die are an error and no hang, and threads keep no process alive. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FactorSession } from "../../src/kernel/kernels.ts";
import { type WasmKernels, wasmKernels } from "../../src/kernel/wasm.ts";
import { problemOf } from "./problems.ts";

async function withFailing(mode: string): Promise<{ kernels: WasmKernels; session: FactorSession }> {
  const workerUrl = new URL("./failing-worker.js", import.meta.url);
  process.env.KERNEL_FAILURE = mode;
  const kernels = wasmKernels({ threads: 2, serialBelow: 0, patience: 300, workerUrl });
  while (!kernels.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
  return { kernels, session: kernels.open(problemOf({ factors: 8, users: 2000, items: 500, ratings: 60_000 })) };
}

/** The worker does not get a task of every call, but of one of many it does. */
function untilItFails(session: FactorSession): void {
  for (let k = 0; k < 2000; k++) session.evaluate(new Float64Array(session.parameterCount));
}

test.each([
  ["throw", "threw"],
  ["exit", "ended"],
  ["vanish", "no longer answers"],
])("a thread that fails in a task (%s) is an error", async (mode, reason) => {
  const { kernels, session } = await withFailing(mode);
  const failure = expect.objectContaining({ code: "internal", message: expect.stringContaining(reason) });
  expect(() => untilItFails(session)).toThrow(failure);
  expect(() => session.evaluate(new Float64Array(session.parameterCount))).toThrow(failure);
  await kernels.close();
});

test.each([
  ["when it is asked for", "https://localhost/worker.js"],
  ["later", new URL("./not-there.js", import.meta.url).href],
])("a thread that cannot start (%s) leaves the work to the others, and is told", async (_, url) => {
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  const kernels = wasmKernels({ threads: 2, serialBelow: 0, workerUrl: new URL(url), onNote });
  const session = kernels.open(problemOf({ factors: 2 }));
  const gradient = new Float64Array(session.parameterCount);
  const value = session.evaluate(gradient);
  await expect
    .poll(() => notes)
    .toEqual([expect.stringMatching(/^fewer than 2 threads work: a thread could not start/)]);
  expect(session.evaluate(gradient)).toBe(value);
  expect(kernels.ready()).toBe(false);
  await kernels.close();
});

test("closed kernels refuse to work, and may be closed again", async () => {
  const kernels = wasmKernels({ threads: 2, serialBelow: 0 });
  const session = kernels.open(problemOf({ factors: 2 }));
  session.evaluate(new Float64Array(session.parameterCount));
  await kernels.close();
  await kernels.close();
  expect(() => session.evaluate(new Float64Array(session.parameterCount))).toThrow("closed");
});

test.each(["close", "leave"])("a process whose kernels have threads ends by itself (%s)", (how) => {
  const child = join(import.meta.dirname, "lifetime.child.ts");
  const output = execFileSync(process.execPath, ["--import", "tsx", child, how], { timeout: 20_000, encoding: "utf8" });
  expect(output).toBe("done\n");
});
