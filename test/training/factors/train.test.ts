/** Training under its contract for every form of the objective, in corners, and interrupted. */

import { describe, expect, test } from "vitest";
import { checkerboard } from "../../../src/data/synthetic.ts";
import { wasmKernels } from "../../../src/kernel/wasm.ts";
import { modelKinds } from "../../../src/model/index.ts";
import { objectiveSettings } from "../../../src/objective/factor-settings.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { logistic } from "../../../src/objective/loss.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../../src/objective/objective.ts";
import type { Progress } from "../../../src/run.ts";
import { newton } from "../../../src/training/factors/newton.ts";
import { continued } from "../../../src/training/factors/path/continuation.ts";
import { descend, finish } from "../../../src/training/factors/reoptimise.ts";
import { alsNewton, modelOf, reoptimise, standardRecipe, train, trainers } from "../../../src/training/index.ts";
import { run } from "../../support/run.ts";
import {
  anyParams,
  evaluate,
  expectNear,
  forms,
  interactionsFrom,
  kernels,
  objectiveOn,
  settingsOf,
  type Triple,
  tastes,
} from "../../support/small.ts";
import { predictions, trainerContract } from "./trainer.contract.ts";

for (const [title, settings] of forms) trainerContract(title, settings, () => kernels);
trainerContract("kernels in WebAssembly", settingsOf(), () => wasmKernels({ threads: 1 }));

test("the catalogue's trainer of closed forms trains to the same bytes, and trained models carry it", async () => {
  const { settings, interactions } = objectiveOn(tastes());
  const entry = trainers.find(({ name }) => name === "als-newton");
  const asked = objectiveSettings(settings);
  const ways = [
    { trainer: entry?.make(asked, standardRecipe), way: continued },
    { trainer: alsNewton(asked, { begins: "random" }), way: train },
  ];
  for (const { trainer, way } of ways) {
    const model = await trainer?.train({ interactions, keys: indexKeys(interactions) }, 3, run);
    expect(model?.trainer).toMatchObject({ name: "als-newton", begins: trainer?.begins });
    // Ordinary ratings have a scale of 1.
    expect(model?.smooth?.tolerance).toBe(1e-8);
    const own = { kernels, seed: 3, tolerance: model?.smooth?.tolerance };
    const { params, value, gradientNorm, status } = await way(objectiveOn(tastes()), own);
    expect(model?.smooth).toMatchObject({ params, value, gradientNorm, status, relativeTolerance: 1e-8 });
    expect(model).toMatchObject({ kind: "mf", unit: "rating", seed: 3, origin: "trained" });
  }
});

test("closed forms are refused for what has none", () => {
  const settings = objectiveSettings(settingsOf());
  const others: Partial<ObjectiveSettings>[] = [
    { loss: logistic },
    { sampling: { perRow: 1, seed: 1, semantics: "frozen" } },
    { kind: modelKinds.gmf, model: {} },
    { model: { factors: 3, biases: "items" } },
    { l2: 0 },
    { l2Bias: 0 },
  ];
  for (const over of others)
    expect(() => alsNewton({ ...settings, ...over })).toThrow(expect.objectContaining({ code: "unsupported" }));
});

/** Along the path of falling λ, in the dress of a training. */
const alongPath: typeof train = async (objective, options) => {
  const { seed = 1, tolerance = 1e-8 } = options;
  return { ...(await continued(objective, options)), objective, seed, tolerance };
};
const ways = { "random factors": train, "along the path": alongPath };

