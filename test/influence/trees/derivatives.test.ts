/** LeafInfluence against finite differences of a weighted replay, and BoostIn against a plain loop over the trees. */

import { describe, expect, test } from "vitest";
import { boostIn, leafInfluence, leafRefit } from "../../../src/influence/index.ts";
import { measureOf, userPlayers } from "../../../src/method/index.ts";
import { fitTarget, marginTarget, scoreTarget, type Target } from "../../../src/objective/target.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { expectStops, run } from "../../support/run.ts";
import { allRows, expectNear } from "../../support/small.ts";
import { influenceOf } from "../../support/trained.ts";
import { twinLeaf, twinModel, twinRatings, twinScore, twinSettings, twinSlopes } from "../../support/twin-booster.ts";
import { replayedBy, treesOf } from "./replayed.ts";

const losses = ["squared", "logistic"] as const;
const bases = ["frozen", "recomputed"] as const;
const targets = [scoreTarget(2, 1), marginTarget(5, 7, 2), fitTarget(4, 4, 2.2)];

/** d target/d(weight of some rows), in four points. */
function byDifference(model: TrainedModel, target: Target, rows: readonly number[], base: (typeof bases)[number]) {
  const trees = treesOf(model);
  const at = (change: number) => {
    const weights = Array.from(trees.examples.owners, (row) => (rows.includes(row) ? 1 + change : 1));
    const left = replayedBy(trees, weights, base);
    const { users, items } = target.pairs;
    return target.of(Float64Array.from(users, (user, n) => twinScore(left, user, items[n])));
  };
  const h = 1e-3;
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/** −Σ_t ∂target/∂F_t·1[same leaf]·lr·(g_k + v·h_k)/(Σh + l2), every sum on its own. */
function byLoop(model: TrainedModel, target: Target): number[] {
  const { booster, examples, featuresOf } = treesOf(model);
  const rowsOf = ({ values, width, count }: typeof examples.features) =>
    Array.from({ length: count }, (_, k) => [...values.subarray(k * width, (k + 1) * width)]);
  const [own, asked] = [rowsOf(examples.features), rowsOf(featuresOf(target.pairs.users, target.pairs.items))];
  const found = new Array<number>(model.interactions.size).fill(0);
  const [scores, told] = [own.map(() => booster.base), asked.map(() => booster.base)];
  for (const tree of booster.trees) {
    const slopes = own.map((_, k) => twinSlopes(booster.loss, scores[k], examples.labels[k]));
    asked.forEach((row, n) => {
      told[n] += tree.values[twinLeaf(tree, row)];
    });
    const along = target.slopes(Float64Array.from(told));
    own.forEach((row, k) => {
      const same = own.flatMap((other, j) => (twinLeaf(tree, other) === twinLeaf(tree, row) ? [j] : []));
      const [g, h] = same.reduce(([a, b], j) => [a + slopes[j][0], b + slopes[j][1]], [0, booster.l2]);
      asked.forEach((pair, n) => {
        if (twinLeaf(tree, pair) !== twinLeaf(tree, row)) return;
        const charge = (slopes[k][0] - (g / h) * slopes[k][1]) / h;
        found[examples.owners[k]] -= along[n] * booster.learningRate * charge;
      });
    });
    own.forEach((row, k) => {
      scores[k] += tree.values[twinLeaf(tree, row)];
    });
  }
  return found;
}

describe.each(losses)("with the %s loss", (loss) => {
  const model = twinModel(twinRatings(), { ...twinSettings, loss });
  const rows = allRows(model.interactions);

  test.each(bases)("leaf-influence is the derivative by a weight, the base score %s", async (base) => {
    for (const target of targets) {
      const { scores, status } = await influenceOf(leafInfluence, model, target, rows, { base });
      expect(status).toBe("converged");
      expectNear(
        scores,
        Array.from(rows, (row) => byDifference(model, target, [row], base)),
        1e-8,
        { floor: 0 },
      );
    }
  });

  test("a player of several rows is the derivative by their common weight", async () => {
    const players = userPlayers(model.interactions);
    const prepared = await leafInfluence.make({}).prepare(model, run);
    const { values } = await prepared.estimate([measureOf(targets[0], model.unit)], players);
    const wanted = Array.from(values, (_, k) => byDifference(model, targets[0], [...players.rows(k)], "frozen"));
    expectNear(values, wanted, 1e-8, { floor: 0 });
  });

  test("leaf-influence comes near to leaf-refit, with its sign", async () => {
    const { scores } = await influenceOf(leafInfluence, model, targets[0], rows);
    const refit = await influenceOf(leafRefit, model, targets[0], rows);
    let far = 0;
    scores.forEach((x, k) => {
      if (Math.abs(refit.scores[k]) > 1e-2 && Math.sign(x) !== Math.sign(refit.scores[k])) far++;
    });
    expect(far).toBe(0);
  });

  test("boostin is the sum over the trees", async () => {
    for (const target of targets) {
      const { scores } = await influenceOf(boostIn, model, target, rows);
      expectNear(scores, byLoop(model, target), 1e-12);
    }
  });

  test("of one tree boostin is leaf-influence, and the derivative by a weight", async () => {
    const one = twinModel(twinRatings(7), { ...twinSettings, loss, rounds: 1, depth: 3 });
    for (const target of targets) {
      const { scores } = await influenceOf(boostIn, one, target, rows);
      expectNear(scores, (await influenceOf(leafInfluence, one, target, rows)).scores, 1e-13);
      expectNear(
        scores,
        Array.from(rows, (row) => byDifference(one, target, [row], "frozen")),
        1e-8,
        { floor: 0 },
      );
    }
  });

  test.each([leafInfluence, boostIn])("$name is stopped at every turn", async (method) => {
    await expectStops((context) => influenceOf(method, model, targets[0], Uint32Array.of(0, 4), {}, context));
  });
});

test("without L2 and under squared loss a leaf's rows sum to nothing in boostin", async () => {
  const model = twinModel(twinRatings(), { ...twinSettings, l2: 0, rounds: 1 });
  const { booster } = treesOf(model);
  const { users, items } = model.interactions;
  const { scores } = await influenceOf(boostIn, model, targets[0], allRows(model.interactions));
  const sums = new Map<number, number>();
  scores.forEach((x, row) => {
    const leaf = twinScore(booster, users[row], items[row]);
    sums.set(leaf, (sums.get(leaf) ?? 0) + x);
  });
  expectNear([...sums.values()], new Array(sums.size).fill(0), 1e-14);
  expect(sums.size).toBeGreaterThan(2);
  expect(Math.max(...scores)).toBeGreaterThan(1e-3);
});
