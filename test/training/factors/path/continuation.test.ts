/** Laws of training along the path: a function of the data alone, whatever their units, names and order. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../../../src/data/interactions.ts";
import { plantedFactors } from "../../../../src/data/synthetic.ts";
import type { FactorKernels } from "../../../../src/kernel/kernels.ts";
import { wasmKernels } from "../../../../src/kernel/wasm.ts";
import { norm } from "../../../../src/numeric/vector.ts";
import { objectiveSettings } from "../../../../src/objective/factor-settings.ts";
import { type FactorizationSettings, factorization } from "../../../../src/objective/factorization.ts";
import { indexKeys } from "../../../../src/objective/negatives.ts";
import type { Progress } from "../../../../src/run.ts";
import { continued } from "../../../../src/training/factors/path/continuation.ts";
import type { DescentOptions } from "../../../../src/training/factors/reoptimise.ts";
import { alsNewton, train } from "../../../../src/training/index.ts";
import { run } from "../../../support/run.ts";
import {
  evaluate,
  expectNear,
  forms,
  kernels,
  relabelled,
  reordered,
  settingsOf,
  shuffle,
  tastes,
} from "../../../support/small.ts";
import { predictions } from "../trainer.contract.ts";

/** Long enough a path that all factors live, and seeds end at several optima. */
const manyOptima = settingsOf({ factors: 4, l2: 0.3, l2Bias: 1 });

async function ended(settings: FactorizationSettings, set: Interactions, options: Partial<DescentOptions> = {}) {
  const objective = factorization(settings, set);
  const { tolerance = 1e-8 } = options;
  return { objective, seed: 1, tolerance, ...(await continued(objective, { kernels, ...options, tolerance })) };
}

test("many optima: seeds do not end alike", async () => {
  const values = [1, 2, 3, 4].map(async (seed) => {
    const { value } = await train(factorization(manyOptima, tastes()), { kernels, seed });
    return value.toPrecision(6);
  });
  expect(new Set(await Promise.all(values)).size).toBeGreaterThan(1);
});

test("the end is the same bytes from any seed and with any number of threads", async () => {
  const settings = objectiveSettings(manyOptima);
  const set = plantedFactors({ users: 200, items: 80, ratings: 3000, factors: 4, seed: 2 }).interactions;
  const trained = async (seed: number, factors: FactorKernels) => {
    const own = { ...run, kernels: { ...run.kernels, factors } };
    const model = await alsNewton(settings).train({ interactions: set, keys: indexKeys(set) }, seed, own);
    await factors.close();
    return model.smooth?.params;
  };
  const [first, ...others] = [
    await trained(1, wasmKernels({ threads: 1 })),
    await trained(2, wasmKernels({ threads: 1 })),
    await trained(1, wasmKernels({ threads: 2 })),
    await trained(99, wasmKernels({ threads: 3 })),
  ];
  for (const other of others) expect(other).toEqual(first);
});

describe.each([...forms, ["many optima", manyOptima] as const])("the end: %s", (_, settings) => {
  test("is stationary, as it says, and a minimum: no direction leads down", async () => {
    const { objective, params, value, gradientNorm, status } = await ended(settings, tastes());
    const { value: j, gradient } = evaluate(objective, params);
    expect(status).toBe("converged");
    expectNear([j, norm(gradient)], [value, gradientNorm]);
    expect(norm(gradient)).toBeLessThanOrEqual(1e-8);
    for (let k = 0; k < params.length; k++)
      for (const by of [-1e-3, 1e-3]) {
        const moved = params.slice();
        moved[k] += by;
        expect(evaluate(objective, moved).value).toBeGreaterThan(value);
      }
  });

  test("does not claim what it has not reached", async () => {
    const { status, gradientNorm } = await ended(settings, tastes(), { tolerance: 1e-300 });
    expect(status).toBe("step-limit");
    expect(gradientNorm).toBeLessThan(1e-9);
  });

  test("is no higher than that of mean and biases alone", async () => {
    const { value } = await ended(settings, tastes());
    expect(value).toBeLessThanOrEqual((await ended({ ...settings, l2: 1e6 }, tastes())).value);
  });
});

