/** The kernels obey their laws, agree with their definition, and have the same bytes on any number of threads. */

import { afterAll, describe, expect, test } from "vitest";
import type { FactorSession } from "../../src/kernel/kernels.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { selectKernels } from "../../src/kernel/select.ts";
import { type WasmKernels, wasmKernels } from "../../src/kernel/wasm.ts";
import { bytesOf, everything, everythingIn } from "./calls.ts";
import { kernelsContract, near } from "./kernels.contract.ts";
import { type ProblemKind, problemOf } from "./problems.ts";
import { weightsContract } from "./weights.contract.ts";

for (const contract of [kernelsContract, weightsContract]) {
  contract("the reference", referenceKernels);
  contract("WebAssembly on one thread", () => wasmKernels());
  contract("WebAssembly on three threads that share everything", () => wasmKernels({ threads: 3, serialBelow: 0 }));
}

describe("WebAssembly is the reference up to rounding", () => {
  const reference = referenceKernels();
  const wasm = wasmKernels();
  afterAll(() => wasm.close());
  for (const factors of [1, 2, 3, 7, 8, 16, 33, 64])
    for (const biases of [true, false])
      test(`${factors} factors ${biases ? "and biases" : ""}`, () => {
        for (const learnedMean of [true, false])
          for (const weighted of [true, false]) same({ factors, biases, learnedMean, weighted });
      });
  for (const factors of [1, 2, 3, 5, 7, 8, 9, 12, 16, 33, 64])
    test(`${factors} factors and a weight of all pairs`, () => {
      for (const weighted of [true, false]) same({ factors, biases: false, weighted, zeroWeight: 0.3 });
    });

  function same(kind: ProblemKind): void {
    const scaled = kind.factors % 2 === 1;
    const problem = problemOf({ scaled, users: 71, items: 67, ratings: 900, ...kind });
    const expected = everything(reference, problem);
    for (const [name, values] of everything(wasm, problem))
      near(values, expected.get(name) ?? [], name.includes("inverse") ? 1e-9 : 1e-10);
  }
});

describe("any number of threads has the same bytes", () => {
  test("when every call is shared", () => sameBytes({ serialBelow: 0 }, 1, 3000, [3, 8, 17]));
  test("when the large calls are shared", () => sameBytes({}, 4, 150_000, [8]));

  async function sameBytes(
    options: { serialBelow?: number },
    repeats: number,
    ratings: number,
    factors: number[],
  ): Promise<void> {
    const sets = [1, 2, 3, 8].map((threads) => wasmKernels({ ...options, threads }));
    for (const set of sets.slice(1)) await started(set);
    const kinds = factors.flatMap((d): ProblemKind[] => [
      { factors: d, learnedMean: true },
      { factors: d, biases: false, weighted: true, zeroWeight: 0.2 },
    ]);
    for (const kind of kinds) {
      const problem = problemOf({ users: 301, items: 211, ratings, ...kind });
      const expected = bytesOf(everything(sets[0], problem));
      for (const set of sets.slice(1))
        for (let repeat = 0; repeat < repeats; repeat++)
          expect(bytesOf(everything(set, problem)).equals(expected)).toBe(true);
    }
    await Promise.all(sets.map((set) => set.close()));
  }

  test("and the bytes do not depend on what was called before", async () => {
    const kernels = wasmKernels({ threads: 2, serialBelow: 0 });
    const size = { factors: 8, users: 50, items: 40, ratings: 900 };
    for (const kind of [size, { ...size, biases: false, weighted: true, zeroWeight: 0.2 }]) {
      const problem = problemOf(kind);
      const [fresh, used] = [kernels.open(problem), kernels.open(problem)];
      everythingIn(used, problem);
      const [a, b] = [fresh, used].map((session) => bytesOf(everythingIn(session, problem)));
      expect(a.equals(b)).toBe(true);
    }
    await kernels.close();
  });
});

describe("memory", () => {
  test("stays flat over 200 sessions, and is given back", async () => {
    const kernels = wasmKernels({ threads: 2 });
    const size = { users: 200, items: 150, ratings: 4000 };
    const problems = [5, 8, 3, 16].map((factors) =>
      problemOf({ ...size, factors, ...(factors === 3 ? { biases: false, weighted: true, zeroWeight: 0.2 } : {}) }),
    );
    const open: FactorSession[] = [];
    const sizes: number[] = [];
    for (let round = 0; round < 200; round++) {
      const problem = problems[round % problems.length];
      const session = kernels.open(problem);
      everythingIn(session, problem);
      open.push(session);
      if (open.length > 2) open.splice(round % 2, 1)[0].close();
      sizes.push(kernels.memory.size);
    }
    expect(sizes[199]).toBe(sizes[12]);
    expect(sizes[199]).toBeGreaterThan(sizes[0]);
    for (const session of open) session.close();
    expect(kernels.memory.used).toBe(0);
    await kernels.close();
  });

  test("a problem that does not fit is refused with its size and a remedy, and leaves nothing behind", () => {
    const kernels = wasmKernels({ maximumPages: 40 });
    const problem = problemOf({ factors: 64, users: 4000, items: 3000, ratings: 10 });
    expect(() => kernels.open(problem)).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: expect.stringMatching(/need 3\.5 MiB.*of the 2\.5 MiB/),
        advice: expect.stringContaining("fewer factors"),
      }),
    );
    expect(kernels.memory.used).toBe(0);
    const small = problemOf({ factors: 2 });
    expect(() => kernels.open(small).close()).not.toThrow();
  });
});

describe("misuse is refused", () => {
  test.each([0, 9, 1.5])("%d threads", (threads) => {
    expect(() => selectKernels({ threads })).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("a closed session, a short vector, a row that is not there", () => {
    const session = wasmKernels().open(problemOf({ factors: 2 }));
    const short = new Float64Array(3);
    expect(() => session.setPoint(short)).toThrow("a vector of 3");
    expect(() => session.applyInverse("user", short, short)).toThrow("a vector of 3");
    expect(() => session.factorise("user", Uint32Array.of(7))).toThrow("row 7");
    session.close();
    session.close();
    expect(() => session.evaluate(new Float64Array(session.parameterCount))).toThrow("closed");
  });

  test("the reference on request", () => {
    expect(selectKernels({ kind: "reference" }).name).toBe("reference");
    expect(selectKernels({ threads: 2 })).toMatchObject({ name: "wasm", threads: 2 });
  });
});

/** Resolves when the other threads have started. */
async function started(kernels: WasmKernels): Promise<void> {
  while (!kernels.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
}
