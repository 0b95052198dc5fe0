/** Laws of Cook's distance: exact against training again, first order against the influence of every score. */

import { expect, test } from "vitest";
import { influenceFunction } from "../../src/influence/index.ts";
import { groupPlayers, interactionPlayers, makeNamed, measureOf, ownOf } from "../../src/method/index.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { train } from "../../src/training/index.ts";
import { valuers } from "../../src/valuation/index.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, kernels, objectiveOn, tastes } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";

const objective = objectiveOn(tastes());
const model = modelFrom(await train(objective, { kernels, tolerance: 1e-11 }));
const pairs = { users: objective.interactions.users, items: objective.interactions.items };
const sets = [[3], [40], [5, 6, 7]].map((rows) => Uint32Array.from(rows));

async function distances(settings: Record<string, string>) {
  const prepared = await makeNamed(valuers, "cooks-distance", model, settings).prepare(model, run);
  const found = await ownOf(prepared, model, groupPlayers([...sets, new Uint32Array(0)]));
  prepared.close();
  return found;
}

test("exact distances are those to a model that was trained again from another seed, in the canonical gauge", async () => {
  const [scores, params] = [await distances({}), await distances({ of: "parameters" })];
  for (const [k, rows] of sets.entries()) {
    const again = modelFrom(await train(objective.without(rows), { kernels, tolerance: 1e-11, seed: 9 }));
    const gap = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((x, n) => x - b[n]));
    expect(scores.values[k]).toBeCloseTo(gap(model.scores(pairs), again.scores(pairs)), 6);
    const [here, there] = [model.smooth?.params, again.smooth?.params];
    expect(params.values[k]).toBeCloseTo(gap(here as Float64Array, there as Float64Array), 6);
  }
  expect(scores.values[3]).toBe(0);
});

test("first-order distances of scores are to first order the norm of all scores' influences", async () => {
  const found = await distances({ by: "first-order" });
  const measures = Array.from(allRows(objective.interactions), (row) =>
    measureOf(scoreTarget(pairs.users[row], pairs.items[row]), "rating"),
  );
  const prepared = await influenceFunction.make({}).prepare(model, run);
  const { values } = await prepared.estimate(measures, groupPlayers(sets));
  prepared.close();
  const wanted = sets.map((_, k) => Math.hypot(...measures.map((__, m) => values[m * sets.length + k])));
  // The scores of the moved model have products of two moves beside.
  expectNear(found.values.subarray(0, 3), wanted, 0.05);
  const exact = await distances({});
  for (let k = 0; k < 2; k++) expect(found.values[k] / exact.values[k]).toBeGreaterThan(0.4);
  for (let k = 0; k < 2; k++) expect(found.values[k] / exact.values[k]).toBeLessThan(1.1);
});

test("it is the same whatever is measured", async () => {
  const prepared = await makeNamed(valuers, "cooks-distance", model).prepare(model, run);
  const measures = [measureOf(scoreTarget(0, 1), "rating"), measureOf(scoreTarget(5, 2), "rating")];
  const { values } = await prepared.estimate(measures, interactionPlayers(Uint32Array.of(3, 40)));
  expect([...values.subarray(0, 2)]).toEqual([...values.subarray(2)]);
  prepared.close();
});
