/** Laws of the certificate: recomputed from parameters alone, and a bound that no better model breaks. */

import { beforeAll, describe, expect, test } from "vitest";
import { wasmKernels } from "../../../src/kernel/wasm.ts";
import { scores } from "../../../src/model/index.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { type Factorization, factorization, placesOf } from "../../../src/objective/factorization.ts";
import {
  certify,
  certifyFactors,
  certifyStationary,
  modelOf,
  type Trained,
  train,
} from "../../../src/training/index.ts";
import { gradientOf } from "../../objective/subject.ts";
import { run, runWith } from "../../support/run.ts";
import {
  anyParams,
  evaluate,
  expectNear,
  forms,
  kernels,
  normals,
  randomRotation,
  rotated,
  settingsOf,
  tastes,
  trainedAt,
} from "../../support/small.ts";
import { objectiveOf } from "../../support/subjects.ts";
import { modelFrom } from "../../support/trained.ts";

/** A certificate of a factorization: it has every bound. */
async function certified(...asked: Parameters<typeof certifyFactors>) {
  const found = await certifyFactors(...asked);
  const { dualityGap, sigmaRatio, rmsBound } = found;
  if (dualityGap === null || sigmaRatio === null || rmsBound === null) return expect.fail("a bound is missing");
  return { ...found, dualityGap, sigmaRatio, rmsBound };
}

/** Scores of the training pairs. */
function fitted(objective: Factorization, params: Float64Array): Float64Array {
  const { users, items } = objective.interactions;
  return scores(modelOf(trainedAt(objective, params)), users, items);
}

function rms(a: Float64Array, b: Float64Array): number {
  return norm(a.map((x, k) => x - b[k])) / Math.sqrt(a.length);
}

