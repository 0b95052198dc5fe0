/** Towers in WebAssembly are those of the definition, whatever was asked before, with the same bytes on any number of threads. */

import { afterAll, describe, expect, test } from "vitest";
import type { MatrixKernels } from "../../src/kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../../src/kernel/matrices/wasm.ts";
import { planOf } from "../../src/kernel/towers/plan.ts";
import {
  type ActivationName,
  featuresOf,
  type RowPairs,
  type Tower,
  type TowerPass,
} from "../../src/kernel/towers/towers.ts";
import { slabRows } from "../../src/kernel/towers/wasm.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { expectNear, farthest } from "../support/small.ts";

const random = randomOf(9, "towers");
const valuesOf = (length: number, deviation = 1) => Float64Array.from({ length }, () => deviation * random.normal());
const [userCount, itemCount] = [11, 7];

/** A tower with everything that its passes are asked with. */
interface Case {
  readonly tower: Tower;
  readonly size: number;
  readonly params: Float64Array;
  readonly pairs: RowPairs;
  readonly weights: Float64Array;
  readonly direction: Float64Array;
}

/** A tower whose tensors lie in another order than they are read, with numbers between them that are not its own. */
function towerOf(embedding: number, widths: readonly number[], activation: ActivationName) {
  let size = 3;
  const take = (length: number) => {
    const at = size;
    size += length + 1;
    return at;
  };
  const last = widths.at(-1) ?? 2 * embedding;
  const [outputAt, itemsAt] = [take(last), take(itemCount * embedding)];
  const layers = widths.map((outputs, l) => {
    const inputs = l > 0 ? widths[l - 1] : 2 * embedding;
    return { inputs, outputs, biasAt: take(outputs), weightsAt: take(inputs * outputs) };
  });
  const tower: Tower = { usersAt: take(userCount * embedding), itemsAt, embedding, layers, activation, outputAt };
  return { tower, size };
}

function caseOf(embedding: number, widths: readonly number[], count: number, activation: ActivationName): Case {
  const { tower, size } = towerOf(embedding, widths, activation);
  const params = valuesOf(size);
  // Sums of about 1 on every level.
  for (const { inputs, outputs, weightsAt } of tower.layers)
    params.set(valuesOf(inputs * outputs, Math.sqrt(1 / inputs)), weightsAt);
  const pairs = {
    users: Uint32Array.from({ length: count }, () => random.integer(userCount)),
    items: Uint32Array.from({ length: count }, () => random.integer(itemCount)),
  };
  return { tower, size, params, pairs, weights: valuesOf(count), direction: valuesOf(size) };
}

const passOf = (kernels: MatrixKernels, { tower, params, pairs }: Case) => kernels.towerAt(tower, params, pairs);

/** Each thing that a pass can be asked, onto arrays that are not empty. */
const questions = {
  scores: ({ pairs }: Case, pass: TowerPass) => onto(pairs.users.length, (out) => pass.addScores(out)),
  jvp: ({ pairs, direction }: Case, pass: TowerPass) => onto(pairs.users.length, (out) => pass.addJvp(direction, out)),
  vjp: ({ size, weights }: Case, pass: TowerPass) => onto(size, (out) => pass.addVjp(weights, out)),
  curvature: ({ size, weights, direction }: Case, pass: TowerPass) =>
    onto(size, (out) => pass.addCurvature(weights, direction, out)),
  features: ({ tower, pairs }: Case, pass: TowerPass) =>
    onto(pairs.users.length * (featuresOf(tower) + 2), (out) =>
      pass.putFeatures(out, { at: 1, stride: featuresOf(tower) + 2 }),
    ),
};
type Question = keyof typeof questions;
const all = Object.keys(questions) as Question[];

function onto(length: number, add: (out: Float64Array) => void): Float64Array {
  const out = Float64Array.from({ length }, (_, k) => (k % 5) - 2);
  add(out);
  return out;
}

const answers = (one: Case, pass: TowerPass) => all.map((question) => questions[question](one, pass));
const bytesOf = (arrays: readonly Float64Array[]) => arrays.map((values) => Buffer.from(values.buffer).toString("hex"));
const reference = referenceMatrices();

