/** Results on one thread, on two, and by the definition of matrix products. */

import { expect } from "vitest";
import type { MatrixKernels } from "../../src/kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { expectNear } from "../support/small.ts";

/** Expects the same bytes on one thread and on two that share every call, and the definition's numbers up to rounding. */
export async function onThreads(
  compute: (matrices: MatrixKernels) => Readonly<Record<string, Float64Array>>,
): Promise<void> {
  const sets = [1, 2].map((threads) => wasmMatrices({ threads, serialBelow: 0 }));
  while (!sets[1].ready()) await new Promise((resolve) => setTimeout(resolve, 2));
  try {
    const [reference, one, two] = [referenceMatrices(), ...sets].map(compute);
    for (const [what, values] of Object.entries(one)) {
      expect(Buffer.from(two[what].buffer).equals(Buffer.from(values.buffer)), what).toBe(true);
      expectNear(values, reference[what], 1e-12, { what });
    }
  } finally {
    await Promise.all(sets.map((set) => set.close()));
  }
}