/** The dual bound, densely: the best of −½t²·squares + t·⟨Y,R⟩ over t ≤ λ/σ₁. */
function denseGap(objective: Factorization, params: Float64Array): { gap: number; sigmaRatio: number } {
  const { users, items, ratings, size, byUser, byItem } = objective.interactions;
  const { settings, shape } = objective;
  const { userCount, itemCount } = shape;
  const perRow = settings.regularizer === "interaction";
  const scale = (start: Uint32Array, r: number) => (perRow ? start[r + 1] - start[r] : 1);
  const predicted = fitted(objective, params);
  const errors = ratings.map((rating, k) => rating - predicted[k]);
  const centre = shape.learnedMean ? errors.reduce((a, b) => a + b, 0) / size : 0;
  const y = errors.map((e) => e - centre);
  const fixed = settings.mean.kind === "fixed" ? settings.mean.value : 0;
  const matrix = new Float64Array(userCount * itemCount);
  const [userSums, itemSums] = [new Float64Array(userCount), new Float64Array(itemCount)];
  let product = 0;
  let squares = 0;
  for (let k = 0; k < size; k++) {
    const [u, i] = [users[k], items[k]];
    matrix[u * itemCount + i] += y[k] / Math.sqrt(scale(byUser.start, u) * scale(byItem.start, i));
    userSums[u] += y[k];
    itemSums[i] += y[k];
    product += y[k] * (ratings[k] - fixed);
    squares += y[k] * y[k];
  }
  const gram = new Float64Array(itemCount * itemCount);
  for (let u = 0; u < userCount; u++)
    for (let i = 0; i < itemCount; i++)
      for (let j = 0; j < itemCount; j++)
        gram[i * itemCount + j] += matrix[u * itemCount + i] * matrix[u * itemCount + j];
  const ratio = Math.sqrt(symmetricEigen(gram, itemCount).values[0]) / settings.l2;
  if (settings.biases) {
    for (let u = 0; u < userCount; u++) squares += userSums[u] ** 2 / (settings.l2Bias * scale(byUser.start, u));
    for (let i = 0; i < itemCount; i++) squares += itemSums[i] ** 2 / (settings.l2Bias * scale(byItem.start, i));
  }
  const t = Math.min(1 / ratio, product / squares);
  const { value } = evaluate(objective, params);
  return { gap: value - (t * product - (t * t * squares) / 2), sigmaRatio: ratio };
}

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, tastes());
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
  });

  test("says what the reference kernels say", async () => {
    for (const params of [trained.params, anyParams(objective)]) {
      const found = await certified(objective, params, 1e-8, run);
      const { value, gradient } = evaluate(objective, params);
      expect(found.objective).toBe(value);
      expect(found.gradientNorm).toBe(norm(gradient));
      expect(found.converged).toBe(norm(gradient) <= 1e-8);
      const { stride, meanAt } = placesOf(objective.shape);
      const rows = Array.from({ length: 50 }, (_, r) => norm(gradient.subarray(r * stride, (r + 1) * stride)));
      expect(found.largestRow).toBe(Math.max(...rows, meanAt >= 0 ? Math.abs(gradient[meanAt]) : 0));
      expect(found.largestRow).toBeLessThanOrEqual(found.gradientNorm);
      const provable = Math.max(found.dualityGap, 1e-12 * Math.abs(found.objective));
      expectNear([found.rmsBound], [Math.sqrt((2 * provable) / 260)], 1e-14);
    }
  });

  test("proves a converged model with strong L2 the only one", async () => {
    const found = await certified(objective, trained.params, 1e-8, run);
    expect(found.converged).toBe(true);
    expect([found.kind, found.scope]).toEqual(["global", "global"]);
    expect(Math.abs(found.dualityGap)).toBeLessThan(1e-9);
    expectNear([found.sigmaRatio], [1], 1e-9);
    expect(found.verdict).toMatch(/^global/);
    // And not because there are no factors at all.
    expect(norm(trained.params.filter((_, k) => k % placesOf(objective.shape).stride === 0))).toBeGreaterThan(1);
  });

  test("certifies nothing that has not converged, however tight the gap", async () => {
    const moved = trained.params.map((x, k) => (k === 5 ? x + 1e-6 : x));
    const found = await certified(objective, moved, 1e-8, run);
    expect(found).toMatchObject({ converged: false, kind: "none", scope: "none" });
    expect(found.verdict).toMatch(/not converged/);
  });

  test("a looser tolerance changes the verdict, not the measurements", async () => {
    const strict = await certified(objective, trained.params, 1e-300, run);
    const loose = await certified(objective, trained.params, 1, run);
    expect(strict.scope).toBe("none");
    expect(loose.scope).toBe("global");
    const facts = ({ gradientNorm, largestRow, objective: value, dualityGap, sigmaRatio, rmsBound }: typeof loose) => [
      gradientNorm,
      largestRow,
      value,
      dualityGap,
      sigmaRatio,
      rmsBound,
    ];
    expect(facts(loose)).toEqual(facts(strict));
  });

  // Weak L2: three factors are too few, and the gap is honest about it.
  const weak = factorization({ ...settings, l2: settings.l2 / 3 }, tastes());
  const points = async (of: Factorization): Promise<[string, Float64Array][]> => [
    ["anywhere", anyParams(of)],
    ["nowhere", new Float64Array(of.parameterCount)],
    ["half way", (await train(of, { kernels, sweeps: 2, tolerance: 1 })).params],
    ["at a stationary point", (await train(of, { kernels })).params],
  ];

  test("the gap is the dual bound of the convex problem, never less; far above λ, σ₁ need not be exact", async () => {
    for (const of of [objective, weak])
      for (const [where, params] of await points(of)) {
        const found = await certified(of, params, 1e-8, run);
        const wanted = denseGap(of, params);
        const hopeless = wanted.sigmaRatio > 1.09;
        const rounding = 1e-10 * found.objective;
        expect(found.dualityGap - wanted.gap, where).toBeGreaterThan(-rounding);
        expect(found.dualityGap - wanted.gap, where).toBeLessThan(hopeless ? 0.01 * found.objective : rounding);
        expectNear([found.sigmaRatio], [wanted.sigmaRatio], hopeless ? 5e-3 : 1e-10, { what: where });
      }
  });

  test("no model of any rank breaks the gap or the bound on the scores", async () => {
    for (const of of [objective, weak]) {
      // With as many factors as items X = PQᵀ is free, and a stationary point with σ₁ ≤ λ is the convex optimum.
      const full = factorization({ ...of.settings, factors: 20 }, of.interactions);
      const best = await train(full, { kernels, tolerance: 1e-10, seed: 4 });
      expect(denseGap(full, best.params).gap).toBeLessThan(1e-7);
      const truth = fitted(full, best.params);
      for (const [where, params] of await points(of)) {
        const { dualityGap, rmsBound, objective: value } = await certified(of, params, 1e-8, run);
        // To the rounding of J: about 1e-11 of it, of which σ₁ has the most.
        const rounding = 1e-11 * value;
        expect(dualityGap, where).toBeGreaterThanOrEqual(value - best.value - rounding);
        const distance = rms(fitted(of, params), truth);
        expect(distance, where).toBeLessThanOrEqual(rmsBound + Math.sqrt((2 * rounding) / 260));
      }
    }
  });

  test("with weak L2 it claims no more than a local optimum, and rightly", async () => {
    const local = await train(weak, { kernels });
    const found = await certified(weak, local.params, 1e-8, run);
    expect([found.kind, found.scope]).toEqual(["stationary", "local"]);
    expect(found.sigmaRatio).toBeGreaterThan(1.01);
    expect(found.verdict).toMatch(/^local/);
    const better = await train(factorization({ ...weak.settings, factors: 6 }, weak.interactions), { kernels });
    expect(better.value).toBeLessThan(local.value - 0.1);
  });
});

