/** Laws of training by batches: the steps, their stationary points, resuming, stopping, and the same bytes every time. */

import { describe, expect, test } from "vitest";
import { dot, norm } from "../../../src/numeric/vector.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import { bpr, logistic, multinomial, squared } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import type { Progress } from "../../../src/run.ts";
import { batchLog } from "../../../src/training/batches/batch-log.ts";
import type { Checkpoint } from "../../../src/training/batches/checkpoint.ts";
import { type Recipe, standardRecipe } from "../../../src/training/batches/recipe.ts";
import { trainByBatches } from "../../../src/training/batches/train.ts";
import { newtonMinimise } from "../../../src/training/newton/newton.ts";
import { additiveObjective, built, factorObjective, few, losses } from "../../support/additive.ts";
import { run, runWith } from "../../support/run.ts";
import { expectNear, tastes } from "../../support/small.ts";

const plain: Recipe = {
  ...standardRecipe,
  optimizer: "sgd",
  learningRate: 0.05,
  batch: 1e6,
  epochs: 1,
  redraw: false,
};

function gradientAt(objective: Objective, params: Float64Array): Float64Array {
  const gradient = new Float64Array(params.length);
  objective.evaluate(params, gradient);
  return gradient;
}

/** Where training begins: the parameters before the first batch. */
async function startOf(objective: Objective, seed = 1): Promise<Float64Array> {
  return (await trainByBatches(objective, { ...plain, epochs: 0 }, run, { seed })).params;
}

const cases = losses.flatMap((loss) =>
  (["table", "interaction"] as const).flatMap((regularizer) =>
    [true, false].map((local) => ({ loss, regularizer, local })),
  ),
);

describe("a step", () => {
  for (const { loss, regularizer, local } of cases)
    test(`on all units is θ − η·∇J/n (${loss.name}, ${regularizer} L2, ${local ? "rows" : "dense"})`, async () => {
      const objective = additiveObjective(few(), loss, { regularizer, model: { local } });
      const start = await startOf(objective);
      const { params, value, gradientNorm } = await trainByBatches(objective, plain, run, { seed: 1 });
      const gradient = gradientAt(objective, start);
      expectNear(
        params,
        start.map((x, k) => x - (0.05 * gradient[k]) / objective.units.length),
      );
      expect(value).toBeCloseTo(objective.evaluate(params), 10);
      expect(gradientNorm).toBeCloseTo(norm(gradientAt(objective, params)), 10);
    });

  for (const { loss, regularizer, local } of cases)
    test(`is a share of J's: an epoch of tiny ones adds up to ∇J (${loss.name}, ${regularizer}, ${local ? "rows" : "dense"})`, async () => {
      const objective = additiveObjective(tastes(), loss, { regularizer, model: { local } });
      const start = await startOf(objective);
      const learningRate = 1e-8;
      // 260 rows and 30 users: all batches are full.
      const { params } = await trainByBatches(objective, { ...plain, learningRate, batch: 10 }, run, { seed: 1 });
      const moved = params.map((x, k) => ((start[k] - x) * 10) / learningRate);
      const gradient = gradientAt(objective, start);
      expectNear(moved, gradient, 1e-5, { floor: norm(gradient) });
    });

  test("moves no row that its batch does not touch, and a row with momentum only while it is touched", async () => {
    const objective = factorObjective(tastes(), bpr);
    for (const optimizer of ["adam", "sgd"] as const) {
      const log = batchLog();
      const recipe = { ...plain, optimizer, momentum: optimizer === "sgd" ? 0.9 : 0, batch: 1, epochs: 2 };
      await trainByBatches(objective, recipe, run, { seed: 1, onBatch: log.onBatch });
      const { users, items, userCount } = objective.interactions;
      for (let n = 0; n + 1 < 40; n++) {
        const [before, after] = [log.records[n].params, log.records[n + 1].params] as Float64Array[];
        const [row] = log.records[n].units;
        const touched = new Set([
          users[row],
          ...[items[row], ...objective.negatives.subarray(2 * row, 2 * row + 2)].map((item) => userCount + item),
        ]);
        const moved = new Set([...before.keys()].filter((k) => before[k] !== after[k]).map((k) => Math.floor(k / 3)));
        expect([...moved].sort()).toEqual([...touched].sort());
      }
    }
  });
});

