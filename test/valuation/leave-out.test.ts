/** Laws of leave-m-out and of expected influence: brute force, Shapley values as the mean over m, seeds, and what ends them. */

import { describe, expect, test } from "vitest";
import { leaveOneOut } from "../../src/influence/index.ts";
import type { EstimateRun } from "../../src/method/estimator.ts";
import { groupPlayers, interactionPlayers, makeNamed, measureOf, userPlayers } from "../../src/method/index.ts";
import { fitOf } from "../../src/method/own-fit.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { refit, type TrainedModel, train } from "../../src/training/index.ts";
import { expectedInfluence } from "../../src/valuation/expected-influence.ts";
import { valuers } from "../../src/valuation/index.ts";
import { type Groups, leaveMOutOf } from "../../src/valuation/leave-m-out.ts";
import { shapleyOf } from "../../src/valuation/shapley.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, kernels, objectiveOn, tastes } from "../support/small.ts";
import { objectiveOf } from "../support/subjects.ts";
import { batchModel, modelFrom } from "../support/trained.ts";
import { airport, gameOf, gloves, sizeOf } from "./games.ts";

const usual: Groups = { m: 2, groups: 1000, trainings: 4096, seed: 1 };
const worth = (present: Uint8Array) =>
  gloves(2)(present) + airport([1, 2, 4, 4, 8])(present) * Math.sin(sizeOf(present) + present[1]);

/** Of player k, the mean over all groups of m of the marginal, by looking at every subset. */
function bruteForce(n: number, m: number): number[] {
  return Array.from({ length: n }, (_, k) => {
    const marginals: number[] = [];
    for (let mask = 0; mask < 2 ** n; mask++) {
      const present = Uint8Array.from({ length: n }, (_, j) => (mask >> j) & 1);
      if (present[k] === 1 || sizeOf(present) !== n - m) continue;
      marginals.push(worth(present.map((bit, j) => (j === k ? 1 : bit))) - worth(present));
    }
    return marginals.reduce((sum, x) => sum + x, 0) / marginals.length;
  });
}

describe("leave-m-out of a game", () => {
  test.each([1, 2, 3, 5])("of groups of %i is the mean of all marginals there", async (m) => {
    const found = await leaveMOutOf(gameOf(5, worth), { ...usual, m }, run);
    expectNear(found.values, bruteForce(5, m), 1e-12);
    expect(found.standardErrors).toBeUndefined();
  });

  test("is on average over m the Shapley value", async () => {
    const sum = new Float64Array(5);
    for (let m = 1; m <= 5; m++)
      (await leaveMOutOf(gameOf(5, worth), { ...usual, m }, run)).values.forEach((x, k) => {
        sum[k] += x / 5;
      });
    expectNear(sum, (await shapleyOf(gameOf(5, worth), run)).values, 1e-12);
  });

  test("of drawn groups is right on average, and within its standard errors", async () => {
    const n = 5;
    const exact = bruteForce(n, 3);
    const mean = new Float64Array(n);
    let [inside, of] = [0, 0];
    for (let seed = 0; seed < 300; seed++) {
      // Six choices of two others of four are more than five.
      const found = await leaveMOutOf(gameOf(n, worth), { ...usual, m: 3, groups: 5, seed }, run);
      found.values.forEach((x, k) => {
        mean[k] += x / 300;
        of++;
        if (Math.abs(x - exact[k]) <= 2.78 * (found.standardErrors?.[k] ?? 0)) inside++;
      });
    }
    // Student's t with four degrees.
    expect(inside / of).toBeGreaterThan(0.87);
    expectNear(mean, exact, 0.12, { floor: 1 });
  });

  test("stops at `trainings` and when the time is over, and says so; what cannot be is refused", async () => {
    const asked = { count: 0 };
    const counted = (present: Uint8Array) => {
      asked.count++;
      return worth(present);
    };
    const found = await leaveMOutOf(gameOf(5, counted), { ...usual, m: 2, trainings: 11 }, run);
    expect(found.evaluations).toBeLessThanOrEqual(11);
    expect(found.notes?.[0]).toContain("`trainings` is 11");
    expect(found.values.every(Number.isFinite)).toBe(true);
    const late = await leaveMOutOf(gameOf(5, worth), usual, { ...run, secondsLeft: () => 0 });
    expect(late.notes?.[0]).toContain("time");
    expect(late.values.every(Number.isFinite)).toBe(true);
    await expect(leaveMOutOf(gameOf(5, worth), { ...usual, m: 6 }, run)).rejects.toMatchObject({ code: "bad-input" });
    await expect(leaveMOutOf(gameOf(5, worth), { ...usual, trainings: 9 }, run)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("10"),
    });
  });
});

