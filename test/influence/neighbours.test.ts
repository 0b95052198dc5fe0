/** Laws of votes by neighbours: deleted and recounted, enumerated over all subsets, ties, and fewer rows than votes. */

import { describe, expect, test } from "vitest";
import { shapleyOfVote } from "../../src/influence/neighbours/knn-shapley.ts";
import { cosineDistance, electorateOf, featuresOf } from "../../src/influence/neighbours/neighbours.ts";
import { groupPlayers, measureOf, userPlayers } from "../../src/method/index.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { alsNewton, smoothModel, type TrainedModel } from "../../src/training/index.ts";
import { shapleyOf } from "../../src/valuation/shapley.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, interactionsFrom, settingsOf, type Triple } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { gameOf } from "../valuation/games.ts";
import { ask, estimateBy } from "./asking.ts";

/** Of user 0 the items' angles to item 0 in degrees, with ratings; user 1 rates item 0. Factors are points on a circle, so that the order is known. */
function circle(
  angles: readonly number[],
  ratings: readonly number[],
  keys?: readonly number[],
  own?: number,
): TrainedModel {
  const triples: Triple[] = angles.map((_, n) => [0, n + 1, ratings[n]]);
  if (own !== undefined) triples.push([0, 0, own]);
  const items = angles.length + 1;
  const interactions = interactionsFrom([...triples, [1, 0, 3]], 2, items);
  const settings = objectiveSettings(settingsOf({ factors: 2, biases: false, mean: { kind: "fixed", value: 0 } }));
  const objective = differentiable(settings, interactions, {
    users: Uint32Array.of(0, 1),
    items: Uint32Array.from(keys ?? allRows({ ...interactions, size: items })),
  });
  const at = (degrees: number) => [3 * Math.cos((degrees * Math.PI) / 180), 3 * Math.sin((degrees * Math.PI) / 180)];
  // The score of user 0 of item 0 is 4.5.
  const params = Float64Array.from([1.5, 0, 1, 1, ...at(0), ...angles.flatMap(at)]);
  return smoothModel({
    ...{ objective, params, status: "converged", value: 0, gradientNorm: 0, trainer: alsNewton(settings), seed: 1 },
  });
}

const target = scoreTarget(0, 0);
const angles = [80, 10, 40, 20, 60, 30];
const ratings = [5, 1, 4, 4, 2, 5];

/** The share of k votes that say what the target's label is, from the list of (angle, rating) that is left: counted by itself. */
function recount(left: readonly number[], k: number, liked = true): number {
  const near = left.toSorted((a, b) => angles[a] - angles[b]).slice(0, k);
  return near.filter((n) => ratings[n] >= 3.5 === liked).length / k;
}

describe.each([1, 2, 4, 6, 9])("with %i votes", (k) => {
  const model = circle(angles, ratings);
  const settings = { k, threshold: 3.5 };
  const rows = Uint32Array.from(angles.keys());

  test("leave-one-out is the vote less the vote recounted, for rows and for sets of them", async () => {
    const all = recount([...rows], k);
    const wanted = angles.map(
      (_, n) =>
        all -
        recount(
          [...rows].filter((row) => row !== n),
          k,
        ),
    );
    expectNear((await ask("knn-leave-one-out", model, target, rows, { settings })).scores, wanted, 1e-15);
    const measures = [measureOf(target, "rating")];
    const pair = Uint32Array.of(1, 3);
    const found = await estimateBy("knn-leave-one-out", model, measures, groupPlayers([pair]), { settings });
    expectNear(found.values, [all - recount([0, 2, 4, 5], k)], 1e-15);
  });

  test("Shapley values are those of all subsets, and sum to the vote", async () => {
    const there = (present: Uint8Array) => [...rows].filter((row) => present[row] === 1);
    const wanted = await shapleyOf(
      gameOf(6, (present) => recount(there(present), k)),
      run,
    );
    const { scores } = await ask("knn-shapley", model, target, rows, { settings });
    expectNear(scores, wanted.values, 1e-12);
    expectNear([scores.reduce((sum, x) => sum + x, 0)], [recount([...rows], k)], 1e-12);
  });
});