describe("the stationary points are those of J", () => {
  // A softmax over items without rows has no minimum where their L2 is scaled by no rows.
  for (const { loss, regularizer, local } of cases.filter((c) => c.loss !== multinomial || c.regularizer === "table"))
    test(`Adam on all units comes to Newton's optimum (${loss.name}, ${regularizer}, ${local ? "rows" : "dense"})`, async () => {
      const objective = additiveObjective(few(), loss, { regularizer, model: { local } });
      const recipe: Recipe = { ...plain, optimizer: "adam", learningRate: 0.1, decay: 0.995, epochs: 2500 };
      const trained = await trainByBatches(objective, recipe, run, { seed: 1 });
      const optimum = await newtonMinimise(objective, await startOf(objective), run);
      expectNear(trained.params, optimum.params, 1e-4);
    });

  for (const optimizer of ["adam", "sgd"] as const)
    for (const local of [true, false])
      test(`small batches come near it (${optimizer}, ${local ? "rows" : "dense"})`, async () => {
        const objective = additiveObjective(tastes(), squared, { l2: 5, l2Shared: 5, model: { local } });
        const optimum = await newtonMinimise(objective, new Float64Array(objective.parameterCount), run);
        const recipe: Recipe = {
          ...{ ...plain, optimizer, batch: 13, decay: 0.99, epochs: 500 },
          learningRate: optimizer === "adam" ? 0.05 : 0.5,
        };
        const { params } = await trainByBatches(objective, recipe, run, { seed: 1 });
        const start = await startOf(objective);
        const away = (from: Float64Array) => norm(from.map((x, k) => x - optimum.params[k]));
        expect(away(params)).toBeLessThan(1e-2 * away(start));
      });

  test("polishing and the recipe newton end there, and say converged", async () => {
    const objective = factorObjective(tastes(), bpr);
    for (const over of [
      { polish: true },
      { optimizer: "newton" as const, redraw: true },
      { optimizer: "newton" as const, epochs: 0 },
    ]) {
      const recipe = { ...standardRecipe, learningRate: 0.02, batch: 32, epochs: 5, ...over };
      const { params, status, gradientNorm } = await trainByBatches(objective, recipe, run, { seed: 1 });
      expect(status).toBe("converged");
      // Where kernels of its own minimised it, the sums ran in another order.
      expect(Math.abs(norm(gradientAt(objective, params)) - gradientNorm)).toBeLessThanOrEqual(1e-10);
      expect(gradientNorm).toBeLessThanOrEqual(1e-8);
    }
  });
});

const watched: Recipe = { ...standardRecipe, learningRate: 0.02, batch: 17, epochs: 6, decay: 0.9 };

