/** Laws of the linear datamodelling score, and that no estimator is judged by the trainings that it was fitted to. */

import { describe, expect, test } from "vitest";
import { subsetsOf } from "../../src/judging/draws.ts";
import { datamodelling } from "../../src/judging/index.ts";
import { recorded, rowsKey } from "../../src/judging/keys.ts";
import { interactionPlayers, trainInTurn } from "../../src/method/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { spearman } from "../../src/numeric/statistics.ts";
import { train } from "../../src/training/index.ts";
import { shapley } from "../../src/valuation/index.ts";
import { expectStops, run } from "../support/run.ts";
import { kernels, objectiveOn, relabelled, tastes } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";
import { candidateOf, knownTrainings, measures, model, subjectOf, valued, weightsOf } from "./subjects.ts";

const weights = Array.from({ length: 12 }, (_, k) => (k + 1) * (k % 3 === 0 ? -1 : 1.37));
const twice = [...weights, ...weights];
const judgeOf = (settings = {}) => datamodelling.make({ subsets: 30, ...settings });

describe("where players add up", () => {
  const game = () => subjectOf({ openTrainings: knownTrainings(weightsOf(subjectOf().players, weights)) });

  test("their weights foretell all, their negatives the contrary, and the ceiling is 1", async () => {
    const judge = await judgeOf().prepare(game(), run);
    expect(judge.figures.ceiling).toBe(1);
    expect(await judge.of(valued(twice), run)).toMatchObject({ value: 1, interval: [1, 1], status: "converged" });
    expect((await judge.of(valued(twice.map((x) => -x)), run)).value).toBe(-1);
  });

  test("values of one measure that are right and of another that are wrong have a score in between", async () => {
    const judge = await judgeOf().prepare(game(), run);
    const mixed = [...weights, ...weights.map((x) => -x)];
    expect((await judge.of(valued(mixed), run)).value).toBeCloseTo(0, 12);
  });

  test("what is not determined counts as 0, and is told", async () => {
    const judge = await judgeOf().prepare(game(), run);
    const { value, notes } = await judge.of(valued([Number.NaN, ...twice.slice(1)]), run);
    expect(value).toBeGreaterThan(0.9);
    expect(notes).toEqual(["1 of 24 values are not determined, and count as 0"]);
  });

  test("the ceiling is that of another seed: where seeds say the contrary it is −1", async () => {
    const worth = weightsOf(subjectOf().players, weights);
    const openTrainings = knownTrainings((rows, _, seed) => (seed === model.seed ? 1 : -1) * worth(rows));
    const judge = await judgeOf().prepare(subjectOf({ openTrainings }), run);
    expect(judge.figures.ceiling).toBe(-1);
    // 30 subsets, and every sixth of them again: no fewer than five.
    expect(judge.trainings()).toBeGreaterThanOrEqual(35);
  });

  test("the interval holds the score of noisy values, and is wider for fewer subsets", async () => {
    const random = randomOf(5, "noise");
    const noisy = twice.map((x) => x + 8 * random.normal());
    const widths = await Promise.all(
      [20, 200].map(async (subsets) => {
        const judge = await judgeOf({ subsets }).prepare(game(), run);
        const { value, interval = [0, 0] } = await judge.of(valued(noisy), run);
        expect(interval[0]).toBeLessThan(value);
        expect(interval[1]).toBeGreaterThan(value);
        return interval[1] - interval[0];
      }),
    );
    expect(widths[1]).toBeLessThan(0.6 * widths[0]);
  });
});

describe("a model with one optimum", () => {
  test("has the ceiling 1, and scores by rank what training each subset from scratch finds", async () => {
    const subject = subjectOf();
    const judge = await judgeOf({ subsets: 12 }).prepare(subject, run);
    expect(judge.figures.ceiling).toBeCloseTo(1, 12);
    expect(judge.trainings()).toBe(18);
    const candidate = await candidateOf("leave-one-out", subject);
    const subsets = await subsetsOf(subject, { subsets: 12, share: 0.5, seed: 1 }, new Set(), run);
    const scores = await Promise.all(
      measures.map(async ({ target }, m) => {
        const measured: number[] = [];
        const predicted: number[] = [];
        for (const { present, absent } of subsets) {
          const found = await train(objectiveOn(tastes().without(absent), {}), { kernels, tolerance: 1e-10 });
          measured.push(target?.of(modelFrom(found).scores(target.pairs)) ?? 0);
          predicted.push(present.reduce((sum, there, k) => sum + there * candidate.estimate.values[m * 12 + k], 0));
        }
        return spearman(measured, predicted);
      }),
    );
    const { value } = await judge.of(candidate, run);
    expect(value).toBeCloseTo((scores[0] + scores[1]) / 2, 12);
    expect(value).toBeGreaterThan(0.5);
  });
});