test("Shapley values of a vote are those of all subsets for any labels, k and number of rows", async () => {
  for (let n = 1; n <= 6; n++)
    for (let k = 1; k <= 7; k++)
      for (let labels = 0; labels < 2 ** n; labels += n < 5 ? 1 : 7) {
        const agrees = Uint8Array.from({ length: n }, (_, i) => (labels >> i) & 1);
        const vote = (present: Uint8Array) => {
          const cast = [...present.keys()].filter((i) => present[i] === 1).slice(0, k);
          return cast.reduce((sum, i) => sum + agrees[i], 0) / k;
        };
        expectNear(shapleyOfVote({ agrees }, k), (await shapleyOf(gameOf(n, vote), run)).values, 1e-10);
      }
});

test("the printed form is the same from k rows on, and another below", () => {
  const agrees = Uint8Array.of(1, 0, 1, 1);
  for (const k of [1, 3, 4]) expectNear(shapleyOfVote({ agrees }, k, true), shapleyOfVote({ agrees }, k), 1e-15);
  expectNear([shapleyOfVote({ agrees }, 5, true)[3], shapleyOfVote({ agrees }, 5)[3]], [1 / 4, 1 / 5], 1e-15);
});

test("ties go by the key of the item's outside id, not by index", () => {
  const tied = [50, 50, 10, -50];
  const order = (keys: readonly number[]) => {
    const model = circle(tied, [5, 1, 5, 1], keys);
    const features = featuresOf(model);
    return features && [...electorateOf(model, features, target, 3).rows];
  };
  expect(order([0, 1, 2, 3, 4])).toEqual([2, 0, 1, 3]);
  expect(order([0, 8, 2, 3, 4])).toEqual([2, 1, 3, 0]);
});

test("the label of the target is its rating where there is one, else its score; the threshold is the user's mean", () => {
  const agreesOf = (model: TrainedModel, threshold: number) => {
    const features = featuresOf(model);
    return features && [...electorateOf(model, features, target, threshold).agrees];
  };
  // Nearest first: angles 10, 20, 30 with ratings 1, 4, 5; the mean is 10/3, and the score 4.5.
  expect(agreesOf(circle([10, 20, 30], [1, 4, 5]), 0)).toEqual([0, 1, 1]);
  expect(agreesOf(circle([10, 20, 30], [1, 4, 5]), 4.8)).toEqual([1, 1, 0]);
  // Rated 1 (the row at distance 0 is its own): the mean is 11/4.
  expect(agreesOf(circle([10, 20, 30], [1, 4, 5], undefined, 1), 0)).toEqual([1, 1, 0, 0]);
});

test("rows of others and users without rows are worth nothing", async () => {
  const model = circle(angles, ratings);
  for (const name of ["knn-leave-one-out", "knn-shapley"]) {
    const { values } = await estimateBy(name, model, [measureOf(target, "rating")], userPlayers(model.interactions));
    expect(values[0]).not.toBe(0);
    expect(values[1]).toBe(0);
    const empty = circle([], []);
    const found = await estimateBy(name, empty, [measureOf(target, "rating")], userPlayers(empty.interactions));
    expect([...found.values]).toEqual([0, 0]);
  }
});

test("features are factors, else the item's rows of all embedding tables; a zero row is at distance 1 of all", async () => {
  const mlp = await optimum("mlp");
  expect(featuresOf(mlp)?.width).toBe(1);
  expect(featuresOf(await optimum("mf"))?.width).toBe(3);
  expect(featuresOf(await optimum("additive"))?.width).toBe(1);
  expect(cosineDistance(Float64Array.of(0, 0), Float64Array.of(1, 2))).toBe(1);
  expect(cosineDistance(Float64Array.of(-1, -2), Float64Array.of(1, 2))).toBe(2);
});
