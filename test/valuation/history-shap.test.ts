/** Laws of SHAP: all subsets, additive games, the sum, and a model whose input is masked. */

import { describe, expect, test } from "vitest";
import { groupPlayers, interactionPlayers, makeNamed, measureOf, metric, userPlayers } from "../../src/method/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { shapOf } from "../../src/valuation/history-shap.ts";
import { valuers } from "../../src/valuation/index.ts";
import { kernelShap } from "../../src/valuation/semivalues/kernel-shap.ts";
import { shapleyOf } from "../../src/valuation/shapley.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, farthest, normals } from "../support/small.ts";
import { objectiveOf, optimum, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { additive, airport, gameOf, majority, unanimity } from "./games.ts";

const weights = [...normals(15, 2)];

/** Pairs of neighbours are worth something together. */
const neighbours = (present: Uint8Array) =>
  present.reduce((sum, bit, k) => sum + bit * present[(k + 1) % present.length] * Math.sin(k), 0);

describe("KernelSHAP", () => {
  test("is exact on additive games, with no error, from as few sets as there can be", async () => {
    const game = gameOf(15, additive(weights), (present) => 4 - 2 * additive(weights)(present));
    const found = await kernelShap(game, { samples: 40, seed: 3 }, run);
    expectNear(found.values, [...weights, ...weights.map((x) => -2 * x)], 1e-9);
    expect(Math.max(...(found.standardErrors ?? [1]))).toBeLessThan(1e-9);
    expect(found.statuses).toEqual(Array(30).fill("converged"));
    expect(found.evaluations).toBe(42);
  });

  test("sums to what all are worth beyond none, whatever was drawn", async () => {
    const game = gameOf(13, (present) => 2 + airport(weights.map(Math.exp))(present) * majority(present));
    const { values } = await kernelShap(game, { samples: 60, seed: 1 }, run);
    const all = Math.max(...weights.slice(0, 13).map(Math.exp));
    expectNear([values.reduce((sum, x) => sum + x, 0)], [all], 1e-9);
  });

  test("comes near to all subsets as sets grow, within its standard errors", async () => {
    const game = gameOf(9, (present) => neighbours(present) + 3 * unanimity([0, 2, 3, 5])(present));
    const { values: exact } = await shapleyOf(game, run);
    const errors: number[] = [];
    let [inside, of] = [0, 0];
    for (const samples of [200, 12_800]) {
      let sum = 0;
      for (let seed = 0; seed < 12; seed++) {
        const { values, standardErrors = new Float64Array() } = await kernelShap(game, { samples, seed }, run);
        sum += farthest(values, exact) ** 2;
        if (samples === 200) continue;
        of += values.length;
        inside += values.filter((x, k) => Math.abs(x - exact[k]) < 1.96 * standardErrors[k]).length;
      }
      errors.push(Math.sqrt(sum / 12));
    }
    // 64 times the sets, an eighth of the error.
    expect(errors[1]).toBeLessThan(errors[0] / 5);
    expect(errors[1]).toBeGreaterThan(errors[0] / 13);
    expect(inside / of).toBeGreaterThan(0.88);
    expect(inside / of).toBeLessThan(0.995);
  });

  test("the same seed draws the same, another does not; too few sets are refused", async () => {
    const game = gameOf(13, neighbours);
    const [a, b, c] = await Promise.all([5, 5, 6].map((seed) => kernelShap(game, { samples: 80, seed }, run)));
    expect(a).toEqual(b);
    expect(a.values).not.toEqual(c.values);
    await expect(kernelShap(game, { samples: 25, seed: 1 }, run)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("26"),
    });
  });

  test("is what more than twelve players get", async () => {
    const exact = await shapOf(gameOf(12, neighbours), { samples: 30, seed: 1 }, run);
    expect([exact.evaluations, exact.standardErrors]).toEqual([4096, undefined]);
    expect((await shapOf(gameOf(13, neighbours), { samples: 30, seed: 1 }, run)).evaluations).toBe(32);
    expect((await shapOf(gameOf(13, neighbours), { samples: 0, seed: 1 }, run)).evaluations).toBe(2076);
  });
});