describe("subsets", () => {
  const settings = { subsets: 15, share: 0.5, seed: 1 };

  test("are different, have half of the players each, and belong to the seed", async () => {
    const subject = subjectOf();
    const drawn = await subsetsOf(subject, settings, new Set(), run);
    expect(new Set(drawn.map(({ present }) => present.join(""))).size).toBe(15);
    for (const { present } of drawn) expect(present.reduce((sum, there) => sum + there, 0)).toBe(6);
    expect(await subsetsOf(subject, settings, new Set(), run)).toEqual(drawn);
    expect(await subsetsOf(subject, { ...settings, seed: 2 }, new Set(), run)).not.toEqual(drawn);
  });

  test("belong to outside ids: with users and items under other indices the same are there", async () => {
    const subject = subjectOf();
    const { interactions, keys } = model;
    const users = Uint32Array.from({ length: interactions.userCount }, (_, k) => (k + 11) % interactions.userCount);
    const items = Uint32Array.from({ length: interactions.itemCount }, (_, k) => (k + 7) % interactions.itemCount);
    const moved = relabelled(interactions, users, items);
    const movedKeys = { users: new Uint32Array(keys.users.length), items: new Uint32Array(keys.items.length) };
    users.forEach((to, from) => {
      movedKeys.users[to] = keys.users[from];
    });
    items.forEach((to, from) => {
      movedKeys.items[to] = keys.items[from];
    });
    const other = { ...model, interactions: moved, keys: movedKeys };
    const found = await subsetsOf({ model: other, players: subject.players }, settings, new Set(), run);
    expect(found).toEqual(await subsetsOf(subject, settings, new Set(), run));
  });

  test("do not meet those that an estimator was fitted to: such are drawn again", async () => {
    const players = interactionPlayers(Uint32Array.from([0, 40, 90, 130, 200]));
    const fitted = new Set<string>();
    const subject = subjectOf({ players, fitted });
    const first = await subsetsOf(subject, { subsets: 4, share: 0.4, seed: 1 }, new Set(), run);
    // A pool that has trained on exactly these.
    const pool = await recorded(
      knownTrainings(() => 0),
      fitted,
    )(model, measures, run);
    for (const { absent } of first) await pool.without(absent);
    const second = await subsetsOf(subject, { subsets: 4, share: 0.4, seed: 1 }, fitted, run);
    expect(fitted.size).toBe(4);
    for (const { absent } of second) expect(fitted.has(rowsKey(absent))).toBe(false);
  });

  test("of an estimator that has seen all of them are none left, and the judge refuses", async () => {
    const players = interactionPlayers(Uint32Array.from([0, 40, 90]));
    const fitted = new Set<string>();
    const openTrainings = recorded(trainInTurn, fitted);
    const prepared = await shapley.make({}).prepare(model, { ...run, openTrainings });
    await prepared.estimate(measures, players);
    prepared.close();
    expect(fitted.size).toBe(8);
    const subject = subjectOf({ players, fitted });
    await expect(judgeOf({ subsets: 3 }).prepare(subject, run)).rejects.toMatchObject({ code: "unsupported" });
  });
});

test("keys tell sets of rows apart", () => {
  const keys = new Set<string>();
  for (let a = 0; a < 200; a++) for (let b = a + 1; b < 200; b++) keys.add(rowsKey(Uint32Array.of(a, b)));
  for (let a = 0; a < 200; a++) keys.add(rowsKey(Uint32Array.of(a)));
  keys.add(rowsKey(new Uint32Array(0)));
  expect(keys.size).toBe((200 * 199) / 2 + 201);
});

test("judging gives the event loop its turns, and stops", async () => {
  const subject = subjectOf();
  await expectStops((context) => judgeOf({ subsets: 3 }).prepare(subject, context));
});