function expectDefinition(one: Case, kernels: MatrixKernels): void {
  const expected = answers(one, passOf(reference, one));
  answers(one, passOf(kernels, one)).forEach((found, k) => {
    const size = farthest(expected[k], new Float64Array(expected[k].length));
    expect(farthest(found, expected[k]), all[k]).toBeLessThanOrEqual(1e-12 * Math.max(1, size));
  });
}

test("the definition, by hand", () => {
  const layers = [{ inputs: 2, outputs: 2, weightsAt: 2, biasAt: 6 }];
  const tower: Tower = { usersAt: 0, itemsAt: 1, embedding: 1, layers, activation: "relu", outputAt: 8 };
  const params = Float64Array.of(1, 3, 2, -1, 1, 1, -1, 0.5, 10, 100);
  const pass = reference.towerAt(tower, params, { users: Uint32Array.of(0), items: Uint32Array.of(0) });
  const score = new Float64Array(1);
  pass.addScores(score);
  // [1, 3]·W + b = [2 + 3 − 1, −1 + 3 + 0.5].
  expect([...score]).toEqual([40 + 250]);
  const gradient = new Float64Array(10);
  pass.addVjp(Float64Array.of(2), gradient);
  expect([...gradient]).toEqual([2 * (20 - 100), 2 * 110, 20, 200, 60, 600, 20, 200, 8, 5]);
  const [tangent, curvature] = [new Float64Array(1), new Float64Array(10)];
  const direction = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 0);
  pass.addJvp(direction, tangent);
  expect([...tangent]).toEqual([20 - 100 + 4]);
  pass.addCurvature(Float64Array.of(1), direction, curvature);
  expect([...curvature]).toEqual([2, 1, 10 + 1, 100, 3, 0, 1, 0, 2, -1]);
});

describe.each(["relu", "squareplus"] as const)(
  "WebAssembly is the definition up to rounding, with %s",
  (activation) => {
    const wasm = wasmMatrices();
    afterAll(() => wasm.close());

    test.each([
      [1, []],
      [3, []],
      [1, [1]],
      [2, [4, 4]],
      [1, [1, 1, 1]],
      [2, [5, 3]],
      [3, [2, 7, 1, 6]],
      [16, [32, 16, 8]],
      [5, [33, 9, 13]],
      [40, [65]],
    ] as const)("embeddings of %i, layers %j", (embedding, widths) => {
      for (const count of [0, 1, 2, 3, 4, 5, 31, 33, 70])
        expectDefinition(caseOf(embedding, widths, count, activation), wasm);
    });

    test("widths drawn at random", () => {
      const draw = (most: number) => 1 + random.integer(most);
      for (let round = 0; round < 20; round++) {
        const widths = Array.from({ length: random.integer(5) }, () => draw(40));
        expectDefinition(caseOf(draw(20), widths, random.integer(80), activation), wasm);
      }
    });

    test("the widest layers", () => {
      expectDefinition(caseOf(600, [1024, 300], 5, activation), wasm);
      expectDefinition(caseOf(1, [1, 1024], 37, activation), wasm);
    });

    test("directions that move one parameter, or none", () => {
      const one = caseOf(2, [5, 3, 2], 9, activation);
      for (let k = -1; k < one.size; k++) {
        const direction = new Float64Array(one.size);
        if (k >= 0) direction[k] = 1;
        expectDefinition({ ...one, direction }, wasm);
      }
    });

    test("rows that several tasks share", () => {
      expectDefinition(caseOf(3, [6, 2], 2303, activation), wasm);
    });
  },
);