describe.each(forms)("one optimum: %s", (_, settings) => {
  test("is that of random starts, in any order of rows and by any names", async () => {
    const options = { tolerance: 1e-11 };
    const first = await ended(settings, tastes(), options);
    const wanted = predictions(first);
    const random = await train(first.objective, { kernels, seed: 5, ...options });
    expect(Math.abs(random.value - first.value)).toBeLessThan(1e-12 * first.value);
    expectNear(predictions(random), wanted, 1e-9);
    const mixed = await ended(settings, reordered(tastes(), shuffle(260, 4)), options);
    expectNear(predictions(mixed), wanted, 1e-9);
    const [users, items] = [shuffle(30, 5), shuffle(20, 6)];
    const named = predictions(await ended(settings, relabelled(tastes(), users, items), options));
    const back = wanted.map((_, k) => named[users[Math.floor(k / 20)] * 20 + items[k % 20]]);
    expectNear(back, wanted, 1e-9);
  });
});

test("many optima: other names and another order of rows lead to the same one", async () => {
  const wanted = await ended(manyOptima, tastes());
  const [users, items] = [shuffle(30, 5), shuffle(20, 6)];
  const named = await ended(manyOptima, relabelled(tastes(), users, items));
  const back = predictions(named);
  expectNear(
    predictions(wanted).map((_, k) => back[users[Math.floor(k / 20)] * 20 + items[k % 20]]),
    predictions(wanted),
    1e-6,
  );
  expectNear(predictions(await ended(manyOptima, reordered(tastes(), shuffle(260, 4)))), predictions(wanted), 1e-6);
});

const withRatings = (set: Interactions, change: (rating: number) => number) =>
  interactionsOf({ ...set, ratings: set.ratings.map(change) });

test("ratings in another unit, c times as large, with λ times c: scores are c times, J c² times as large", async () => {
  const set = plantedFactors({ users: 80, items: 50, ratings: 1200, factors: 3, seed: 7 }).interactions;
  const wanted = await ended(manyOptima, set);
  for (const c of [1e-4, 0.01, 0.2, 20, 1e4]) {
    const scaled = await ended(
      { ...manyOptima, l2: c * manyOptima.l2 },
      withRatings(set, (r) => c * r),
      { tolerance: 1e-8 * Math.max(c, c ** 1.5) },
    );
    expect(Math.abs(scaled.value / (c * c * wanted.value) - 1)).toBeLessThan(1e-9);
    expectNear(
      predictions(scaled).map((x) => x / c),
      predictions(wanted),
      1e-5,
    );
  }
});

test("ratings that are all larger by a number: a learned mean takes it up, and nothing else changes", async () => {
  const wanted = await ended(manyOptima, tastes());
  for (const by of [-3, 50, 1000]) {
    const moved = await ended(
      manyOptima,
      withRatings(tastes(), (r) => r + by),
    );
    expect(Math.abs(moved.value / wanted.value - 1)).toBeLessThan(1e-9);
    expectNear(
      predictions(moved).map((x) => x - by),
      predictions(wanted),
      1e-5,
    );
  }
});

test("other lengths of a step end at the same optimum where there is one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.5, max: 0.97, noNaN: true }), async (ratio) => {
      const objective = factorization(settingsOf(), tastes());
      const { value } = await continued(objective, { kernels, ratio });
      expect(Math.abs(value / (await continued(objective, { kernels })).value - 1)).toBeLessThan(1e-12);
    }),
    { numRuns: 8 },
  );
});

test("progress grows from 0 to 1 and names the path", async () => {
  const told: Progress[] = [];
  await ended(manyOptima, tastes(), { onProgress: (progress) => told.push(progress) });
  expect(told[0].phase).toBe("continuing");
  told.forEach(({ fraction }, k) => {
    expect(fraction).toBeGreaterThanOrEqual(k === 0 ? 0 : told[k - 1].fraction);
    expect(fraction).toBeLessThan(1);
  });
});

test('asked to stop it throws "aborted", before the start and on the way', async () => {
  await expect(ended(manyOptima, tastes(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  const controller = new AbortController();
  let reports = 0;
  const onProgress = () => {
    if (++reports === 3) controller.abort();
  };
  await expect(ended(manyOptima, tastes(), { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: "aborted",
  });
  expect(reports).toBe(3);
});
