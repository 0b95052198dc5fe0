/** Memorization at checkpoints: one pass over the rows against one question a row. */

import { describe, expect, test } from "vitest";
import { tracinCp } from "../../../src/influence/index.ts";
import { checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import { interactionPlayers, ownOf, ownOneByOne, userPlayers } from "../../../src/method/index.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { slowRowGradient } from "../../support/row-gradient.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { smoothOf } from "../../support/trained.ts";
import { walked, walkedNames } from "../../support/walked.ts";

describe("what rows did to their own fit", () => {
  test.each(
    walkedNames.flatMap((name) =>
      (["table", "interaction"] as const).map((regularizer) => [name, regularizer] as const),
    ),
  )("is that of one question a row (%s, %s L2)", async (name, regularizer) => {
    const model = await walked(name, {}, { regularizer });
    const players = interactionPlayers(allRows(model.interactions).filter((row) => row % 2 === 0));
    const prepared = await tracinCp.make({ checkpoints: 3 }).prepare(model, run);
    const { values, statuses } = await ownOf(prepared, model, players);
    const wanted = await ownOneByOne(prepared, model, players, run);
    expectNear(values, wanted.values, 1e-12, { floor: 1e-3 });
    expect(statuses).toEqual(wanted.statuses);
    expect(values.some((x) => Math.abs(x) > 1e-6)).toBe(true);
  });

  test.each([
    { biases: true, mean: "learned" },
    { biases: "items", mean: 0.5 },
  ] as const)("with biases and a mean, and for users (%j)", async (settings) => {
    const model = await walked("mf-squared", {}, { model: settings, regularizer: "interaction", l2Bias: 0.3 });
    const prepared = await tracinCp.make({ checkpoints: 3 }).prepare(model, run);
    for (const players of [interactionPlayers(allRows(model.interactions)), userPlayers(model.interactions)])
      expectNear(
        (await ownOf(prepared, model, players)).values,
        (await ownOneByOne(prepared, model, players, run)).values,
        1e-12,
        { floor: 1e-3 },
      );
  });

  test("is the squared length of the row's gradient where the fit is minus its loss", async () => {
    const model = await walked("mf-squared");
    const rows = allRows(model.interactions);
    const prepared = await tracinCp.make({ checkpoints: 3 }).prepare(model, run);
    const { values } = await ownOf(prepared, model, interactionPlayers(rows));
    const wanted = new Float64Array(rows.length);
    for (const { objective, params, weight } of await checkpointsOf(model, 3, run))
      for (const row of rows) {
        const own = slowRowGradient(objective, params, row);
        wanted[row] += weight * dot(own, own);
      }
    expectNear(values, wanted, 1e-12);
    expect(values.every((x) => x > 0)).toBe(true);
    expect(smoothOf(model).objective.settings.regularizer).toBe("table");
  });
});