describe("of an autoencoder", async () => {
  const model = await optimum("mult-vae");
  const [user, item] = [3, 1];
  const own = model.interactions.byUser.rows.slice(
    model.interactions.byUser.start[user],
    model.interactions.byUser.start[user + 1],
  );
  const measures = [measureOf(scoreTarget(user, item), "score"), measureOf(scoreTarget(user, 7), "score")];
  const ask = async (of: TrainedModel, players = interactionPlayers(own), asked = measures, context = run) => {
    const prepared = await makeNamed(valuers, "history-shap", of).prepare(of, context);
    return prepared.estimate(asked, players);
  };
  /** The score of the model with the same parameters on a set without these rows. */
  const without = (rows: Uint32Array, what: number) =>
    trainedAt(smoothOf(model).objective.without(rows), smoothOf(model).params, model).scores(
      scoreTarget(user, what).pairs,
    )[0];

  test("values are those of all subsets of the history, by the model built again on each", async () => {
    expect(own.length).toBeGreaterThan(3);
    const absent = (present: Uint8Array) => own.filter((_, k) => present[k] === 0);
    const game = gameOf(
      own.length,
      ...[item, 7].map((what) => (present: Uint8Array) => without(absent(present), what)),
    );
    const found = await ask(model);
    expectNear(found.values, (await shapleyOf(game, run)).values, 1e-11);
    const sum = found.values.subarray(0, own.length).reduce((total, x) => total + x, 0);
    expectNear([sum], [model.scores(scoreTarget(user, item).pairs)[0] - without(own, item)], 1e-11);
    expect(Math.max(...found.values.map(Math.abs))).toBeGreaterThan(1e-3);
  });

  test("rows of others are worth nothing, and rows of the history the same beside them; parameters stay", async () => {
    const before = smoothOf(model).params.slice();
    const all = await ask(model, interactionPlayers(Uint32Array.from(model.interactions.ratings.keys())));
    const alone = await ask(model);
    const size = model.interactions.size;
    for (let m = 0; m < 2; m++)
      for (let row = 0; row < size; row++)
        if (!own.includes(row)) expect(all.values[m * size + row]).toBe(0);
        else expectNear([all.values[m * size + row]], [alone.values[m * own.length + own.indexOf(row)]], 1e-11);
    expect(all.evaluations).toBe(2 ** own.length);
    expect(smoothOf(model).params).toEqual(before);
  });

  test("a player may be several rows, or a user; measures without slopes are answered too", async () => {
    const half = [own.subarray(0, 2), own.subarray(2), new Uint32Array()];
    const { values } = await ask(model, groupPlayers(half), [measures[0]]);
    const [all, none] = [without(new Uint32Array(), item), without(own, item)];
    const [first, second] = [without(half[1], item), without(half[0], item)];
    expectNear(values, [(first - none + all - second) / 2, (second - none + all - first) / 2, 0], 1e-11);
    const best = metric("best", "score", async (scores) =>
      Math.max(
        ...(await scores({
          users: new Uint32Array(10).fill(user),
          items: Uint32Array.from({ length: 10 }, (_, i) => i),
        })),
      ),
    );
    const users = await ask(model, userPlayers(model.interactions), [best]);
    expect(users.values.filter((x) => x !== 0).length).toBe(1);
    expect(users.values[user]).not.toBe(0);
  });

  test("players in another order are worth the same; it can be stopped", async () => {
    const { values } = await ask(model, interactionPlayers(own.slice().reverse()), [measures[0]]);
    expectNear(values.toReversed(), (await ask(model, undefined, [measures[0]])).values, 1e-12);
    await expectStops((context) => ask(model, undefined, [measures[0]], context));
  });

  test("a model with rows of users is refused, with the reason", async () => {
    const mf = await optimum("mf");
    expect(() => makeNamed(valuers, "history-shap", mf)).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: expect.stringContaining("a row of parameters for every user"),
      }),
    );
  });
});

test("a history of thirty rows is drawn by outside ids, not by the order of players", async () => {
  const random = randomOf(4, "weights");
  const base = objectiveOf("mult-vae");
  const params = Float64Array.from({ length: base.parameterCount }, () => random.normal());
  const many = base.interactions.with({
    users: new Uint32Array(10).fill(0),
    items: Uint32Array.from({ length: 10 }, (_, i) => i),
    ratings: new Float64Array(10).fill(2),
  });
  const model = trainedAt(objectiveOf("mult-vae", {}, many), params, await optimum("mult-vae"));
  const { start, rows } = many.byUser;
  const own = rows.slice(start[0], start[1]);
  expect(own.length).toBeGreaterThan(12);
  const of = async (order: Uint32Array) => {
    const prepared = await makeNamed(valuers, "history-shap", model, { samples: 200 }).prepare(model, run);
    return prepared.estimate([measureOf(scoreTarget(0, 2), "score")], interactionPlayers(order));
  };
  const found = await of(own);
  const turned = await of(own.slice().reverse());
  expectNear(turned.values.toReversed(), found.values, 1e-9);
  const empty = trainedAt(smoothOf(model).objective.without(own), params, model);
  const pairs = scoreTarget(0, 2).pairs;
  const sum = found.values.reduce((total, x) => total + x, 0);
  expectNear([sum], [model.scores(pairs)[0] - empty.scores(pairs)[0]], 1e-9);
});
