/** Matrix products are those of the definition, for every shape and transposition, with the same bytes on any number of threads. */

import { afterAll, describe, expect, test } from "vitest";
import type { MatrixKernels, ProductShape, SparseMatrix } from "../../src/kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { modelKinds } from "../../src/model/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { multinomial } from "../../src/objective/loss.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { scraps } from "../support/small.ts";

const random = randomOf(5, "matrices");
const valuesOf = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

interface Product {
  readonly shape: ProductShape;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly before: Float64Array;
}

function productOf(m: number, k: number, n: number, which: number): Product {
  const shape = { m, k, n, transposeA: (which & 1) > 0, transposeB: (which & 2) > 0, add: (which & 4) > 0 };
  return { shape, a: valuesOf(m * k), b: valuesOf(k * n), before: valuesOf(m * n) };
}

function multiply(matrices: MatrixKernels, { shape, a, b, before }: Product): Float64Array {
  const out = before.slice();
  matrices.multiply(shape, a, b, out);
  return out;
}

/** Rows of very different lengths, some of them empty. */
function sparseOf(rows: number, columns: number, mean: number): SparseMatrix {
  const counts = Array.from({ length: rows }, () => (random.uniform() < 0.2 ? 0 : random.integer(2 * mean + 1)));
  const start = Uint32Array.from({ length: rows + 1 }, () => 0);
  counts.forEach((count, r) => {
    start[r + 1] = start[r] + count;
  });
  return {
    rows,
    start,
    columns: Uint32Array.from({ length: start[rows] }, () => random.integer(columns)),
    values: valuesOf(start[rows]),
  };
}

/** The largest difference of two results, over what k terms below 1/4 may differ by rounding. */
function differ(found: Float64Array, expected: Float64Array, k: number): number {
  let most = 0;
  for (let n = 0; n < expected.length; n++) most = Math.max(most, Math.abs(found[n] - expected[n]));
  return most / ((k + 1) * k * 0.25 * 2 ** -52 + 2 ** -53);
}