describe.each([
  ["ratings, table L2", settingsOf({ factors: 2, l2: 1.2 })],
  ["ratings, interaction L2", settingsOf({ factors: 2, l2: 0.12, l2Bias: 0.1, regularizer: "interaction" })],
  [
    "every pair",
    settingsOf({
      ...{ factors: 1, biases: false, mean: { kind: "fixed", value: 0 }, l2: 3 },
      confidence: { base: 1, alpha: 0.5 },
    }),
  ],
] as const)("a factor that has died: %s", (_, settings) => {
  const narrow = factorization(settings, tastes());
  const { factors } = settings;
  /** The optimum of fewer factors, with another one that is zero: the gradient vanishes there too. */
  const widened = async (l2 = settings.l2) => {
    const { params } = await train(factorization({ ...settings, l2 }, tastes()), { kernels, tolerance: 1e-10 });
    const wide = factorization({ ...settings, l2, factors: factors + 1 }, tastes());
    const [from, to] = [placesOf(narrow.shape), placesOf(wide.shape)];
    const out = new Float64Array(wide.parameterCount);
    for (let row = 0; row < 50; row++) {
      const [at, here] = [row * to.stride, row * from.stride];
      out.set(params.subarray(here, here + factors), at);
      out.set(params.subarray(here + factors, here + from.stride), at + factors + 1);
    }
    if (to.meanAt >= 0) out[to.meanAt] = params[from.meanAt];
    return { wide, params: out, before: params };
  };

  test("where the data have room for it nothing is certified, whichever way the factors are turned", async () => {
    const { wide, params, before } = await widened();
    const better = await train(wide, { kernels });
    for (const point of [params, rotated(wide.shape, params, randomRotation(factors + 1, 3))]) {
      const found = await certified(wide, point, 1e-8, run);
      expect(found).toMatchObject({ converged: true, kind: "none", scope: "none" });
      expect(found.verdict).toMatch(/^not a minimum: .* a factor has died out .*; train again$/);
      expect(found.sigmaRatio).toBeGreaterThan(1.01);
      expect(better.value).toBeLessThan(found.objective - 0.1);
      // Down is not a direction in which the optimum is some distance away.
      const asked = await certified(wide, point, 1e-8, run, { curvature: true });
      expect([asked.curvature, asked.localDistance]).toEqual([null, null]);
      // Far from stationary, that is what is said.
      expect((await certified(wide, point, 1e-300, run)).verdict).toMatch(/^not converged/);
    }
    // Without the factor it is a minimum among those of its rank.
    expect(await certified(narrow, before, 1e-8, run)).toMatchObject({ kind: "stationary", scope: "local" });
  });

  test("where they have none it is the optimum", async () => {
    const { wide, params } = await widened(5 * settings.l2);
    const found = await certified(wide, params, 1e-8, run);
    expect(found).toMatchObject({ converged: true, kind: "global", scope: "global" });
    const again = await train(wide, { kernels, seed: 4 });
    expectNear([again.value], [found.objective], 1e-11);
  });
});

