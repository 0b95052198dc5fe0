/** Laws of minimising thin problems: whichever side is the larger one, it ends where training ends, and forgetting is retraining. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openKernels } from "../../../../src/kernel/select.ts";
import { norm } from "../../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../../src/objective/factorization.ts";
import { alternate } from "../../../../src/training/factors/alternating.ts";
import { newton } from "../../../../src/training/factors/newton.ts";
import { workedFrom } from "../../../../src/training/factors/reoptimise.ts";
import { isThin } from "../../../../src/training/factors/thin/minimise.ts";
import { reoptimise, type Trained, train } from "../../../../src/training/index.ts";
import {
  anyParams,
  evaluate,
  expectNear,
  forms,
  interactionsFrom,
  kernels,
  rowsWhere,
  tastes,
  trainedAt,
} from "../../../support/small.ts";
import { predictions } from "../trainer.contract.ts";
import { exchanged, thinSet } from "./support.ts";

/** Scores of the pairs that have ratings: parts of a set that nothing joins turn by themselves, and their pairs mean nothing. */
function ratedScores(trained: Trained): Float64Array {
  const { users, items, itemCount, ratings } = trained.objective.interactions;
  const all = predictions(trained);
  return ratings.map((_, row) => all[users[row] * itemCount + items[row]]);
}

test("thin are sets with at most three ratings a row of the larger side; ratings with zeros of all pairs are not", () => {
  expect(isThin(factorization(forms[0][1], thinSet()).problem)).toBe(true);
  expect(isThin(factorization(forms[0][1], exchanged(thinSet())).problem)).toBe(true);
  expect(isThin(factorization(forms[0][1], tastes()).problem)).toBe(false);
  const implicit = {
    ...forms[0][1],
    biases: false,
    mean: { kind: "fixed", value: 0 },
    confidence: { base: 1, alpha: 2 },
  };
  const pairs = interactionsFrom(
    [
      [0, 0, 1],
      [1, 1, 1],
      [2, 0, 1],
    ],
    3,
    2,
  );
  expect(isThin(factorization(implicit as never, pairs).problem)).toBe(false);
});

describe.each(forms)("%s", (_, form) => {
  // Thin rows carry less signal: less L2 keeps factors alive, and with one to spare every minimum is the least.
  const settings = { ...form, factors: 6, l2: form.l2 / 1.5 };
  for (const [shape, set] of [
    ["more users", thinSet()],
    ["more items", exchanged(thinSet())],
  ] as const) {
    const objective = factorization(settings, set);
    const forgotten: [string, (user: number, item: number, row: number) => boolean][] = [
      ["one row", (_u, _i, row) => row === 17],
      ["the busy one", (user, item) => (shape === "more users" ? user : item) === 0],
      ["all ratings of another", (user, item) => (shape === "more users" ? item : user) === 3],
      ["every third row", (_u, _i, row) => row % 3 === 0],
    ];
    test.each(forgotten)(`${shape}: without %s it equals training from scratch`, async (_, wanted) => {
      const before = await train(objective, { kernels });
      const retain = objective.without(rowsWhere(set, ([user, item], row) => wanted(user, item, row)));
      const warm = await reoptimise(retain, before.params, { kernels });
      const cold = await train(retain, { kernels, seed: 9 });
      expect(warm.status).toBe("converged");
      expect(norm(evaluate(retain, warm.params).gradient)).toBeLessThanOrEqual(1e-8);
      expectNear([warm.value], [cold.value], 1e-11);
      expectNear(ratedScores(trainedAt(retain, warm.params)), ratedScores(cold), 1e-6);
    });
  }

  test.each([thinSet(), exchanged(thinSet())])("it needs no other method to arrive", async (set) => {
    const objective = factorization({ ...form, factors: 2, l2: form.l2 / 4 }, set);
    const phases = new Set<string>();
    const { status } = await reoptimise(objective, anyParams(objective), {
      kernels,
      onProgress: ({ phase }) => phases.add(phase),
    });
    expect(status).toBe("converged");
    expect([...phases]).toEqual(["relaxing"]);
  });

  test.each([thinSet(), exchanged(thinSet())])(
    "training arrives that way, where Newton's method arrives",
    async (set) => {
      const objective = factorization(settings, set);
      const phases = new Set<string>();
      const trained = await train(objective, { kernels, onProgress: ({ phase }) => phases.add(phase) });
      const other = await workedFrom(objective, anyParams(objective), { kernels }, async (descent) => {
        await alternate(descent, 12);
        return newton(descent);
      });
      expect(trained.status).toBe("converged");
      expect(phases.has("relaxing")).toBe(true);
      expectNear([trained.value], [other.value], 1e-10);
      expectNear(ratedScores(trained), ratedScores(trainedAt(objective, other.params)), 1e-5);
    },
  );

  test("rows without ratings become zero, and so does everything when nothing remains", async () => {
    const objective = factorization(settings, thinSet());
    const { stride } = placesOf(objective.shape);
    const { params } = await reoptimise(objective, anyParams(objective), { kernels });
    expect(params.subarray(39 * stride, 40 * stride).every((x) => x === 0)).toBe(true);
    const nothing = objective.without(rowsWhere(objective.interactions, () => true));
    const empty = await reoptimise(nothing, params, { kernels });
    expect(empty.status).toBe("converged");
    expect(empty.params.every((x) => x === 0)).toBe(true);
  });
});

test("the optimum of a thin set is that of the set with its sides exchanged", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 6, max: 60 }), async (seed, users) => {
      const settings = { ...forms[0][1], factors: 6, l2: 3 };
      const set = thinSet(seed, users, 6);
      const [one, other] = [factorization(settings, set), factorization(settings, exchanged(set))];
      const [a, b] = [await train(one, { kernels }), await train(other, { kernels })];
      const [c, d] = [
        await reoptimise(one, anyParams(one), { kernels }),
        await reoptimise(other, anyParams(other), { kernels }),
      ];
      for (const { status } of [c, d]) expect(status).toBe("converged");
      expectNear([b.value, c.value, d.value], [a.value, a.value, a.value], 1e-9);
    }),
    { numRuns: 10 },
  );
});

test("threads do not change a byte", async () => {
  const objective = factorization(forms[0][1], thinSet(3, 400, 60));
  const results: Float64Array[] = [];
  for (const threads of [1, 2]) {
    const wasm = openKernels({ threads });
    results.push((await reoptimise(objective, anyParams(objective), { kernels: wasm.factors })).params);
    await wasm.close();
  }
  expect(results[0]).toEqual(results[1]);
});

test("who watches is told a point after every step, and rows that are read are counted", async () => {
  const objective = factorization(forms[0][1], thinSet());
  const points: Float64Array[] = [];
  let rows = 0;
  const { value } = await reoptimise(objective, anyParams(objective), {
    kernels,
    onStep: (point) => points.push(point),
    onRows: (read) => {
      rows += read;
    },
  });
  expect(points.length).toBeGreaterThan(3);
  expect(rows).toBeGreaterThan(objective.interactions.size);
  const values = points.map((point) => evaluate(objective, point).value);
  for (let k = 1; k < values.length; k++) expect(values[k]).toBeLessThanOrEqual(values[k - 1] + 1e-11);
  expectNear([values.at(-1) as number], [value], 1e-10);
});
