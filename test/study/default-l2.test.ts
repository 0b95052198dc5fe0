import { expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import type { Progress } from "../../src/run.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { planOn } from "../../src/study/choosing/l2.ts";
import { dataOf, objectiveOf, planOf } from "../../src/study/choosing/plan.ts";
import { refit } from "../../src/training/refit.ts";
import { exact } from "../../src/unlearning/exact.ts";
import { run } from "../support/run.ts";

const dataset = plantedFactors({ users: 40, items: 25, ratings: 420, factors: 2, noise: 0.5, seed: 2 });
const some = Uint32Array.from({ length: 60 }, (_, k) => 5 * k);

test.each(["mf", "ials"])(
  "%s without λ is trained with one that follows from the data, and keeps it",
  async (model) => {
    const { trained, plan } = await trainOn(dataset, planOf({ model, settings: { factors: 2 } }), run);
    const l2 = trained.smooth?.objective.settings.l2;
    expect(plan).toMatchObject({ l2From: "data", settings: { l2 } });
    expect(l2).not.toBe(1);
    const given = await trainOn(dataset, planOf({ model, settings: { factors: 2 }, l2, l2Bias: 5 }), run);
    expect(given.trained.smooth?.params).toEqual(trained.smooth?.params);
    expect(given.plan.l2From).toBe("given");
    const forgotten = await exact.make({}).forget(trained, some, run);
    const again = await refit(trained, some, 3, run);
    for (const left of [forgotten.model, again]) expect(left.smooth?.objective.settings.l2).toBe(l2);
  },
);

test("progress tells that λ is being found, and never goes back", async () => {
  const told: Progress[] = [];
  const onProgress = (progress: Progress) => void told.push(progress);
  await trainOn(dataset, planOf({ model: "mf", settings: { factors: 2 } }), { ...run, onProgress });
  expect(told[0]).toMatchObject({ phase: "finding λ", step: 1, fraction: 0 });
  expect(told.some(({ phase }) => phase === "continuing")).toBe(true);
  for (let k = 1; k < told.length; k++) expect(told[k].fraction).toBeGreaterThanOrEqual(told[k - 1].fraction);
});

test("members have the λ of as many rows as they hold", async () => {
  const large = plantedFactors({ users: 200, items: 80, ratings: 6000, factors: 4, noise: 1, seed: 2 });
  const settings = { factors: 8 };
  const whole = await planOn(planOf({ model: "mf", settings }), large, run);
  const { trained, plan } = await trainOn(large, planOf({ model: "mf", settings, sharding: { shards: 4 } }), run);
  expect(plan.l2).toBeLessThan(whole.l2);
  for (const { model } of trained.shards ?? []) expect(model.smooth?.objective.settings.l2).toBe(plan.l2);
});

test("a plan without λ trains nothing and has no objective until it is on its data; by batches λ is 1", async () => {
  const open = planOf({ model: "mf" });
  await expect(open.trainer.train(dataOf(dataset), 1, run)).rejects.toMatchObject({ code: "bad-input", place: "l2" });
  expect(() => objectiveOf(open, dataset)).toThrow("no `l2` yet");
  expect(planOf({ model: "light-gcn" })).toMatchObject({ l2From: "usual", settings: { l2: 1 } });
});
