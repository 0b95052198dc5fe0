/** TreeSHAP against all subsets of features, by expectations that are counted example by example. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tree, TreeEnsemble } from "../../src/boosting/ensemble.ts";
import { groupPlayers, type Measure, makeNamed, measureOf, metric, unitPlayers } from "../../src/method/index.ts";
import { fitTarget, marginTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { treeShap, unitNames, valuers } from "../../src/valuation/index.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { sixKinds, threeKinds, twinModel, twinRatings, twinSettings } from "../support/twin-booster.ts";
import { valuesBy } from "./asking.ts";

const treesOf = ({ trees }: TrainedModel) => trees as TreeEnsemble;

const rowsOf = ({ values, width, count }: TreeEnsemble["examples"]["features"]) =>
  Array.from({ length: count }, (_, k) => [...values.subarray(k * width, (k + 1) * width)]);

/** What a tree says by some features: at each other question the mean of both sides, counted by the examples that come there. */
function answer(
  tree: Tree,
  row: readonly number[],
  present: ReadonlySet<number>,
  here: readonly number[][],
  node = 0,
): number {
  if (tree.feature.length === 0) return tree.values[0];
  const feature = tree.feature[node];
  const goesLeft = (one: readonly number[]) => one[feature] <= tree.threshold[node];
  const side = (yes: boolean) => {
    const next = yes ? tree.left[node] : tree.right[node];
    return next < 0
      ? tree.values[-1 - next]
      : answer(
          tree,
          row,
          present,
          here.filter((one) => goesLeft(one) === yes),
          next,
        );
  };
  if (present.has(feature)) return side(goesLeft(row));
  const share = here.length > 0 ? here.filter(goesLeft).length / here.length : 0.5;
  return share * side(true) + (1 - share) * side(false);
}

/** A target by some features. */
function worth(model: TrainedModel, { pairs, of }: Target, present: ReadonlySet<number>): number {
  const { booster, examples, featuresOf } = treesOf(model);
  const here = rowsOf(examples.features);
  const scores = rowsOf(featuresOf(pairs.users, pairs.items)).map((row) =>
    booster.trees.reduce((sum, tree) => sum + answer(tree, row, present, here), booster.base),
  );
  return of(Float64Array.from(scores));
}

/** Shapley values from all subsets. */
function byAllSets(model: TrainedModel, target: Target): number[] {
  const count = treesOf(model).featureNames.length;
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const worths = Array.from({ length: 2 ** count }, (_, set) =>
    worth(model, target, new Set(Array.from({ length: count }, (_, k) => k).filter((k) => (set >> k) & 1))),
  );
  return Array.from({ length: count }, (_, k) =>
    worths.reduce((sum, with_, set) => {
      if (((set >> k) & 1) === 0) return sum;
      const size = [...set.toString(2)].filter((bit) => bit === "1").length - 1;
      const weight = (factorial(size) * factorial(count - 1 - size)) / factorial(count);
      return sum + weight * (with_ - worths[set - 2 ** k]);
    }, 0),
  );
}

const ask = (model: TrainedModel, measures: readonly Measure[]) =>
  valuesBy("tree-shap", model, measures, unitPlayers(unitNames(model).length));

describe.each(["squared", "logistic"] as const)("with the %s loss", (loss) => {
  test("values are those of all subsets, in trees that ask again about a feature", () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(8),
        fc.nat(7),
        async (seed, depth, user, item) => {
          const set = { ...twinSettings, loss, depth, rounds: 3 };
          const model = twinModel(twinRatings(seed), set, seed % 2 === 0 ? threeKinds : sixKinds);
          const targets = [scoreTarget(user, item), marginTarget(user, item, (item + 1) % 8)];
          const { values } = await ask(
            model,
            targets.map((target) => measureOf(target, model.unit)),
          );
          expectNear(
            values,
            targets.flatMap((target) => byAllSets(model, target)),
            1e-12,
          );
        },
      ),
      { numRuns: 12, seed: 5 },
    ));
});

