/** Laws of models of boosted trees: training without rows is training on what remains, and indices and orders are nothing to them. */

import { describe, expect, test } from "vitest";
import { type BoostingPlan, boostingSettings } from "../../src/boosting/settings.ts";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { boosting } from "../../src/training/boosting.ts";
import { refit } from "../../src/training/refit.ts";
import { reindexed } from "../../src/training/reindexed.ts";
import type { TrainedModel } from "../../src/training/trained-model.ts";
import { retrain } from "../../src/unlearning/retrain.ts";
import { expectStops, run } from "../support/run.ts";

const { interactions, userIds, itemIds } = plantedFactors({ users: 40, items: 25, ratings: 400, factors: 2, seed: 3 });
const keys = nameKeys(userIds.list, itemIds.list);
const data = { interactions, keys };

const few = { rounds: 8, leaves: 5, leastRows: 4 };
const plans: Record<string, BoostingPlan> = {
  ratings: { settings: boostingSettings({ loss: "squared", ...few }), sampling: undefined },
  choices: { settings: boostingSettings({ loss: "logistic", ...few }), sampling: { perRow: 2, seed: 1 } },
};

const allPairs = ({ userCount, itemCount }: Interactions) => ({
  users: Uint32Array.from({ length: userCount * itemCount }, (_, k) => Math.floor(k / itemCount)),
  items: Uint32Array.from({ length: userCount * itemCount }, (_, k) => k % itemCount),
});
const scoresOf = (model: TrainedModel) => model.scores(allPairs(model.interactions));

describe.each(Object.entries(plans))("boosted trees on %s", (name, plan) => {
  const trainer = boosting(plan);
  const trained = trainer.train(data, 1, run);

  test("are the same to the byte when rows come in another order", async () => {
    const order = Uint32Array.from(interactions.users.keys()).sort((a, b) => ((a * 7919) % 401) - ((b * 7919) % 401));
    const other = await trainer.train({ interactions: interactions.select(order), keys }, 1, run);
    expect(scoresOf(other)).toEqual(scoresOf(await trained));
    expect(other.trees?.booster).toEqual((await trained).trees?.booster);
  });

  test("forgotten by retraining are those that training on what remains gives", async () => {
    const gone = interactions.byUser.rows.slice(interactions.byUser.start[3], interactions.byUser.start[4]).sort();
    const { model, guarantee } = await retrain.make({}).forget(await trained, gone, run);
    const anew = await trainer.train({ interactions: interactions.without(gone), keys }, 5, run);
    expect(guarantee).toBe("exact");
    expect(model.origin).toBe("forgotten");
    expect(model.interactions.size).toBe(interactions.size - gone.length);
    expect(scoresOf(model)).toEqual(scoresOf(anew));
    expect(scoresOf(model)).not.toEqual(scoresOf(await trained));
    expect(scoresOf(await refit(await trained, gone, 1, run))).toEqual(scoresOf(anew));
  });

  test("stay what they are under other indices", async () => {
    const flip = (count: number) => {
      const old = Array.from({ length: count }, (_, k) => count - 1 - k);
      return { old: Int32Array.from(old), next: Uint32Array.from(old) };
    };
    const moved = { user: flip(interactions.userCount), item: flip(interactions.itemCount) };
    const renamed = interactionsOf({
      ...interactions,
      users: interactions.users.map((u) => moved.user.next[u]),
      items: interactions.items.map((i) => moved.item.next[i]),
    });
    const there = {
      interactions: renamed,
      keys: { users: keys.users.slice().reverse(), items: keys.items.slice().reverse() },
    };
    const model = reindexed(await trained, there, moved);
    expect(model.interactions).toBe(renamed);
    expect(scoresOf(model)).toEqual(scoresOf(await trained).reverse());
    expect(scoresOf(await trainer.train(there, 1, run))).toEqual(scoresOf(model));
    // Made again from the interactions, examples are those of training.
    expect(model.trees?.examples).toEqual((await trained).trees?.examples);
  });

  test("keep what they have learned from: a label and an owner each, negatives of their own row's user", async () => {
    const { examples, featureNames } = (await trained).trees ?? {};
    const perRow = plan.sampling?.perRow ?? 0;
    expect(examples?.features.width).toBe(featureNames?.length);
    expect(examples?.owners.length).toBe(interactions.size * (1 + perRow));
    for (let row = 0; row < interactions.size; row++)
      expect([...(examples?.owners ?? [])].filter((owner) => owner === row)).toHaveLength(1 + perRow);
    const liked = examples?.labels.reduce((sum, label) => sum + label, 0);
    expect(liked).toBe(name === "choices" ? interactions.size : interactions.ratings.reduce((a, b) => a + b, 0));
  });

  test("are grown in turns of the event loop, and stop when they are told to", async () => {
    await expectStops((context) => trainer.train(data, 1, context));
  });
});

test("trees on ratings are nearer to them than their mean", async () => {
  const trained = await boosting(plans.ratings).train(data, 1, run);
  const { users, items, ratings } = interactions;
  const squares = (scores: Float64Array) => ratings.reduce((sum, rating, k) => sum + (rating - scores[k]) ** 2, 0);
  const mean = ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length;
  expect(squares(trained.scores({ users, items }))).toBeLessThan(0.8 * squares(ratings.map(() => mean)));
});
