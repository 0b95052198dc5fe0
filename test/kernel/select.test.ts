/** Kernels where WebAssembly is not to be had: their definition takes the work, and somebody is told once. */

import { afterEach, expect, test, vi } from "vitest";
import { openKernels } from "../../src/kernel/select.ts";
import { problemOf } from "./problems.ts";

declare const WebAssembly: { readonly Module: unknown; readonly Instance: unknown };

afterEach(() => vi.unstubAllGlobals());

function withoutSpace(): object {
  const Memory = function Memory() {
    throw new RangeError("WebAssembly.Memory(): could not allocate memory");
  };
  return { Module: WebAssembly.Module, Instance: WebAssembly.Instance, Memory };
}

test.each([
  ["there is none", undefined, "--jitless"],
  ["there is no address space for it", withoutSpace(), "ulimit -v"],
])("the definition runs where %s", async (_, stub, says) => {
  vi.stubGlobal("WebAssembly", stub);
  const notes: string[] = [];
  const kernels = openKernels({ threads: 2, onNote: (note) => void notes.push(note) });
  expect(kernels.factors.name).toBe("reference");
  const session = kernels.factors.open(problemOf({ factors: 2 }));
  expect(session.evaluate(new Float64Array(session.parameterCount))).toBeGreaterThan(0);
  expect([kernels.matrices, kernels.triples]).toHaveLength(2);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(says);
  await kernels.close();
});

test("an error of another kind is told as it is", () => {
  expect(() => openKernels({ threads: 9 }).factors).toThrow("between 1 and 8 threads");
});