test("values of what is no sum of scores are those of all subsets, too", async () => {
  const model = twinModel(twinRatings(), { ...twinSettings, depth: 3 }, sixKinds);
  const target = fitTarget(2, 1, 3.3);
  const { pairs } = target;
  const { values } = await ask(model, [
    measureOf(target, model.unit),
    metric("the square", "rating²", async (scores) => (await scores(pairs))[0] ** 2),
  ]);
  expectNear(values.subarray(0, 6), byAllSets(model, target), 1e-11);
  expectNear(values.subarray(6), byAllSets(model, { ...target, of: ([score]) => score ** 2 }), 1e-11);
});

test("they sum to the score beyond the mean score of the examples, which a note tells", async () => {
  const model = twinModel(twinRatings(), { ...twinSettings, depth: 4 }, sixKinds);
  const { interactions } = model;
  const { values, notes } = await ask(model, [measureOf(scoreTarget(2, 1), model.unit)]);
  const scores = model.scores(interactions);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const sum = values.reduce((total, x) => total + x, 0);
  expectNear([sum], [model.scores(scoreTarget(2, 1).pairs)[0] - mean], 1e-12);
  expect(notes?.join()).toContain(`beyond ${Number(mean.toPrecision(6))},`);
  expect(Math.abs(sum)).toBeGreaterThan(1e-2);
});

test("of stumps that are linear a feature is worth w·(x − E x)", async () => {
  const model = twinModel(twinRatings(), twinSettings, (user, item) => [user % 2, item % 2, (user + item) % 2]);
  const weights = [0.7, -1.3, 2.1];
  const trees = treesOf(model);
  const stumps = weights.map(
    (weight, feature): Tree => ({
      feature: Uint32Array.of(feature),
      threshold: Float64Array.of(0.5),
      left: Int32Array.of(-1),
      right: Int32Array.of(-2),
      values: Float64Array.of(0, weight),
    }),
  );
  const linear = { ...model, trees: { ...trees, booster: { ...trees.booster, trees: stumps } } };
  const rows = rowsOf(trees.examples.features);
  const { values } = await ask(linear, [measureOf(scoreTarget(3, 4), model.unit)]);
  const wanted = weights.map(
    (weight, k) => weight * ([1, 0, 1][k] - rows.reduce((sum, row) => sum + row[k], 0) / rows.length),
  );
  expectNear(values, wanted, 1e-13);
});

test("a node without examples counts its sides as halves", async () => {
  const model = twinModel(twinRatings(), { ...twinSettings, depth: 4 });
  const trees = treesOf(model);
  const kept = rowsOf(trees.examples.features).slice(0, 4);
  const few = {
    ...model,
    trees: {
      ...trees,
      examples: {
        features: { count: 4, width: 3, values: Float64Array.from(kept.flat()) },
        labels: trees.examples.labels.slice(0, 4),
        owners: trees.examples.owners.slice(0, 4),
      },
    },
  };
  const target = scoreTarget(2, 1);
  const { values } = await ask(few, [measureOf(target, model.unit)]);
  expectNear(values, byAllSets(few, target), 1e-12);
});

test("refuses models without trees, and players that are no features", async () => {
  const model = twinModel(twinRatings());
  const mf = await optimum("mf");
  expect(() => makeNamed(valuers, "tree-shap", mf)).toThrow(expect.objectContaining({ code: "unsupported" }));
  expect(() => makeNamed(valuers, "neuron-shapley", model)).toThrow(expect.objectContaining({ code: "unsupported" }));
  const prepared = await treeShap.make({}).prepare(model, run);
  const measure = measureOf(scoreTarget(2, 1), model.unit);
  for (const players of [unitPlayers(2), groupPlayers([Uint32Array.of(0)])])
    await expect(prepared.estimate([measure], players)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("3 units"),
    });
});

test("is stopped at every turn", async () => {
  const model = twinModel(twinRatings());
  await expectStops(async (context) => {
    const prepared = await treeShap.make({}).prepare(model, context);
    return prepared.estimate([measureOf(scoreTarget(2, 1), model.unit)], unitPlayers(3));
  });
});
