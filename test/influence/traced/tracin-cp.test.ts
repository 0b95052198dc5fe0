/** TracIn at checkpoints against plain loops over all parameters, and against TracIn itself where the two meet. */

import { describe, expect, test } from "vitest";
import { tracin, tracinCp } from "../../../src/influence/index.ts";
import { checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { marginTarget, scoreTarget } from "../../../src/objective/target.ts";
import { batchLog } from "../../../src/training/batches/batch-log.ts";
import { slowRowGradient, slowTargetGradient, takenAwayGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf, smoothOf } from "../../support/trained.ts";
import { walked, walkedNames } from "../../support/walked.ts";

const target = marginTarget(3, 1, 6);

describe("tracin-cp", () => {
  test.each(walkedNames.filter((name) => name !== "mult-vae"))(
    "is the weighed sum of inner products of gradients at the checkpoints (%s)",
    async (name) => {
      const model = await walked(name);
      const rows = allRows(model.interactions);
      const checkpoints = await checkpointsOf(model, 3, run);
      const wanted = new Float64Array(rows.length);
      for (const { objective, params, rates } of checkpoints) {
        const gradient = slowTargetGradient(objective, params, target);
        for (const row of rows)
          wanted[row] -= (rates / rows.length) * dot(gradient, slowRowGradient(objective, params, row));
      }
      const { scores } = await influenceOf(tracinCp, model, target, rows, { checkpoints: 3 });
      expectNear(scores, wanted, 1e-12);
    },
  );

  test.each([
    ["mf-squared", {}],
    ["mf-squared", { model: { biases: true, mean: "learned" }, l2Bias: 0.2 }],
    ["mf-squared", { model: { biases: true, mean: 1 }, l2: 0 }],
    ["mf-bpr", {}],
    ["mf-items", {}],
    ["mlp", {}],
  ] as const)("counts the interaction L2 that rows carry (%s, %j)", async (name, over) => {
    const model = await walked(name, {}, { regularizer: "interaction", ...over });
    const rows = allRows(model.interactions);
    const wanted = new Float64Array(rows.length);
    for (const { objective, params, weight } of await checkpointsOf(model, 2, run)) {
      const gradient = slowTargetGradient(objective, params, target);
      for (const row of rows) wanted[row] -= weight * dot(gradient, takenAwayGradient(objective, params, row));
    }
    const { scores } = await influenceOf(tracinCp, model, target, rows, { checkpoints: 2 });
    expectNear(scores, wanted, 1e-10);
  });

  test.each(["mf-squared", "mf-bpr", "mlp", "light-gcn", "mult-vae"] as const)(
    "is tracin where every batch has all rows and every step is a checkpoint (%s)",
    async (name) => {
      const model = await walked(name, { batch: 1000 }, { regularizer: "interaction" });
      const rows = allRows(model.interactions);
      const { scores } = await influenceOf(tracinCp, model, target, rows, { checkpoints: 1000 });
      const steps = await influenceOf(tracin, model, target, rows);
      expectNear(scores, steps.scores, 1e-12, { floor: 1e-6 });
      expect(Math.max(...steps.scores.map(Math.abs))).toBeGreaterThan(1e-6);
    },
  );

  test("rows that say the same count the same, which they do not step by step", async () => {
    const model = await walked("mf-squared", { batch: 1 });
    const last = model.interactions.size - 1;
    const { users, items } = model.interactions;
    const first = users.findIndex((user, row) => user === users[last] && items[row] === items[last]);
    const rows = Uint32Array.of(first, last);
    const on = scoreTarget(users[last], items[last]);
    const [one, other] = (await influenceOf(tracinCp, model, on, rows)).scores;
    expect(one).not.toBe(0);
    expect(other).toBe(one);
    const [step, another] = (await influenceOf(tracin, model, on, rows)).scores;
    expect(another).not.toBe(step);
  });
});

describe("checkpoints", () => {
  test.each([1, 3, 10, 11, 1000])("%d of them share out the learning rates of all steps", async (count) => {
    const model = await walked("mf-bpr", { batch: 13, epochs: 3, decay: 0.5 });
    const perEpoch = Math.ceil(model.interactions.size / 13);
    const found = await checkpointsOf(model, count, run);
    expect(found.length).toBe(Math.min(count, 3 * perEpoch));
    const total = found.reduce((sum, { rates }) => sum + rates, 0);
    expectNear([total], [0.4 * perEpoch * (1 + 0.5 + 0.25)]);
    expectNear(
      found.map(({ weight }) => weight * model.interactions.size),
      found.map(({ rates }) => rates),
    );
  });

  test("each is the model before the middle one of its steps, with the negatives of the epoch", async () => {
    const model = await walked("mf-bpr", { batch: 13, epochs: 3, decay: 1 });
    const log = batchLog();
    const { interactions, keys } = model;
    await model.trainer.train({ interactions, keys }, model.seed, { ...run, onBatch: log.onBatch });
    let begin = 0;
    for (const { objective, params, rates } of await checkpointsOf(model, 4, run)) {
      const end = begin + Math.round(rates / 0.4);
      const step = log.records.findIndex((record) => record.params?.every((x, k) => x === params[k]));
      expect(Math.abs(step - begin - (end - 1 - step))).toBeLessThanOrEqual(1);
      const { epoch } = log.records[step];
      expect(objective.negatives).toEqual(smoothOf(model).objective.redrawn(epoch).negatives);
      begin = end;
    }
    expect(begin).toBe(log.records.length);
  });
});