describe("a pass", () => {
  const wasm = wasmMatrices();
  afterAll(() => wasm.close());
  const cases = [caseOf(2, [5, 3], 37, "relu"), caseOf(4, [], 70, "relu"), caseOf(2, [5, 3], 37, "squareplus")];
  const alone = cases.map((one) => bytesOf(answers(one, passOf(wasm, one))));

  test("says the same whatever else is asked in between, and in whatever order", () => {
    const passes = cases.map((one) => passOf(wasm, one));
    for (let round = 0; round < 200; round++) {
      const [which, k] = [random.integer(cases.length), random.integer(all.length)];
      expect(bytesOf([questions[all[k]](cases[which], passes[which])])).toEqual([alone[which][k]]);
      if (random.uniform() < 0.1) passes[which] = passOf(wasm, cases[which]);
    }
  });

  test("keeps the tangents for its own direction alone, and once", () => {
    const [one] = cases;
    const pass = passOf(wasm, one);
    const other = valuesOf(one.size);
    questions.jvp({ ...one, direction: other }, pass);
    expect(bytesOf([questions.curvature(one, pass)])).toEqual([alone[0][3]]);
    questions.jvp({ ...one, direction: other }, pass);
    questions.curvature({ ...one, direction: other }, pass);
    other.set(one.direction);
    expect(bytesOf([questions.curvature({ ...one, direction: other }, pass)])).toEqual([alone[0][3]]);
  });

  test("of more rows than memory holds goes through them in turn", () => {
    const { tower } = towerOf(1024, [1024, 1024], "relu");
    const rows = slabRows(planOf(tower));
    expect(rows).toBeGreaterThan(1000);
    const whole = caseOf(1024, [1], 3 * slabRows(planOf(towerOf(1024, [1], "relu").tower)) + 5, "relu");
    const part = { users: whole.pairs.users.subarray(-5), items: whole.pairs.items.subarray(-5) };
    const count = whole.pairs.users.length;
    const weights = new Float64Array(count);
    weights.set(whole.weights.subarray(-5), count - 5);
    const few = { ...whole, pairs: part, weights: whole.weights.subarray(-5) };
    const [pass, fewPass] = [passOf(wasm, whole), passOf(wasm, few)];
    const tangents = new Float64Array(count);
    pass.addJvp(whole.direction, tangents);
    const last = new Float64Array(5);
    fewPass.addJvp(whole.direction, last);
    expect(bytesOf([tangents.slice(-5)])).toEqual(bytesOf([last]));
    for (const question of ["vjp", "curvature"] as const)
      expectNear(questions[question]({ ...whole, weights }, pass), questions[question](few, fewPass), 1e-12);
  });
});

test("any number of threads has the same bytes", async () => {
  const sets = [1, 2, 3].map((threads) => wasmMatrices({ threads, serialBelow: 0 }));
  for (const set of sets.slice(1)) while (!set.ready()) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const one of [
    caseOf(16, [32, 16, 8], 4096, "relu"),
    caseOf(3, [7, 5], 1111, "squareplus"),
    caseOf(4, [], 600, "relu"),
    caseOf(2, [3], 5, "relu"),
  ]) {
    const expected = bytesOf(answers(one, passOf(sets[0], one)));
    for (const set of sets.slice(1))
      for (let repeat = 0; repeat < 5; repeat++) expect(bytesOf(answers(one, passOf(set, one)))).toEqual(expected);
  }
  await Promise.all(sets.map((set) => set.close()));
});

describe("memory", () => {
  test("is that of one pass, however many are alive", () => {
    const wasm = wasmMatrices();
    const one = caseOf(16, [32, 16, 8], 4096, "relu");
    const passes = [passOf(wasm, one)];
    answers(one, passes[0]);
    const { used } = wasm.memory;
    for (let round = 0; round < 20; round++) passes.push(passOf(wasm, one));
    for (const pass of passes) answers(one, pass);
    expect(wasm.memory.used).toBe(used);
    expect(used).toBeLessThan(2 ** 24);
  });

  test("that is not enough is an error that says so, and later passes are as before", () => {
    const wasm = wasmMatrices({ maximumPages: 40 });
    const large = caseOf(16, [32, 16, 8], 4096, "relu");
    const failure = expect.objectContaining({ code: "unsupported", message: expect.stringContaining("MiB") });
    const small = caseOf(2, [5, 3], 37, "relu");
    const pass = passOf(wasm, small);
    expect(() => answers(large, passOf(wasm, large))).toThrow(failure);
    const expected = answers(small, passOf(reference, small));
    answers(small, pass).forEach((found, k) => {
      expectNear(found, expected[k], 1e-11);
    });
  });
});