describe("resuming", () => {
  const recipes: Partial<Recipe>[] = [{}, { optimizer: "sgd", momentum: 0.8 }, { optimizer: "sgd" }, { polish: true }];
  for (const over of recipes)
    test(`goes on to the same bytes (${JSON.stringify(over)})`, async () => {
      const objective = factorObjective(tastes(), bpr);
      const recipe = { ...watched, ...over };
      const validate = (params: Float64Array) => ({ metric: "loss", value: -objective.evaluate(params) });
      const kept: Checkpoint[] = [];
      const whole = await trainByBatches(objective, recipe, run, {
        seed: 2,
        validate,
        onEpoch: (c) => void kept.push(c),
      });
      expect(kept.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
      for (const resume of [kept[0], kept[3], kept[5]])
        expect(await trainByBatches(objective, recipe, run, { seed: 2, validate, resume })).toEqual(whole);
    });

  test("refuses what was made with something else", async () => {
    const objective = factorObjective(tastes(), bpr);
    const kept: Checkpoint[] = [];
    await trainByBatches(objective, watched, run, { seed: 1, onEpoch: (c) => void kept.push(c) });
    const [resume] = kept;
    const other = trainByBatches(objective, { ...watched, optimizer: "sgd" }, run, { seed: 1, resume });
    await expect(other).rejects.toMatchObject({ code: "bad-input" });
    const bigger = trainByBatches(factorObjective(tastes(), bpr, { model: { factors: 4 } }), watched, run, {
      seed: 1,
      resume,
    });
    await expect(bigger).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe("validation", () => {
  const scripted = (values: readonly number[]) => {
    let epoch = 0;
    return () => ({ metric: "script", value: values[epoch++] });
  };

  test("stops without a better epoch for so long, and takes the best", async () => {
    const objective = factorObjective(tastes(), bpr);
    const validate = scripted([1, 3, 2, 3, Number.NaN, 9]);
    const walked = await trainByBatches(objective, { ...watched, patience: 3 }, run, { seed: 1, validate });
    expect(walked.log.map(({ validation }) => validation?.value)).toEqual([1, 3, 2, 3, Number.NaN]);
    expect(walked.epochs).toBe(2);
    const short = await trainByBatches(objective, { ...watched, epochs: walked.epochs }, run, { seed: 1 });
    expect(walked.params).toEqual(short.params);
  });

  test("without patience runs to the end, and takes the best all the same", async () => {
    const objective = factorObjective(tastes(), bpr);
    const walked = await trainByBatches(objective, watched, run, { seed: 1, validate: scripted([1, 2, 5, 4, 5, 0]) });
    expect([walked.log.length, walked.epochs]).toEqual([6, 3]);
  });
});

describe("the log", () => {
  test("has the mean loss of every epoch as its batches found it, and the learning rates", async () => {
    const objective = factorObjective(tastes(), bpr);
    const seen = [0, 0];
    const { log } = await trainByBatches(objective, { ...watched, epochs: 2, redraw: false }, run, {
      seed: 1,
      onBatch: ({ epoch, params, units }) => {
        seen[epoch] += objective.addLoss(params, units) / objective.units.length;
      },
    });
    expectNear(
      log.map(({ loss }) => loss),
      seen,
    );
    expectNear(
      log.map(({ learningRate }) => learningRate),
      [0.02, 0.018],
    );
  });

  test("of batches retraces plain descent", async () => {
    const objective = additiveObjective(tastes(), logistic, { model: { local: false } });
    const log = batchLog(3);
    await trainByBatches(objective, { ...plain, batch: 50, epochs: 2 }, run, { seed: 1, onBatch: log.onBatch });
    expect(log.records.map(({ step, params }) => (params ? step : -1))).toEqual([
      0, -1, -1, 3, -1, -1, 6, -1, -1, 9, -1, -1,
    ]);
    const params = log.records[0].params?.slice() as Float64Array;
    for (const { units, learningRate } of log.records.slice(0, 3)) {
      const gradient = new Float64Array(params.length);
      objective.addLoss(params, units, gradient);
      for (const { from, to, weight } of objective.penalty.stretches)
        for (let k = from; k < to; k++) gradient[k] += (units.length / 260) * weight * params[k];
      for (let k = 0; k < params.length; k++) params[k] -= (learningRate / units.length) * gradient[k];
    }
    expectNear(params, log.records[3].params as Float64Array);
  });
});

test("numbers that run away stop training with the last good parameters, and words", async () => {
  const objective = additiveObjective(few(), squared);
  const kept: Checkpoint[] = [];
  const recipe = { ...plain, learningRate: 4, batch: 5, epochs: 500, polish: true };
  const walked = await trainByBatches(objective, recipe, run, { seed: 1, onEpoch: (c) => void kept.push(c) });
  expect(walked.status).toBe("breakdown");
  expect(walked.breakdown).toMatch(/ran away in epoch \d+/);
  expect(walked.log.length).toBeLessThan(500);
  expect(walked.params).toEqual(kept.at(-1)?.params);
  const longer = additiveObjective(tastes(), squared);
  const wild = await trainByBatches(longer, { ...recipe, learningRate: 1e6, batch: 1 }, run, { seed: 1 });
  expect([wild.status, wild.params]).toEqual(["breakdown", await startOf(longer)]);
  expect(Number.isFinite(wild.value)).toBe(true);
});

describe("the same", () => {
  test("bytes come of the same objective, recipe and seed, and others of another seed", async () => {
    const objective = factorObjective(tastes(), bpr);
    const [one, two, other] = [
      await trainByBatches(objective, watched, run, { seed: 1 }),
      await trainByBatches(objective, watched, run, { seed: 1 }),
      await trainByBatches(objective, watched, run, { seed: 2 }),
    ];
    expect(two.params).toEqual(one.params);
    expect(dot(one.params, one.params)).not.toBe(dot(other.params, other.params));
  });

  test("bytes come of an objective without rows and of one that never had them", async () => {
    const sampling = { perRow: 2, seed: 5, semantics: "honest" as const };
    const objective = factorObjective(tastes(), bpr, { sampling });
    const gone = Uint32Array.of(3, 50, 51, 259);
    const without = objective.without(gone);
    const never = differentiable(objective.settings, objective.interactions.without(gone));
    expect((await trainByBatches(without, watched, run, { seed: 1 })).params).toEqual(
      (await trainByBatches(never, watched, run, { seed: 1 })).params,
    );
  });

  test("model serves all epochs, however often negatives are drawn", async () => {
    const objective = additiveObjective(tastes(), bpr);
    built.times = 0;
    await trainByBatches(objective, watched, run, { seed: 1 });
    expect(built.times).toBe(0);
    const kept = await trainByBatches(objective, { ...watched, redraw: false }, run, { seed: 1 });
    expect(kept.params).not.toEqual((await trainByBatches(objective, watched, run, { seed: 1 })).params);
  });
});

test("rows that no example reads are zero", async () => {
  const { params } = await trainByBatches(additiveObjective(few(), bpr), watched, run, { seed: 1 });
  // The last of four users and the last two of five items; an item without rows is not drawn.
  expect([...params.keys()].filter((k) => params[k] === 0)).toEqual([3, 7, 8]);
});

test("progress grows from 0 to 1 with the objective in it, and an abort is heard", async () => {
  const objective = factorObjective(tastes(), bpr);
  const fractions: number[] = [];
  const recipe = { ...watched, polish: true };
  const onProgress = ({ phase, fraction, objective: value }: Progress) => {
    expect(Number.isFinite(value)).toBe(true);
    if (phase === "epoch") fractions.push(fraction);
    else expect(fraction).toBeGreaterThanOrEqual(0.5);
  };
  await trainByBatches(objective, recipe, runWith({}, { onProgress }), { seed: 1 });
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  const stop = new AbortController();
  const aborting = runWith({}, { signal: stop.signal });
  const stopped = trainByBatches(objective, recipe, aborting, { seed: 1, onEpoch: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
});

test("recipes that cannot be followed are refused by name", async () => {
  const objective = factorObjective(tastes(), multinomial);
  const wrong: Partial<Recipe>[] = [
    { learningRate: 0 },
    { momentum: 1, optimizer: "sgd" },
    { momentum: 0.5 },
    { decay: 1.1 },
    { batch: 0 },
    { epochs: 1.5 },
    { patience: -1 },
  ];
  for (const over of wrong)
    await expect(trainByBatches(objective, { ...watched, ...over }, run, { seed: 1 })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(Object.keys(over)[0]),
    });
  const start = new Float64Array(2);
  await expect(trainByBatches(objective, watched, run, { seed: 1, start })).rejects.toMatchObject({
    code: "bad-input",
  });
});
