/** LeafRefit against a replay of its own with weights of 0, and against training again where that changes no split. */

import { describe, expect, test } from "vitest";
import type { TreeEnsemble } from "../../../src/boosting/ensemble.ts";
import { boostingSettings } from "../../../src/boosting/settings.ts";
import { plantedFactors } from "../../../src/data/synthetic.ts";
import { estimators, leafRefit, leaveOneOut } from "../../../src/influence/index.ts";
import { groupPlayers, makeNamed, measureOf, metric, userPlayers } from "../../../src/method/index.ts";
import { nameKeys } from "../../../src/objective/negatives.ts";
import { scoreTarget } from "../../../src/objective/target.ts";
import { boosting } from "../../../src/training/boosting.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { expectStops, run } from "../../support/run.ts";
import { allRows, expectNear, interactionsFrom, triplesOf } from "../../support/small.ts";
import { influenceOf } from "../../support/trained.ts";
import { twinModel, twinRatings, twinScore, twinSettings } from "../../support/twin-booster.ts";
import { replayedBy, treesOf, weightsWithout } from "./replayed.ts";

const losses = ["squared", "logistic"] as const;
const bases = ["frozen", "recomputed"] as const;

/** The model's score less that of the replay with weight 0. */
function byReplay(model: TrainedModel, rows: readonly number[], base: (typeof bases)[number], pair: [number, number]) {
  const trees = treesOf(model);
  return twinScore(trees.booster, ...pair) - twinScore(replayedBy(trees, weightsWithout(trees, rows), base), ...pair);
}

describe.each(losses)("with the %s loss", (loss) => {
  const model = twinModel(twinRatings(), { ...twinSettings, loss });
  const rows = allRows(model.interactions);

  test.each(bases)("is a replay without the row, the base score %s", async (base) => {
    for (const pair of [
      [2, 1],
      [5, 7],
    ] as [number, number][]) {
      const { scores, status } = await influenceOf(leafRefit, model, scoreTarget(...pair), rows, { base });
      expect(status).toBe("converged");
      expectNear(
        scores,
        Array.from(rows, (row) => byReplay(model, [row], base, pair)),
        1e-12,
      );
      expect(scores.some((x) => Math.abs(x) > 1e-3)).toBe(true);
    }
  });

  test("takes the rows of a player away together, and answers about what has no slopes", async () => {
    const best = metric("the best score of user 2", model.unit, async (of) =>
      Math.max(
        ...(await of({ users: new Uint32Array(8).fill(2), items: Uint32Array.from({ length: 8 }, (_, i) => i) })),
      ),
    );
    const players = userPlayers(model.interactions);
    const prepared = await leafRefit.make({}).prepare(model, run);
    const { values } = await prepared.estimate([best, measureOf(scoreTarget(2, 1), model.unit)], players);
    const trees = treesOf(model);
    for (let user = 0; user < players.count; user++) {
      const left = replayedBy(trees, weightsWithout(trees, [...players.rows(user)]), "frozen");
      const most = (of: Pick<TreeEnsemble["booster"], "base" | "trees">) =>
        Math.max(...Array.from({ length: 8 }, (_, item) => twinScore(of, 2, item)));
      expectNear([values[user]], [most(trees.booster) - most(left)], 1e-12);
      expectNear([values[players.count + user]], [byReplay(model, [...players.rows(user)], "frozen", [2, 1])], 1e-12);
    }
  });
});

test("of one tree under squared loss the score is the leaf's mean without the row", async () => {
  const model = twinModel(twinRatings(5), { ...twinSettings, rounds: 1, learningRate: 1, l2: 0 });
  const { booster, examples } = treesOf(model);
  const leafOf = (user: number, item: number) => twinScore(booster, user, item);
  const { users, items, ratings } = model.interactions;
  const others = (row: number) =>
    [...ratings.keys()].filter((k) => k !== row && leafOf(users[k], items[k]) === leafOf(2, 1));
  const { scores } = await influenceOf(leafRefit, model, scoreTarget(2, 1), allRows(model.interactions));
  expect(examples.labels).toEqual(ratings);
  const means = Array.from(ratings.keys(), (row) => {
    const left = others(row);
    return leafOf(2, 1) - left.reduce((sum, k) => sum + ratings[k], 0) / left.length;
  });
  expectNear(scores, means, 1e-12);
});

