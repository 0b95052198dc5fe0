/** Laws of exact forgetting: it equals real retraining from another seed, whatever is forgotten, and says when it does not know. */

import { beforeAll, describe, expect, test } from "vitest";
import { wasmKernels } from "../../src/kernel/wasm.ts";
import { norm } from "../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../src/objective/factorization.ts";
import { type Trained, train, withSlowModes } from "../../src/training/index.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { evaluate, expectNear, forms, kernels, rowsWhere, settingsOf, type Triple, tastes } from "../small.ts";
import { predictions } from "../training/trainer.contract.ts";

const cases: [string, (triple: Triple, row: number) => boolean][] = [
  ["a row", (_, row) => row === 99],
  ["a user", ([user]) => user === 12],
  ["an item", ([, item]) => item === 5],
  ["three rows in ten", (_, row) => row % 10 < 3],
  ["all but one user", ([user]) => user !== 9],
  ["everything", () => true],
];

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, tastes());
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels });
  });

  test.each(cases)("without %s it is the model retrained from another seed", async (_, wanted) => {
    const rows = rowsWhere(objective.interactions, wanted);
    const found = await exact().forget(trained, rows, { kernels });
    const again = await retrain().forget(trained, rows, { kernels });
    expect(again.trained.seed).not.toBe(trained.seed);
    for (const { certificate } of [found, again]) {
      expect(certificate.converged).toBe(true);
      // That the optimum is the only one is what makes this law a law.
      expect(certificate.scope).toBe("global");
    }
    expect([found.guarantee, again.guarantee]).toEqual(["certified", "exact"]);
    expectNear(predictions(found.trained), predictions(again.trained), 1e-6);
    expectNear([found.trained.value], [again.trained.value], 1e-10);
    expectNear(found.trained.params, again.trained.params, 1e-5);
  });

  test("in two steps it is the same as at once", async () => {
    const all = rowsWhere(objective.interactions, ([user, item]) => user === 12 || item === 5);
    const first = rowsWhere(objective.interactions, ([user]) => user === 12);
    const once = await exact().forget(trained, all, { kernels });
    const half = await exact().forget(trained, first, { kernels });
    const rest = rowsWhere(half.trained.objective.interactions, ([, item]) => item === 5);
    const twice = await exact().forget(half.trained, rest, { kernels });
    expectNear(predictions(twice.trained), predictions(once.trained), 1e-6);
    expectNear(twice.trained.params, once.trained.params, 1e-5);
  });

  test("who has nothing left is nothing: rows of zeros, and J of the others alone", async () => {
    const rows = rowsWhere(objective.interactions, ([user, item]) => user === 12 || item === 5);
    const { params, value, objective: retain } = (await exact().forget(trained, rows, { kernels })).trained;
    const { stride, itemsAt } = placesOf(objective.shape);
    for (const at of [12 * stride, itemsAt + 5 * stride])
      expect(params.subarray(at, at + stride).every((x) => x === 0)).toBe(true);
    expectNear([value], [evaluate(retain, params).value]);
  });
});

describe("what it says of itself", () => {
  const objective = factorization(settingsOf(), tastes());
  const rows = rowsWhere(objective.interactions, ([user]) => user === 3);

  test("short of the tolerance it is approximate, and the status says so", async () => {
    const trained = await train(objective, { kernels });
    const found = await exact().forget(trained, rows, { kernels, tolerance: 1e-300 });
    expect(found.guarantee).toBe("approximate");
    expect(found.trained.status).toBe("step-limit");
    expect(found.certificate.scope).toBe("none");
    expect(found.trained.tolerance).toBe(1e-300);
  });

  test("a model that was not converged is not certified by forgetting nothing", async () => {
    const rough = await train(objective, { kernels, tolerance: 1e-300 });
    const found = await exact().forget(rough, new Uint32Array(), { kernels });
    expect(found.guarantee).toBe("approximate");
    expect(found.trained.params).toEqual(rough.params);
  });

  test("from a model that was not converged it still ends at the optimum of what remains", async () => {
    const rough = await train(objective, { kernels, sweeps: 1, tolerance: 1 });
    expect(rough.gradientNorm).toBeGreaterThan(1e-4);
    const found = await exact().forget(rough, rows, { kernels, tolerance: 1e-8 });
    const again = await train(objective.without(rows), { kernels, seed: 8 });
    expect(found.certificate.converged).toBe(true);
    expectNear(predictions(found.trained), predictions(again), 1e-6);
  });

  test("the curvature, where asked for, bounds nothing but tells how near the optimum is", async () => {
    const trained = await train(objective, { kernels });
    const without = await exact().forget(trained, rows, { kernels });
    expect(without.certificate.curvature).toBeNull();
    const { certificate } = await exact().forget(trained, rows, { kernels, curvature: true });
    expect(certificate.curvature).toBeGreaterThan(0);
    expectNear([certificate.localDistance as number], [certificate.gradientNorm / (certificate.curvature as number)]);
  });

  test("slow modes shorten the way and do not change its end, nor are they handed on", async () => {
    // Strong L2 has no slow modes.
    const weak = factorization(settingsOf({ l2: 1.5 }), tastes());
    const trained = await train(weak, { kernels });
    const equipped = withSlowModes(trained, kernels);
    expect(equipped.slowModes?.vectors.length).toBeGreaterThan(0);
    for (const which of [rows, Uint32Array.of(7)]) {
      const plain = await exact().forget(trained, which, { kernels });
      const found = await exact().forget(equipped, which, { kernels });
      expect(found.certificate.converged).toBe(true);
      expect(found.trained.slowModes).toBeUndefined();
      expectNear(predictions(found.trained), predictions(plain.trained), 1e-6);
    }
  });

  test.each([exact(), retrain()])("$name stops when told to", async (unlearner) => {
    const trained = await train(objective, { kernels });
    const signal = AbortSignal.abort();
    await expect(unlearner.forget(trained, rows, { kernels, signal })).rejects.toMatchObject({ code: "aborted" });
  });

  test("retraining takes the seed that it is given, else another than the model's", async () => {
    const trained = await train(objective, { kernels, seed: 5 });
    expect((await retrain().forget(trained, rows, { kernels })).trained.seed).not.toBe(5);
    expect((await retrain().forget(trained, rows, { kernels, seed: 40 })).trained.seed).toBe(40);
    expect((await exact().forget(trained, rows, { kernels })).trained.seed).toBe(5);
  });

  test("other kernels forget the same", async () => {
    const trained = await train(objective, { kernels });
    const wasm = wasmKernels({ threads: 1 });
    const [a, b] = [
      await exact().forget(trained, rows, { kernels }),
      await exact().forget(trained, rows, { kernels: wasm }),
    ];
    await wasm.close();
    expectNear(predictions(b.trained), predictions(a.trained), 1e-6);
    // What those kernels certified, the reference finds in the parameters alone.
    const { value, gradient } = evaluate(b.trained.objective, b.trained.params);
    expect(Math.abs(b.certificate.gradientNorm - norm(gradient))).toBeLessThan(1e-11);
    expectNear([b.certificate.objective], [value], 1e-13);
  });
});
