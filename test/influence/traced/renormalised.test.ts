/** TracIn by the direction of gradients alone, at checkpoints and at every step. */

import { describe, expect, test } from "vitest";
import { gas, renormalisedTracin } from "../../../src/influence/index.ts";
import { checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import { groupPlayers, measureOf } from "../../../src/method/index.ts";
import { dot, norm } from "../../../src/numeric/vector.ts";
import { fitTarget, marginTarget, scoreTarget, type Target } from "../../../src/objective/target.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { trajectoryOf } from "../../../src/training/trajectory/trajectory.ts";
import { slowRowGradient, slowTargetGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf } from "../../support/trained.ts";
import { walked } from "../../support/walked.ts";

const target = marginTarget(3, 1, 6);

function cosine(a: Float64Array, b: Float64Array): number {
  const size = norm(a) * norm(b);
  return size > 0 ? dot(a, b) / size : 0;
}

async function gasOf(model: TrainedModel, players: readonly Uint32Array[], asked: Target): Promise<Float64Array> {
  const prepared = await gas.make({ checkpoints: 3 }).prepare(model, run);
  return (await prepared.estimate([measureOf(asked, model.unit)], groupPlayers(players))).values;
}

describe("gas", () => {
  test.each(["mf-squared", "mf-bpr", "gmf", "mlp", "light-gcn"] as const)(
    "is the weighed sum of cosines, of rows and of the sum of a player's rows (%s)",
    async (name) => {
      const model = await walked(name);
      const checkpoints = await checkpointsOf(model, 3, run);
      const players = [...[...allRows(model.interactions)].map((row) => Uint32Array.of(row)), Uint32Array.of(0, 5, 9)];
      const wanted = players.map((rows) =>
        checkpoints.reduce((sum, { objective, params, rates }) => {
          const own = new Float64Array(params.length);
          objective.addLoss(params, rows, own);
          return sum - rates * cosine(slowTargetGradient(objective, params, target), own);
        }, 0),
      );
      expectNear(await gasOf(model, players, target), wanted, 1e-12);
      const { scores } = await influenceOf(gas, model, target, allRows(model.interactions), { checkpoints: 3 });
      expectNear(scores, wanted.slice(0, -1), 1e-12);
      const most = checkpoints.reduce((sum, { rates }) => sum + rates, 0);
      expect(wanted.every((x) => Math.abs(x) <= most)).toBe(true);
    },
  );

  test("of a row's own fit it is the sum of the learning rates, which none exceeds", async () => {
    const model = await walked("mf-squared");
    const { users, items, ratings } = model.interactions;
    const most = (await checkpointsOf(model, 3, run)).reduce((sum, { rates }) => sum + rates, 0);
    for (const row of [0, 7, 20]) {
      const fit = fitTarget(users[row], items[row], ratings[row]);
      const { scores } = await influenceOf(gas, model, fit, allRows(model.interactions), { checkpoints: 3 });
      expectNear([scores[row]], [most], 1e-12);
      for (const x of scores) expect(Math.abs(x)).toBeLessThanOrEqual(most * (1 + 1e-12));
    }
  });

  test("is 0 where a gradient is 0", async () => {
    const model = await walked("mf-squared");
    const still: Target = { ...scoreTarget(3, 1), slopes: () => Float64Array.of(0) };
    expect(new Set(await gasOf(model, [Uint32Array.of(0), Uint32Array.of(0, 1)], still))).toEqual(new Set([0]));
    const far = model.interactions.users.findIndex((user, row) => user !== 3 && model.interactions.items[row] !== 1);
    expect([...(await gasOf(model, [Uint32Array.of(far), new Uint32Array()], scoreTarget(3, 1)))]).toEqual([0, 0]);
  });
});

describe("renormalised-tracin", () => {
  test.each(["mf-squared", "mf-bpr", "mlp"] as const)(
    "is the sum of cosines over the steps of a row (%s)",
    async (name) => {
      const model = await walked(name);
      const wanted = new Float64Array(model.interactions.size);
      await trajectoryOf(model, run).forwards(({ objective, params, units, learningRate, divisor }) => {
        const asked = slowTargetGradient(objective, params, target);
        for (const row of units)
          wanted[row] -= (learningRate / divisor) * cosine(asked, slowRowGradient(objective, params, row));
      });
      const { scores } = await influenceOf(renormalisedTracin, model, target, allRows(model.interactions));
      expectNear(scores, wanted, 1e-12);
    },
  );
});