describe.each(
  Object.entries(ways).flatMap(([way, begun]) =>
    forms.map(([title, settings]) => [`${way}, ${title}`, begun, settings] as const),
  ),
)("corners: %s", (_, begun, settings) => {
  const trainOn = (triples: Triple[], users: number, items: number) =>
    begun(factorization(settings, interactionsFrom(triples, users, items)), { kernels });

  test("no ratings at all: nothing, J = 0", async () => {
    const { status, value, params } = await trainOn([], 3, 2);
    expect([status, value]).toEqual(["converged", 0]);
    expect(params.every((x) => x === 0)).toBe(true);
  });

  test("one rating, one user, one item", async () => {
    expect((await trainOn([[0, 0, 4]], 1, 1)).status).toBe("converged");
    expect(
      (
        await trainOn(
          [0, 1, 2, 3].map((item) => [0, item, item + 1] as const),
          1,
          4,
        )
      ).status,
    ).toBe("converged");
    expect(
      (
        await trainOn(
          [0, 1, 2, 3].map((user) => [user, 0, user + 1] as const),
          4,
          1,
        )
      ).status,
    ).toBe("converged");
  });

  test("a pair rated twice counts twice", async () => {
    const { status } = await trainOn(
      [
        [0, 0, 5],
        [0, 0, 1],
        [1, 0, 3],
        [1, 1, 3],
      ],
      2,
      2,
    );
    expect(status).toBe("converged");
  });

  test("users and items without ratings get rows of zeros", async () => {
    const { status, params, objective } = await trainOn(
      [
        [1, 2, 5],
        [1, 0, 1],
        [3, 2, 2],
      ],
      5,
      4,
    );
    expect(status).toBe("converged");
    const { stride, itemsAt } = placesOf(objective.shape);
    const empty = [0, 2 * stride, 4 * stride, itemsAt + stride, itemsAt + 3 * stride];
    for (const at of empty) expect(params.subarray(at, at + stride).every((x) => x === 0)).toBe(true);
  });

  test("ratings that are all alike: a fixed mean of that rating needs nothing else, a learned one becomes it", async () => {
    const triples = [0, 1, 2].flatMap((u) => [0, 1, 2].map((i) => [u, i, 3.3] as const));
    const trained = await trainOn(triples, 3, 3);
    expect(trained.status).toBe("converged");
    expectNear(predictions(trained), new Array(9).fill(3.3), 1e-8);
    expect(trained.value).toBeLessThan(1e-12);
  });
});

test.each(Object.entries(ways))(
  "%s: without factors to speak of, biases are ridge regression in closed form",
  async (_, begun) => {
    // λ far above σ₁ of the residual leaves biases alone: (Z'Z + λ_b·I)β = Z'(rating − mean), one user a group.
    const triples: Triple[] = [
      [0, 0, 5],
      [1, 0, 2],
      [1, 0, 3],
    ];
    const settings = settingsOf({ l2: 1e6, l2Bias: 2, mean: { kind: "fixed", value: 3 } });
    const { params } = await begun(factorization(settings, interactionsFrom(triples, 2, 1)), {
      kernels,
      tolerance: 1e-10,
    });
    const [b0, b1, c] = [params[3], params[7], params[11]];
    expect(params.filter((_, k) => k % 4 < 3).every((x) => Math.abs(x) < 1e-10)).toBe(true);
    // The three normal equations, by hand.
    expectNear([3 * b0 + c, 4 * b1 + 2 * c, b0 + 2 * b1 + 5 * c], [5 - 3, 2 + 3 - 6, 5 + 2 + 3 - 9], 1e-9);
  },
);

test.each(Object.entries(ways))("%s: one factor and one rating, in closed form", async (_, begun) => {
  // J = ½(pq − r)² + ½λ(p² + q²): p = q = √(r − λ) for r > λ, else zero; J* = rλ − ½λ² or ½r².
  for (const [rating, l2] of [
    [5, 2],
    [3, 0.5],
    [1, 2],
  ]) {
    const settings = settingsOf({ factors: 1, biases: false, mean: { kind: "fixed", value: 0 }, l2 });
    const trained = await begun(factorization(settings, interactionsFrom([[0, 0, rating]], 1, 1)), { kernels });
    const root = Math.sqrt(Math.max(0, rating - l2));
    expectNear(trained.params, [root, root], 1e-7);
    expectNear([trained.value], [rating > l2 ? rating * l2 - (l2 * l2) / 2 : (rating * rating) / 2], 1e-12);
  }
});

test.each(Object.entries(ways))(
  "%s: a checkerboard comes out as it is painted, from any seed, missing tiles included",
  async (_, begun) => {
    const { interactions } = checkerboard({ users: 16, items: 12, missing: 0.3 });
    const settings = settingsOf({ factors: 2, l2: 1, l2Bias: 1 });
    const [first, second] = [1, 6].map((seed) => begun(factorization(settings, interactions), { kernels, seed }));
    expect((await first).status).toBe("converged");
    expectNear(predictions(await second), predictions(await first), 1e-6);
    predictions(await first).forEach((x, k) => {
      const match = Math.floor(k / 12) % 2 === (k % 12) % 2;
      if (match) expect(x).toBeGreaterThan(3.5);
      else expect(x).toBeLessThan(2.5);
    });
  },
);