describe.each(losses)("where training again changes no split (%s)", (loss) => {
  // Every rating three times: one of them alone changes little.
  const triples = triplesOf(twinRatings(8)).flatMap((one) => [one, one, one]);
  const model = twinModel(interactionsFrom(triples, 9, 8), { ...twinSettings, loss, depth: 1 });
  const splitsOf = (of: TrainedModel) =>
    treesOf(of).booster.trees.map(({ feature, threshold }) => ({ feature, threshold }));

  test("leaf-refit with the base score recomputed is training again", async () => {
    let [stood, changed] = [0, 0];
    const { scores } = await influenceOf(leafRefit, model, scoreTarget(2, 1), allRows(model.interactions), {
      base: "recomputed",
    });
    for (let row = 0; row < model.interactions.size; row += 3) {
      const again = twinModel(model.interactions.without(Uint32Array.of(row)), { ...twinSettings, loss, depth: 1 });
      const gap = model.scores(scoreTarget(2, 1).pairs)[0] - again.scores(scoreTarget(2, 1).pairs)[0];
      if (JSON.stringify(splitsOf(again)) === JSON.stringify(splitsOf(model))) {
        expectNear([scores[row]], [gap], 1e-12);
        stood++;
      } else if (Math.abs(scores[row] - gap) > 1e-9) changed++;
    }
    expect(stood).toBeGreaterThan(10);
    expect(changed).toBeLessThan(stood);
  });
});

test.each(losses)(
  "with features recomputed it is leave-one-out wherever training again chooses the same splits (%s)",
  async (loss) => {
    const { interactions, userIds, itemIds } = plantedFactors({
      users: 40,
      items: 25,
      ratings: 400,
      factors: 2,
      seed: 3,
    });
    const data = { interactions, keys: nameKeys(userIds.list, itemIds.list) };
    const settings = boostingSettings({ loss, rounds: 2, leaves: 2, leastRows: 20 });
    const trainer = boosting({ settings, ...(loss === "logistic" ? { sampling: { perRow: 2, seed: 1 } } : {}) });
    const model = await trainer.train(data, 1, run);
    const rows = allRows(interactions).filter((row) => row % 9 === 0);
    const { scores } = await influenceOf(leafRefit, model, scoreTarget(2, 1), rows, { features: "recomputed" });
    const exact = await influenceOf(leaveOneOut, model, scoreTarget(2, 1), rows);
    const splits = (of: TrainedModel) =>
      JSON.stringify(treesOf(of).booster.trees.map(({ feature, threshold }) => [feature, threshold]));
    let [stood, moved] = [0, 0];
    for (const [k, row] of rows.entries()) {
      const again = await trainer.train({ ...data, interactions: interactions.without(Uint32Array.of(row)) }, 1, run);
      if (splits(again) !== splits(model)) continue;
      stood++;
      if (scores[k] !== 0) moved++;
      expect(scores[k]).toBe(exact.scores[k]);
    }
    expect(stood).toBeGreaterThan(2);
    expect(moved).toBeGreaterThan(2);
  },
);

test("features that no interaction makes are not recomputed", () => {
  expect(() => makeNamed(estimators, "leaf-refit", twinModel(twinRatings()), { features: "recomputed" })).toThrow(
    expect.objectContaining({ code: "unsupported", message: expect.stringContaining("made again") }),
  );
});

test("a leaf that loses all of its examples adds nothing", async () => {
  const model = twinModel(twinRatings(), { ...twinSettings, l2: 0, rounds: 2 });
  const { scores, status } = await influenceOf(leafRefit, model, scoreTarget(2, 1), allRows(model.interactions));
  expect(status).toBe("converged");
  expect(scores.every(Number.isFinite)).toBe(true);
  const everybody = await (await leafRefit.make({}).prepare(model, run)).estimate(
    [measureOf(scoreTarget(2, 1), model.unit)],
    groupPlayers([allRows(model.interactions)]),
  );
  expectNear(everybody.values, [model.scores(scoreTarget(2, 1).pairs)[0] - treesOf(model).booster.base], 1e-12);
});

test("without any example there is no base score to recompute", async () => {
  const model = twinModel(twinRatings());
  const prepared = await leafRefit.make({ base: "recomputed" }).prepare(model, run);
  const found = await prepared.estimate(
    [measureOf(scoreTarget(2, 1), model.unit)],
    groupPlayers([allRows(model.interactions)]),
  );
  expect(found.statuses).toEqual(["breakdown"]);
});

test("refuses leaves that are not those of the examples", async () => {
  const model = twinModel(twinRatings());
  const trees = treesOf(model);
  const bent = trees.booster.trees.map((tree) => ({ ...tree, values: tree.values.map((value) => value * 1.001) }));
  const other = { ...model, trees: { ...trees, booster: { ...trees.booster, trees: bent } } };
  await expect(leafRefit.make({}).prepare(other, run)).rejects.toMatchObject({ code: "unsupported" });
});

test("is stopped at every turn", async () => {
  const model = twinModel(twinRatings());
  await expectStops((context) => influenceOf(leafRefit, model, scoreTarget(2, 1), Uint32Array.of(0, 4), {}, context));
});
