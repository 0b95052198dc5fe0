/** The kernels on triples obey their laws, agree with their definition and with the objective of any model, on any number of threads. */

import { describe, expect, test } from "vitest";
import * as layout from "../../src/kernel/assembly/triples/layout.ts";
import { loadKernels } from "../../src/kernel/runtime/load.ts";
import { referenceTriples } from "../../src/kernel/triples/reference.ts";
import { sortTriples } from "../../src/kernel/triples/sorting.ts";
import { checkTriples, type TripleKernels, type TripleProblem } from "../../src/kernel/triples/triples.ts";
import { wasmTriples } from "../../src/kernel/triples/wasm.ts";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { bpr } from "../../src/objective/loss.ts";
import { interactionsFrom } from "../support/small.ts";
import { close, derivatives, orderOf, tripleProblem, triplesContract, vectorFor } from "./triples.contract.ts";

triplesContract("the reference", referenceTriples);
triplesContract("WebAssembly on one thread", () => wasmTriples());
triplesContract("WebAssembly on three threads that share everything", () =>
  wasmTriples({ threads: 3, serialBelow: 0 }),
);

/** Everything that a session computes. */
function everything(kernels: TripleKernels, problem: TripleProblem, inputs: Inputs): Map<string, Float64Array> {
  const { session, value, gradient, product } = derivatives(kernels, problem, inputs.params);
  const out = new Map([
    ["value", Float64Array.of(value)],
    ["gradient", gradient],
    ["full", product(inputs.direction, "full")],
    ["gauss-newton", product(inputs.direction, "gauss-newton")],
  ]);
  out.set("loss", Float64Array.of(session.descend(inputs.order, 0.02, 0.01)));
  const moved = new Float64Array(session.parameterCount);
  session.getPoint(moved);
  out.set("descent", moved);
  session.close();
  return out;
}

interface Inputs {
  readonly params: Float64Array;
  readonly direction: Float64Array;
  readonly order: Uint32Array;
}

const inputsFor = (problem: TripleProblem, scale: number): Inputs => ({
  params: vectorFor(problem, scale),
  direction: vectorFor(problem),
  order: orderOf(problem),
});

describe("WebAssembly is the reference up to rounding", () => {
  const [reference, wasm] = [referenceTriples(), wasmTriples()];
  for (const factors of [1, 2, 3, 7, 8, 9, 16, 33, 64, 200])
    for (const perPair of [1, 4, 9])
      test(`${factors} factors, ${perPair} others`, () => {
        const problem = tripleProblem({ factors, perPair, users: 60, items: 40, pairs: 700 });
        const inputs = inputsFor(problem, 0.7);
        const expected = everything(reference, problem, inputs);
        for (const [name, values] of everything(wasm, problem, inputs))
          close(values, expected.get(name) ?? [], name === "descent" ? 1e-10 : 1e-12);
      });

  test("with margins so large that losses vanish or overflow a naive formula", () => {
    const problem = tripleProblem({ factors: 8, users: 60, items: 40, pairs: 700 });
    for (const scale of [5, 12]) {
      const inputs = inputsFor(problem, scale);
      const expected = everything(reference, problem, { ...inputs, order: new Uint32Array(0) });
      for (const [name, values] of everything(wasm, problem, { ...inputs, order: new Uint32Array(0) }))
        close(values, expected.get(name) ?? [], 1e-11);
    }
  });

  test("not a number stays what it is", () => {
    const problem = tripleProblem({ factors: 8 });
    const { value } = derivatives(wasm, problem, vectorFor(problem).fill(Number.NaN));
    expect(value).toBeNaN();
  });
});

test("any number of threads has the same bytes", async () => {
  const sets = [1, 2, 3].map((threads) => wasmTriples({ threads, serialBelow: 0 }));
  for (const set of sets.slice(1)) while (!set.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const [factors, pairs] of [
    [8, 20_000],
    [5, 3000],
    [33, 8000],
  ] as const) {
    const problem = tripleProblem({ factors, pairs, users: 301, items: 211 });
    const inputs = inputsFor(problem, 0.5);
    const bytes = (kernels: TripleKernels) =>
      Buffer.concat([...everything(kernels, problem, inputs).values()].map((values) => Buffer.from(values.buffer)));
    const expected = bytes(sets[0]);
    for (const set of sets) expect(bytes(set).equals(expected)).toBe(true);
  }
  await Promise.all(sets.map((set) => set.close()));
});

describe("the objective of any model agrees", () => {
  for (const factors of [3, 8])
    test(`on a dot product without biases, ${factors} factors`, () => {
      const random = randomOf(factors, "ratings");
      const pairs = new Map<number, readonly [number, number, number]>();
      for (let k = 0; k < 150; k++) {
        const [user, item] = [random.integer(20), random.integer(15)];
        pairs.set(user * 15 + item, [user, item, 1]);
      }
      const interactions = interactionsFrom([...pairs.values()], 20, 15);
      const objective = differentiable(
        {
          kind: matrixFactorization,
          model: { factors, biases: false },
          loss: bpr,
          l2: 0,
          l2Shared: 0,
          regularizer: "table",
          sampling: { perRow: 4, seed: 5, semantics: "frozen" },
          extraWeight: 0,
        },
        interactions,
      );
      const { users, items } = objective.examplesOf(objective.units).pairs;
      const every = (first: number, of: Uint32Array) => of.filter((_, n) => n % 2 === first);
      const columns = { users: every(0, users), liked: every(0, items), others: every(1, items) };
      const problem = sortTriples({ userCount: 20, itemCount: 15, factors, ...columns });
      const [params, direction] = [vectorFor(problem, 0.5), vectorFor(problem)];
      const expected = new Float64Array(params.length);
      for (const kernels of [referenceTriples(), wasmTriples()]) {
        const { value, gradient, product } = derivatives(kernels, problem, params);
        close([value], [objective.evaluate(params, expected)], 1e-13);
        close(gradient, expected, 1e-12);
        for (const curvature of ["full", "gauss-newton"] as const) {
          objective.hessianProduct(params, direction, expected, curvature);
          close(product(direction, curvature), expected, 1e-12);
        }
      }
    });
});

