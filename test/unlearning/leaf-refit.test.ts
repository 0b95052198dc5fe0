/** Forgetting in the leaves of a booster: against a replay of what remains, and against training again. */

import { describe, expect, test } from "vitest";
import { type BoostingPlan, boostingSettings } from "../../src/boosting/settings.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { makeNamed } from "../../src/method/index.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { boosting } from "../../src/training/boosting.ts";
import { refit } from "../../src/training/refit.ts";
import type { TrainedModel } from "../../src/training/trained-model.ts";
import { leafRefitting, unlearners } from "../../src/unlearning/index.ts";
import { replayedBy, treesOf } from "../influence/trees/replayed.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, triplesOf } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { forgetBy } from "../support/trained.ts";
import { twinModel, twinRatings } from "../support/twin-booster.ts";

const { interactions, userIds, itemIds } = plantedFactors({ users: 40, items: 25, ratings: 400, factors: 2, seed: 3 });
const data = { interactions, keys: nameKeys(userIds.list, itemIds.list) };

const few = { rounds: 6, leaves: 5, leastRows: 4, l2: 0.5 };
const plans: Record<string, BoostingPlan> = {
  ratings: { settings: boostingSettings({ loss: "squared", ...few }), sampling: undefined },
  choices: { settings: boostingSettings({ loss: "logistic", ...few }), sampling: { perRow: 2, seed: 1 } },
};

const user = interactions.byUser.rows.slice(interactions.byUser.start[3], interactions.byUser.start[4]).sort();
const splitsOf = (model: TrainedModel) =>
  treesOf(model).booster.trees.map(({ feature, threshold, left, right }) => ({ feature, threshold, left, right }));

describe.each(Object.entries(plans))("a booster of %s", (_, plan) => {
  const trained = boosting(plan).train(data, 1, run);

  test("keeps its splits, and has the leaves of what remains", async () => {
    const before = await trained;
    const found = await forgetBy(leafRefitting, before, user);
    const { model } = found;
    expect(splitsOf(model)).toEqual(splitsOf(before));
    expect(triplesOf(model.interactions)).toEqual(triplesOf(interactions.without(user)));
    expect(found).toMatchObject({ guarantee: "approximate", model: { origin: "forgotten", kind: "boosting" } });
    expect(found.caveats.join()).toContain("splits were chosen with the forgotten");
    const trees = treesOf(model);
    expect(trees.examples.owners.every((row) => row < model.interactions.size)).toBe(true);
    const wanted = replayedBy(
      trees,
      Array.from(trees.examples.labels, () => 1),
      "recomputed",
    );
    expectNear([trees.booster.base], [wanted.base], 1e-12);
    for (const [t, { values }] of trees.booster.trees.entries()) expectNear(values, wanted.trees[t].values, 1e-12);
    expect(trees.booster.trees.map(({ values }) => values)).not.toEqual(
      treesOf(before).booster.trees.map(({ values }) => values),
    );
  });

  test("has the features that training on what remains has", async () => {
    const { model } = await forgetBy(leafRefitting, await trained, user);
    const again = await refit(await trained, user, 1, run);
    expect(treesOf(model).examples).toEqual(treesOf(again).examples);
    const pairs = { users: interactions.users, items: interactions.items };
    expect(treesOf(model).featuresOf(pairs.users, pairs.items)).toEqual(
      treesOf(again).featuresOf(pairs.users, pairs.items),
    );
  });

  test("is the retrained model to the byte where training again chooses the same splits, and says so only there", async () => {
    const settings = { ...plan.settings, rounds: 2, leaves: 2, leastRows: 20 };
    const model = await boosting({ ...plan, settings }).train(data, 1, run);
    let [same, other] = [0, 0];
    for (let row = 0; row < interactions.size; row += 7) {
      const gone = Uint32Array.of(row);
      const [found, again] = [
        await forgetBy(leafRefitting, model, gone, {}, { check: true }),
        await refit(model, gone, 1, run),
      ];
      const stands = JSON.stringify(splitsOf(again)) === JSON.stringify(splitsOf(model));
      expect(found.guarantee).toBe(stands ? "exact" : "approximate");
      if (stands) {
        same++;
        expect(treesOf(found.model).booster).toEqual(treesOf(again).booster);
      } else {
        other++;
        expect(found.caveats.join()).toMatch(/other splits in [12] of 2 trees/);
      }
    }
    expect(same).toBeGreaterThan(2);
    expect(other).toBeGreaterThan(2);
  });

  test("forgets nothing where nothing is asked for", async () => {
    const { model } = await forgetBy(leafRefitting, await trained, new Uint32Array());
    expect(treesOf(model).booster).toEqual(treesOf(await trained).booster);
  });

  test("refuses to forget everything", async () => {
    const all = Uint32Array.from({ length: interactions.size }, (_, row) => row);
    await expect(forgetBy(leafRefitting, await trained, all)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("is stopped at every turn", async () => {
    const model = await trained;
    await expectStops((context) => forgetBy(leafRefitting, model, user, {}, {}, context));
  });
});

test("models without such trees are refused", async () => {
  for (const model of [await optimum("mf"), twinModel(twinRatings())])
    expect(() => makeNamed(unlearners, "leaf-refit", model)).toThrow(
      expect.objectContaining({ code: "unsupported", message: expect.stringContaining("trees whose leaves") }),
    );
});