test("converged is what is within the tolerance, to the last digit", async () => {
  const objective = factorization(settingsOf({ l2: 1.2 }), tastes());
  const { smooth } = modelFrom(trainedAt(objective, anyParams(objective)));
  const { objective: general = expect.fail("no objective"), params = new Float64Array() } = smooth ?? {};
  const at = (tolerance: number) => [
    certifyFactors(objective, params, tolerance, run),
    certifyStationary(general, params, tolerance, run),
  ];
  for (const [k, { gradientNorm }] of (await Promise.all(at(1))).entries())
    for (const [tolerance, converged] of [
      [gradientNorm, true],
      [gradientNorm * (1 - 1e-12), false],
      [gradientNorm / 10, false],
    ] as const) {
      const found = await at(tolerance)[k];
      expect(found).toMatchObject({ gradientNorm, tolerance, converged });
      expect(found.scope === "none").toBe(!converged);
    }
});

test.each(["gmf", "mlp", "mf-items"] as const)(
  "the largest row of %s is that of one row of a user's or item's table, or of one table that all share",
  async (name) => {
    const objective = objectiveOf(name);
    const tensors = objective.tensors.filter(({ rowsOf }) => rowsOf === undefined);
    // Where a table is shared it has the largest gradient at some of these points, and a row elsewhere.
    const led = new Set<boolean>();
    for (const weight of [0.1, 1, 20]) {
      const params = normals(objective.parameterCount, 3);
      for (const { at, rows, width } of tensors) for (let k = at; k < at + rows * width; k++) params[k] *= weight;
      const gradient = gradientOf(objective, params);
      const norms = objective.tensors.flatMap(
        ({ at, rows, width, rowStride, rowsOf }): (readonly [boolean, number])[] =>
          rowsOf === undefined
            ? [[true, norm(gradient.subarray(at, at + rows * width))]]
            : Array.from({ length: rows }, (_, r) => {
                const from = at + r * rowStride;
                return [false, norm(gradient.subarray(from, from + width))] as const;
              }),
      );
      const [[shared, largest]] = norms.sort(([, a], [, b]) => b - a);
      led.add(shared);
      expectNear([(await certifyStationary(objective, params, 1e-8, run)).largestRow], [largest], 1e-12);
    }
    expect(led.has(true)).toBe(tensors.length > 0);
  },
);

test("a model's certificate is that of its objective at its parameters and tolerance", async () => {
  const [, settings] = forms[0];
  const trained = await train(factorization(settings, tastes()), { kernels, tolerance: 1e-9 });
  for (const options of [{}, { curvature: true }])
    expect(await certify(modelFrom(trained), run, options)).toEqual(
      await certifyFactors(trained.objective, trained.params, 1e-9, run, options),
    );
  // Without closed forms nothing is said of other optima.
  const { smooth } = modelFrom(trained);
  const { objective = expect.fail("no objective"), params = trained.params } = smooth ?? {};
  const general = await certifyStationary(objective, params, 1e-8, run);
  const closed = await certifyFactors(trained.objective, params, 1e-8, run);
  expect(general).toMatchObject({
    kind: "stationary",
    scope: "local",
    converged: true,
    rmsBound: null,
    sigmaRatio: null,
  });
  expectNear([general.objective], [closed.objective], 1e-13);
  expect(Math.abs(general.gradientNorm - closed.gradientNorm)).toBeLessThan(1e-11);
});

test("other kernels certify the same", async () => {
  const [, settings] = forms[0];
  const objective = factorization(settings, tastes());
  const { params } = await train(objective, { kernels });
  const wasm = wasmKernels({ threads: 1 });
  const a = await certified(objective, params, 1e-8, run);
  const b = await certified(objective, params, 1e-8, runWith({ factors: wasm }));
  await wasm.close();
  expectNear([b.objective, b.rmsBound, b.sigmaRatio], [a.objective, a.rmsBound, a.sigmaRatio], 1e-6, { floor: 1e-6 });
  expectNear([b.gradientNorm, b.dualityGap], [a.gradientNorm, a.dualityGap], 1e-10);
  expect(b.scope).toBe(a.scope);
});

test("without ratings J is its own gap, and the best there is", async () => {
  const objective = factorization(forms[0][1], tastes().select(new Uint32Array()));
  const params = anyParams(objective);
  const found = await certified(objective, params, 1e-8, run);
  expect(found.dualityGap).toBe(found.objective);
  expect(found.scope).toBe("none");
  const zero = await certified(objective, new Float64Array(params.length), 1e-8, run);
  expect(zero).toMatchObject({ scope: "global", dualityGap: 0, rmsBound: 0, converged: true });
});
