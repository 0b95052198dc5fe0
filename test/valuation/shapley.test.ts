/** Laws of Shapley values: games with closed forms, and a model that is trained on every subset. */

import { describe, expect, test } from "vitest";
import { leaveOneOut } from "../../src/influence/index.ts";
import { groupPlayers, makeNamed, measureOf } from "../../src/method/index.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { train } from "../../src/training/index.ts";
import { valuers } from "../../src/valuation/index.ts";
import { shapleyOf } from "../../src/valuation/shapley.ts";
import { run } from "../support/run.ts";
import { expectNear, kernels, objectiveOn, tastes } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";
import { additive, airport, gameOf, gloves, majority, unanimity } from "./games.ts";

describe("games with closed forms", () => {
  test.each([
    ["additive", additive([3, -1, 0.5, 0]), [3, -1, 0.5, 0]],
    ["unanimity", unanimity([0, 2, 3]), [1 / 3, 0, 1 / 3, 1 / 3]],
    ["majority", majority, [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
    ["gloves", gloves(1), [3 / 4, 1 / 12, 1 / 12, 1 / 12]],
    ["airport", airport([1, 2, 4, 4]), [1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3 + 1, 1 / 4 + 1 / 3 + 1]],
  ] as const)("%s", async (_, worth, expected) => {
    const { values, evaluations } = await shapleyOf(gameOf(4, worth));
    expectNear(values, expected, 1e-12);
    expect(evaluations).toBe(16);
  });
});

test("two players of a trained model share what they add together, and one alone is leave-one-out", async () => {
  const objective = objectiveOn(tastes(), { l2: 2 });
  const model = modelFrom(await train(objective, { kernels }));
  const { byUser } = model.interactions;
  const rowsOf = (user: number) => byUser.rows.slice(byUser.start[user], byUser.start[user + 1]);
  const measures = [measureOf(scoreTarget(3, 5), "rating"), measureOf(scoreTarget(1, 2), "rating")];
  const worthBy = async (of: typeof leaveOneOut, groups: readonly Uint32Array[]) => {
    const prepared = await of.make({}).prepare(model, run);
    const { values } = await prepared.estimate(measures, groupPlayers(groups));
    prepared.close();
    return values;
  };
  const prepared = await makeNamed(valuers, "shapley", model).prepare(model, run);
  const both = await prepared.estimate(measures, groupPlayers([rowsOf(3), rowsOf(4)]));
  const alone = await prepared.estimate(measures, groupPlayers([rowsOf(3)]));
  prepared.close();
  const together = await worthBy(leaveOneOut, [Uint32Array.from([...rowsOf(3), ...rowsOf(4)])]);
  const single = await worthBy(leaveOneOut, [rowsOf(3)]);
  expectNear(alone.values, single, 1e-7);
  for (const m of [0, 1]) {
    expect(Math.abs(together[m])).toBeGreaterThan(1e-4);
    expectNear([both.values[2 * m] + both.values[2 * m + 1]], [together[m]], 1e-7);
  }
});