test("no step of Newton's raises J, however far from an optimum it begins", async () => {
  const objective = objectiveOn(tastes(), { l2: 0.5 });
  for (let seed = 1; seed <= 6; seed++) {
    const values: number[] = [];
    await descend(objective, { kernels }, async (descent) => {
      descent.session.setPoint(anyParams(objective, seed).map((x, k, { length }) => (k < length - 1 ? 2 * x : x)));
      const report = ({ objective: value = Number.NaN }) => values.push(value);
      await newton({ ...descent, report }, { maxSteps: 15, fallbackSweeps: 0 });
      return finish(descent);
    });
    expect(values.length).toBeGreaterThan(3);
    values.slice(1).forEach((value, k) => {
      expect(value).toBeLessThanOrEqual(values[k] * (1 + 1e-12));
    });
  }
});

test("converged is a gradient within the tolerance, however near it comes", async () => {
  for (const [, settings] of forms.slice(0, 3)) {
    const objective = factorization(settings, tastes());
    const verbs = {
      train: (tolerance: number) => train(objective, { kernels, tolerance }),
      reoptimise: (tolerance: number) => reoptimise(objective, anyParams(objective), { kernels, tolerance }),
    };
    for (const verb of Object.values(verbs)) {
      // As far as arithmetic allows, and a tolerance a little below.
      const { gradientNorm: least } = await verb(1e-300);
      for (const tolerance of [least / 30, least / 300]) {
        const { status, gradientNorm } = await verb(tolerance);
        expect(gradientNorm).toBeGreaterThan(tolerance);
        expect(status).toBe("step-limit");
      }
      expect(await verb(1e-6)).toMatchObject({ status: "converged" });
    }
  }
});

describe("stopping", () => {
  const objective = objectiveOn(tastes());
  const verbs = {
    train: (signal: AbortSignal, onProgress?: (progress: Progress) => void) =>
      train(objective, { kernels, signal, onProgress }),
    reoptimise: (signal: AbortSignal, onProgress?: (progress: Progress) => void) =>
      reoptimise(objective, anyParams(objective), { kernels, signal, onProgress }),
  };
  for (const [name, verb] of Object.entries(verbs)) {
    test(`${name} asked before the start throws "aborted"`, async () => {
      await expect(verb(AbortSignal.abort())).rejects.toMatchObject({ name: "LetheError", code: "aborted" });
    });

    test(`${name} asked on the way throws "aborted" before the next report`, async () => {
      const controller = new AbortController();
      let reports = 0;
      const stopped = verb(controller.signal, () => {
        reports++;
        if (reports === 3) controller.abort();
      });
      await expect(stopped).rejects.toMatchObject({ code: "aborted" });
      expect(reports).toBe(3);
    });

    test(`${name} tells its progress: fractions in 0 … 1, J and ‖∇J‖ as they are`, async () => {
      const told: Progress[] = [];
      await verb(new AbortController().signal, (progress) => told.push(progress));
      expect(told.length).toBeGreaterThan(3);
      for (const { fraction, objective: j, gradientNorm } of told) {
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction).toBeLessThan(1);
        expect(j).toBeGreaterThan(0);
        expect(gradientNorm).toBeGreaterThanOrEqual(0);
      }
    });
  }
});

test("the model of a trained objective scores with its mean, learned or fixed", async () => {
  for (const [, settings] of forms) {
    const objective = factorization(settings, tastes());
    const trained = await train(objective, { kernels });
    // J of a model is half its squared errors and the penalty, so errors reappear from J alone.
    const { users, items, ratings, size } = objective.interactions;
    const all = predictions(trained);
    let squares = 0;
    for (let row = 0; row < size; row++) squares += (all[users[row] * 20 + items[row]] - ratings[row]) ** 2;
    const { value } = evaluate(objective, trained.params);
    expect(squares / 2).toBeLessThan(value);
    const model = modelOf(trained);
    expect(model.fixedMean).toBe(settings.mean.kind === "fixed" ? 3.3 : 0);
  }
});