const bytesOf = (values: Float64Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const reference = referenceMatrices();

test("the definition, by hand", () => {
  const a = Float64Array.of(1, 2, 3, 4, 5, 6);
  const b = Float64Array.of(1, 0, 2, 1, 0, 3);
  const out = new Float64Array(4);
  reference.multiply({ m: 2, k: 3, n: 2 }, a, b, out);
  expect([...out]).toEqual([5, 11, 14, 23]);
  const sparse = {
    rows: 2,
    start: Uint32Array.of(0, 1, 3),
    columns: Uint32Array.of(1, 0, 1),
    values: b.subarray(2, 5),
  };
  reference.sparseMultiply(sparse, a.subarray(0, 4), 2, out);
  expect([...out]).toEqual([6, 8, 1, 2]);
});

describe("WebAssembly is the definition up to rounding", () => {
  const wasm = wasmMatrices();
  afterAll(() => wasm.close());
  const sizes = [1, 2, 3, 4, 5, 7, 8, 33, 64];
  for (const which of [0, 1, 2, 3, 4, 5, 6, 7])
    test(`small shapes, form ${which}`, () => {
      for (const m of sizes)
        for (const k of sizes)
          for (const n of sizes) {
            const product = productOf(m, k, n, which);
            expect(differ(multiply(wasm, product), multiply(reference, product), k)).toBeLessThanOrEqual(1);
          }
    });

  test.each([
    [3001, 65, 33, 0],
    [1025, 64, 130, 6],
    [37, 5003, 18, 1],
    [37, 5003, 18, 5],
    [130, 3000, 127, 1],
    [70, 2100, 40, 7],
    [1, 64, 3706, 2],
    [300, 520, 1000, 2],
    [2000, 300, 1, 4],
  ])("%i × %i × %i, form %i, which takes several blocks", (m, k, n, which) => {
    const product = productOf(m, k, n, which);
    expect(differ(multiply(wasm, product), multiply(reference, product), k)).toBeLessThanOrEqual(1);
  });

  test("what is empty", () => {
    for (const which of [0, 1, 2, 3])
      for (const [m, k, n] of [
        [0, 3, 2],
        [3, 2, 0],
        [2, 0, 3],
      ] as const)
        for (const add of [0, 4]) {
          const product = productOf(m, k, n, which + add);
          expect([...multiply(wasm, product)]).toEqual([...multiply(reference, product)]);
        }
  });

  test("with arrays that are longer than the shape, whose rest stays as it is", () => {
    const product = productOf(6, 5, 7, 0);
    const out = new Float64Array(60).fill(9);
    wasm.multiply(product.shape, Float64Array.of(...product.a, 1, 2), Float64Array.of(...product.b, 3), out);
    expect(differ(out.subarray(0, 42), multiply(reference, product), 5)).toBeLessThanOrEqual(1);
    expect([...out.subarray(42)]).toEqual(new Array(18).fill(9));
  });

  test.each([1, 2, 3, 7, 8, 13, 16, 24, 31, 64])("sparse, of width %i", (width) => {
    for (const [rows, columns, mean] of [
      [1, 1, 1],
      [57, 23, 9],
      [400, 700, 30],
    ] as const) {
      const matrix = sparseOf(rows, columns, mean);
      const x = valuesOf(columns * width);
      const [found, expected] = [wasm, reference].map((matrices) => {
        const out = new Float64Array(rows * width).fill(7);
        matrices.sparseMultiply(matrix, x, width, out);
        return out;
      });
      expect(differ(found, expected, 2 * mean)).toBeLessThanOrEqual(1);
    }
  });
});

test("any number of threads has the same bytes", async () => {
  const sets = [1, 2, 3].map((threads) => wasmMatrices({ threads, serialBelow: 0 }));
  for (const set of sets.slice(1)) while (!set.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
  const shapes = [
    [700, 64, 33, 0],
    [37, 3001, 18, 1],
    [101, 300, 403, 2],
    [700, 20, 9, 7],
    [900, 500, 31, 4],
  ] as const;
  for (const [m, k, n, which] of shapes) {
    const product = productOf(m, k, n, which);
    const expected = bytesOf(multiply(sets[0], product));
    for (const set of sets.slice(1))
      for (let repeat = 0; repeat < 5; repeat++) expect(bytesOf(multiply(set, product)).equals(expected)).toBe(true);
  }
  const matrix = sparseOf(900, 500, 40);
  const x = valuesOf(500 * 24);
  const products = sets.map((set) => {
    const out = new Float64Array(900 * 24);
    set.sparseMultiply(matrix, x, 24, out);
    return bytesOf(out);
  });
  for (const product of products.slice(1)) expect(product.equals(products[0])).toBe(true);
  await Promise.all(sets.map((set) => set.close()));
});

test("an entry of the result does not depend on the other rows and columns", () => {
  const wasm = wasmMatrices();
  const product = productOf(67, 300, 29, 0);
  const whole = multiply(wasm, product);
  const part = new Float64Array(5 * 29);
  wasm.multiply({ ...product.shape, m: 5 }, product.a.subarray(61 * 300, 66 * 300), product.b, part);
  expect(bytesOf(part).equals(bytesOf(whole.subarray(61 * 29, 66 * 29)))).toBe(true);
});

describe("memory", () => {
  test("is used again by later products", () => {
    const wasm = wasmMatrices();
    const products = [productOf(300, 200, 100, 0), productOf(90, 3000, 120, 1), productOf(40, 50, 60, 3)];
    for (const product of products) multiply(wasm, product);
    const { size } = wasm.memory;
    for (let round = 0; round < 50; round++) for (const product of products) multiply(wasm, product);
    expect(wasm.memory.size).toBe(size);
  });

  test("keeps sparse matrices by identity, a few of them", () => {
    const wasm = wasmMatrices();
    const matrix = sparseOf(200, 100, 50);
    const x = valuesOf(100 * 8);
    const out = new Float64Array(200 * 8);
    const use = (one: SparseMatrix) => wasm.sparseMultiply(one, x, 8, out);
    use(matrix);
    const { used } = wasm.memory;
    for (let round = 0; round < 20; round++) use(matrix);
    expect(wasm.memory.used).toBe(used);
    for (let round = 0; round < 20; round++) use({ ...matrix });
    const full = wasm.memory.used;
    expect(full).toBeGreaterThan(used);
    for (let round = 0; round < 50; round++) use({ ...matrix });
    expect(wasm.memory.used).toBe(full);
    const expected = new Float64Array(out.length);
    reference.sparseMultiply(matrix, x, 8, expected);
    use(matrix);
    expect(differ(out, expected, 100)).toBeLessThanOrEqual(1);
  });

  test("that is not enough is an error that says so, and later products are as before", () => {
    const wasm = wasmMatrices({ maximumPages: 40 });
    const large = productOf(3, 500, 800, 0);
    const failure = expect.objectContaining({ code: "unsupported", message: expect.stringContaining("MiB") });
    expect(() => multiply(wasm, large)).toThrow(failure);
    const small = productOf(30, 50, 20, 0);
    expect(differ(multiply(wasm, small), multiply(reference, small), 50)).toBeLessThanOrEqual(1);
  });
});

test("arrays that are too short, and columns that are not there, are an error", () => {
  const wasm = wasmMatrices();
  const failure = expect.objectContaining({ code: "internal" });
  const some = new Float64Array(5);
  expect(() => wasm.multiply({ m: 2, k: 3, n: 1 }, some, some, some)).toThrow(failure);
  expect(() => wasm.multiply({ m: 1, k: 3, n: 2 }, some, some, some)).toThrow(failure);
  expect(() => wasm.multiply({ m: 3, k: 1, n: 3 }, some, some, some)).toThrow(failure);
  const matrix = { rows: 1, start: Uint32Array.of(0, 1), columns: Uint32Array.of(3), values: Float64Array.of(1) };
  expect(() => wasm.sparseMultiply(matrix, some, 2, some)).toThrow(failure);
  expect(() => wasm.sparseMultiply({ ...matrix, values: new Float64Array(0) }, some, 1, some)).toThrow(failure);
});

test("threads are 1 to 8", () => {
  for (const threads of [0, 9, 1.5])
    expect(() => wasmMatrices({ threads })).toThrow(expect.objectContaining({ code: "bad-input" }));
});

describe("models multiply by the kernels that they are given", () => {
  const set = scraps();
  const counted = (matrices: MatrixKernels) => {
    const calls = { made: 0 };
    const counting: MatrixKernels = {
      ...matrices,
      multiply(...given) {
        calls.made++;
        matrices.multiply(...given);
      },
      sparseMultiply(...given) {
        calls.made++;
        matrices.sparseMultiply(...given);
      },
      towerAt(...given) {
        calls.made++;
        return matrices.towerAt(...given);
      },
    };
    return { calls, counting };
  };

  test.each(["mlp", "neumf", "light-gcn", "mult-vae"])(
    "%s, and by the definition where they are given none",
    (name) => {
      const kind = modelKinds[name];
      const settings = kind.settings({});
      const keys = indexKeys(set);
      const { calls, counting } = counted(reference);
      const build = (matrices?: MatrixKernels) => kind.build(settings, set, undefined, keys, matrices);
      const params = valuesOf(build().parameterCount);
      const pairs = { users: Uint32Array.of(0, 3), items: Uint32Array.of(2, 1) };
      const { scores } = build(counting).at(params, pairs);
      expect(calls.made).toBeGreaterThan(0);
      const { made } = calls;
      expect(bytesOf(build().at(params, pairs).scores).equals(bytesOf(scores))).toBe(true);
      expect(calls.made).toBe(made);
    },
  );

  test("objectives hand them to their models, those served and those without rows included", () => {
    const { calls, counting } = counted(reference);
    const loss = multinomial;
    const settings = { kind: modelKinds["mult-vae"], model: {}, loss, l2: 1, l2Shared: 1, extraWeight: 0.1 } as const;
    const whole = differentiable({ ...settings, regularizer: "table" }, set, undefined, { matrices: counting });
    const params = valuesOf(whole.parameterCount);
    const pairs = { users: Uint32Array.of(0, 3), items: Uint32Array.of(2, 1) };
    for (const objective of [whole, whole.without(Uint32Array.of(2)), whole.select(Uint32Array.of(0, 1))])
      for (const model of [objective.model, objective.serving]) {
        const before = calls.made;
        model.at(params, pairs);
        expect(calls.made).toBeGreaterThan(before);
      }
  });
});