test("sorting keeps every triple, those that are alike in their order, and says where they went", () => {
  const random = randomOf(4, "sorting");
  const column = (below: number) => Uint32Array.from({ length: 500 }, () => random.integer(below));
  const given = {
    userCount: 9,
    itemCount: 7,
    factors: 2,
    users: column(9),
    liked: column(3),
    others: column(3).map((i) => i + 4),
  };
  const sorted = sortTriples(given);
  expect(() => checkTriples(sorted)).not.toThrow();
  const triplesIn = ({ users, liked, others }: TripleProblem) =>
    Array.from(users, (user, t) => [user, liked[t], others[t]]);
  const [before, after] = [given, sorted].map(triplesIn);
  expect(Array.from(sorted.places, (place) => after[place])).toEqual(before);
  expect(new Set(sorted.places).size).toBe(500);
  for (let t = 1; t < 500; t++)
    for (let earlier = 0; earlier < t; earlier++)
      if (before[t][0] === before[earlier][0] && before[t][1] === before[earlier][1])
        if (sorted.places[earlier] > sorted.places[t]) throw new Error(`${earlier} and ${t} changed places`);
});

describe("the own functions", () => {
  const kernels = loadKernels("triples", {});
  /** A function of the kernels, of an even number of values. */
  function tabulated(operation: number, values: Float64Array): Float64Array {
    const { memory } = kernels;
    const [session, from, to] = [layout.sessionBytes, values.byteLength, values.byteLength].map((bytes) =>
      memory.allocate(bytes, "a table"),
    );
    memory.floats().set(values, from / 8);
    const set = (field: number, value: number) => {
      memory.words()[(session + field) / 4] = value;
    };
    set(layout.inputField, from);
    set(layout.outputField, to);
    set(layout.countField, values.length);
    kernels.run(operation, session, 1, 0);
    return memory.floats().slice(to / 8, to / 8 + values.length);
  }

  /** The largest difference in units of the last place of what is expected. */
  function unitsApart(found: Float64Array, expected: Float64Array): number {
    let most = 0;
    for (let k = 0; k < found.length; k++) {
      const unit = 2 ** (Math.floor(Math.log2(expected[k])) - 52);
      most = Math.max(most, Math.abs(found[k] - expected[k]) / unit);
    }
    return most;
  }

  test("exp is within 2 units in the last place of the language's, from −708 to 0", () => {
    const random = randomOf(1, "exp");
    const values = Float64Array.from({ length: 200_000 }, (_, k) =>
      k % 2 === 0 ? -708 * random.uniform() : -(2 ** (-60 * random.uniform() + 5)),
    );
    expect(unitsApart(tabulated(layout.opExponential, values), values.map(Math.exp))).toBeLessThanOrEqual(2);
    const [zero, minusZero, none, lowest, below] = tabulated(
      layout.opExponential,
      Float64Array.of(0, -0, Number.NaN, -708, -1e300, Number.NEGATIVE_INFINITY),
    );
    expect([zero, minusZero, none, below]).toEqual([1, 1, Number.NaN, lowest]);
  });

  test("log(1 + x) is within 3 units in the last place of the language's, from 0 to 1", () => {
    const random = randomOf(1, "log");
    const values = Float64Array.from({ length: 200_000 }, (_, k) =>
      k % 2 === 0 ? random.uniform() : 2 ** (-1000 * random.uniform()),
    );
    expect(unitsApart(tabulated(layout.opLogarithm, values), values.map(Math.log1p))).toBeLessThanOrEqual(3);
    expect([...tabulated(layout.opLogarithm, Float64Array.of(0, 1))]).toEqual([0, Math.log1p(1)]);
  });
});

describe("memory", () => {
  test("stays flat over many sessions, and is given back", () => {
    const kernels = wasmTriples();
    const problems = [5, 8, 16].map((factors) => tripleProblem({ factors, pairs: 2000, users: 100, items: 50 }));
    const round = () => {
      for (const problem of problems) everything(kernels, problem, inputsFor(problem, 0.5));
    };
    round();
    const { size } = kernels.memory;
    for (let k = 0; k < 30; k++) round();
    expect(kernels.memory.size).toBe(size);
    expect(kernels.memory.used).toBe(0);
  });

  test("that is not enough is an error, and nothing is kept", () => {
    const kernels = wasmTriples({ maximumPages: 20 });
    const problem = tripleProblem({ factors: 64, users: 1000, items: 2000 });
    expect(() => kernels.open(problem)).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(kernels.memory.used).toBe(0);
  });

  test("of a closed session is out of reach", async () => {
    const kernels = wasmTriples();
    const problem = tripleProblem({ factors: 2 });
    const session = kernels.open(problem);
    session.close();
    session.close();
    expect(() => session.evaluate(new Float64Array(session.parameterCount))).toThrow("closed");
    await kernels.close();
    expect(() => kernels.open(problem)).toThrow("closed");
  });
});