async function byName(
  name: string,
  model: TrainedModel,
  measures: Parameters<Awaited<ReturnType<ReturnType<typeof leaveOneOut.make>["prepare"]>>["estimate"]>[0],
  players: Parameters<Awaited<ReturnType<ReturnType<typeof leaveOneOut.make>["prepare"]>>["estimate"]>[1],
  settings = {},
  context: EstimateRun = run,
) {
  const prepared = await makeNamed(valuers, name, model, settings).prepare(model, context);
  return prepared.estimate(measures, players);
}

describe("of a model with one optimum", async () => {
  const model = modelFrom(await train(objectiveOn(tastes(), { l2: 4 }), { kernels }));
  const measures = [measureOf(scoreTarget(3, 5), "rating"), measureOf(scoreTarget(1, 2), "rating")];
  const players = userPlayers(model.interactions, [3, 4, 9]);
  const prepared = await leaveOneOut.make({}).prepare(model, run);
  const exact = await prepared.estimate(measures, players);

  test("leave-1-out is leave-one-out", async () => {
    expectNear((await byName("leave-m-out", model, measures, players, { m: 1 })).values, exact.values, 1e-7);
    const more = groupPlayers([...[0, 1, 2].map((k) => players.rows(k)), new Uint32Array()]);
    const found = await byName("leave-m-out", model, measures, more, { m: 1 });
    for (const m of [0, 1])
      expectNear(found.values.subarray(4 * m, 4 * m + 4), [...exact.values.subarray(3 * m, 3 * m + 3), 0], 1e-7);
  });

  test("expected influence is leave-one-out, seeds do not differ, and rank alike", async () => {
    const found = await byName("expected-influence", model, measures, players, { seeds: 3 });
    expectNear(found.values, exact.values, 1e-6);
    expect(Math.max(...(found.standardErrors ?? [1]))).toBeLessThan(1e-6);
    expect(found.evaluations).toBe(12);
    expect(found.notes).toEqual(measures.map(({ label }) => `Kendall's τ between seeds, ${label}: 1.000`));
    expect(found.statuses.every((status) => status === "converged")).toBe(true);
  });
});

describe("of a model that batches left", async () => {
  const objective = objectiveOf("mf-bpr");
  const trainer = batchModel(
    objective,
    { params: new Float64Array(objective.parameterCount), status: "step-limit", value: 0, gradientNorm: 1 },
    { optimizer: "adam", epochs: 4, polish: false },
  ).trainer;
  const model = await trainer.train({ interactions: objective.interactions, keys: objective.keys }, 7, run);
  const measures = [measureOf(scoreTarget(3, 1), "score")];
  const players = interactionPlayers(Uint32Array.of(2, 11));

  test("expected influence is the mean over seeds of training again with and without the row", async () => {
    const found = await byName("expected-influence", model, measures, players, { seeds: 4 });
    const score = async (rows: Uint32Array, seed: number) =>
      (await refit(model, rows, seed, run)).scores(scoreTarget(3, 1).pairs)[0];
    for (const k of [0, 1]) {
      const each: number[] = [];
      for (const seed of [8, 9, 10, 11])
        each.push((await score(new Uint32Array(), seed)) - (await score(players.rows(k), seed)));
      const mean = each.reduce((sum, x) => sum + x, 0) / 4;
      const error = Math.sqrt(each.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3 / 4);
      expectNear([found.values[k], found.standardErrors?.[k] ?? 0], [mean, error], 1e-12);
      expect(error).toBeGreaterThan(1e-6);
    }
  });

  test("its own form is that on the fit of the player's rows", async () => {
    const prepared = await makeNamed(valuers, "expected-influence", model, { seeds: 2 }).prepare(model, run);
    const three = groupPlayers([players.rows(0), new Uint32Array(), players.rows(1)]);
    const own = await prepared.own?.(three);
    for (const [place, k] of [
      [0, 0],
      [2, 1],
    ]) {
      const { values, standardErrors } = await prepared.estimate([fitOf(model, players.rows(k))], players);
      expectNear(
        [own?.values[place] ?? 0, own?.standardErrors?.[place] ?? 0],
        [values[k], standardErrors?.[k] ?? 1],
        1e-12,
      );
    }
    expect(own?.values[1]).toBe(0);
    expect(own?.values.length).toBe(3);
  });

  test("fewer seeds are taken where trainings or time are over, and too few are refused; it can be stopped", async () => {
    const few = await byName("expected-influence", model, measures, players, { seeds: 4, trainings: 8 });
    expect([few.evaluations, few.notes?.[0]]).toEqual([6, expect.stringContaining("2 of 4 seeds")]);
    const late = await byName(
      "expected-influence",
      model,
      measures,
      players,
      { seeds: 4 },
      { ...run, secondsLeft: () => 0 },
    );
    expect(late.evaluations).toBe(3);
    expect(late.standardErrors).toEqual(Float64Array.of(Number.NaN, Number.NaN));
    await expect(byName("expected-influence", model, measures, players, { trainings: 2 })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("takes 3"),
    });
    await expectStops((context) => byName("expected-influence", model, measures, players, { seeds: 1 }, context));
    expect(() => expectedInfluence.make({ seeds: 1.5 })).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
