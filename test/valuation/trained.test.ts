/** Laws of valuers on a model that is trained on every subset of its players. */

import { beforeAll, describe, expect, test } from "vitest";
import { leaveOneOut } from "../../src/influence/index.ts";
import type { Estimate } from "../../src/method/estimator.ts";
import {
  fitOf,
  type GivenSettings,
  groupPlayers,
  interactionPlayers,
  makeNamed,
  type Players,
  trainInTurn,
  userPlayers,
} from "../../src/method/index.ts";
import { valuers } from "../../src/valuation/index.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { valuesBy } from "./asking.ts";
import { byOrders, bySets } from "./games.ts";
import { type Table, table } from "./table.ts";

let known: Table;
beforeAll(async () => {
  known = await table();
});

const n = 6;
const nobody = 4;

describe("against brute force over all subsets", () => {
  test.each([
    ["shapley", {}],
    ["beta-shapley", { alpha: 1, beta: 1 }],
    ["tmc-shapley", { tolerance: 0, trainings: 10_000 }],
  ] as const)("%s %o", async (name, settings) => {
    const { model, measures, players, openTrainings } = known;
    const found = await valuesBy(name, model, measures, players, settings, { ...run, openTrainings });
    for (const m of measures.keys()) {
      const wanted = byOrders(known.of(m), n);
      const part = found.values.subarray(m * n, (m + 1) * n);
      const size = Math.max(...wanted.map(Math.abs));
      expect(size).toBeGreaterThan(1e-3);
      part.forEach((x, k) => {
        const room = found.standardErrors ? 4.5 * found.standardErrors[m * n + k] : 1e-12 * size;
        expect(Math.abs(x - wanted[k])).toBeLessThanOrEqual(room + 1e-12 * size);
      });
      expect(part[nobody]).toBe(0);
    }
    expect(found.statuses).toEqual(new Array(n * measures.length).fill("converged"));
  });

  test("banzhaf", async () => {
    const { model, measures, players, openTrainings } = known;
    const found = await valuesBy("banzhaf", model, measures, players, {}, { ...run, openTrainings });
    for (const m of measures.keys())
      expectNear(
        found.values.subarray(m * n, (m + 1) * n),
        bySets(known.of(m), n, () => 2 ** -(n - 1)),
        1e-12,
      );
  });
});

test("two players of a trained model share what they add together, and one alone is leave-one-out", async () => {
  const { model, measures } = known;
  const [first, second] = [0, 1].map((k) => known.players.rows(k));
  const truth = await leaveOneOut.make({}).prepare(model, run);
  const together = await truth.estimate(measures, groupPlayers([Uint32Array.from([...first, ...second]).sort()]));
  const single = await truth.estimate(measures, groupPlayers([first]));
  truth.close();
  const both = await valuesBy("shapley", model, measures, groupPlayers([first, second]));
  const alone = await valuesBy("shapley", model, measures, groupPlayers([first]));
  expectNear(alone.values, single.values, 1e-7);
  for (const m of measures.keys()) {
    expect(Math.abs(together.values[m])).toBeGreaterThan(1e-5);
    expectNear([both.values[2 * m] + both.values[2 * m + 1]], [together.values[m]], 1e-7);
  }
});

describe("players", () => {
  test("who have no rows are worth exactly nothing, and change nothing for the others", async () => {
    const { model, measures, players, openTrainings } = known;
    const others = userPlayers(model.interactions, [0, 1, 2, 3, 5]);
    for (const [name, settings] of [
      ["banzhaf", { sampler: "reuse", trainings: 40 }],
      ["shapley", { sampler: "plain", trainings: 40 }],
      ["beta-shapley", {}],
    ] as const) {
      const context = { ...run, openTrainings };
      const all = await valuesBy(name, model, measures, players, settings, context);
      const some = await valuesBy(name, model, measures, others, settings, context);
      for (const m of measures.keys()) {
        const part = [...all.values.subarray(m * n, (m + 1) * n)];
        expect(part[nobody]).toBe(0);
        if (all.standardErrors) expect(all.standardErrors[m * n + nobody]).toBe(0);
        part.splice(nobody, 1);
        expect(part).toEqual([...some.values.subarray(m * (n - 1), (m + 1) * (n - 1))]);
      }
    }
    const none = await valuesBy("banzhaf", model, measures, userPlayers(model.interactions, [4]), {}, run);
    expect(none).toMatchObject({ values: Float64Array.of(0, 0, 0), evaluations: 0 });
  });

  test("may come in any order", async () => {
    const { model, measures, openTrainings } = known;
    const order = [5, 2, 0, 3, 1, 4];
    for (const settings of [{ sampler: "permutations" }, { sampler: "plain" }]) {
      const ask = (users: number[]) =>
        valuesBy("shapley", model, measures, userPlayers(model.interactions, users), settings, {
          ...run,
          openTrainings,
        });
      const [found, wanted] = [await ask(order), await ask([0, 1, 2, 3, 4, 5])];
      for (const m of measures.keys())
        expect(order.map((_, k) => found.values[m * n + k])).toEqual(order.map((u) => wanted.values[m * n + u]));
    }
  });

  test("may be single rows, of which those that say the same are worth the same", async () => {
    const { model, measures, players } = known;
    const rows = players.rows(0).subarray(0, 3);
    const found = await valuesBy("shapley", model, measures.slice(0, 1), interactionPlayers(rows), {}, run);
    const groups = groupPlayers(Array.from(rows, (row) => Uint32Array.of(row)));
    expect(await valuesBy("shapley", model, measures.slice(0, 1), groups, {}, run)).toEqual(found);
    const overlapping = groupPlayers([rows, rows]);
    const twice = await valuesBy("shapley", model, measures.slice(0, 1), overlapping, {}, run);
    expectNear([twice.values[0]], [twice.values[1]], 1e-12);
  });
});

describe("of own rows", () => {
  const asked = async (name: string, settings: GivenSettings, players: Players) => {
    const prepared = await makeNamed(valuers, name, known.model, settings).prepare(known.model, run);
    return (await prepared.own?.(players)) as Estimate;
  };

  test("downsampling tells each player what it is told when asked about its own fit alone", async () => {
    const { model, players } = known;
    const { values, statuses } = await asked("downsampling", { share: 0.6 }, players);
    for (let k = 0; k < n; k++) {
      if (k === nobody) continue;
      const fit = fitOf(model, players.rows(k));
      const alone = await valuesBy("downsampling", model, [fit], players, { share: 0.6 });
      expectNear([values[k]], [alone.values[k]], 1e-9);
      // Who was there is predicted better.
      expect(values[k]).toBeGreaterThan(1e-3);
    }
    expect(values[nobody]).toBe(0);
    expect(statuses).toEqual(new Array(n).fill("converged"));
  });

  test("consistency is the mean fit of models that never saw the player, and who has no rows has none", async () => {
    const { model } = known;
    const players = userPlayers(model.interactions, [0, 1, 2, nobody]);
    const found = await asked("consistency", {}, players);
    const left = async (k: number, absent: number[]) => {
      const trainings = await trainInTurn(model, [fitOf(model, players.rows(k))], run);
      const { values } = await trainings.without(Uint32Array.from(absent.flatMap((j) => [...players.rows(j)])).sort());
      await trainings.close();
      return values[0];
    };
    // Of three: subsets of one of the two others, and of both.
    const wanted = ((await left(0, [0, 1])) + (await left(0, [0, 2]))) / 4 + (await left(0, [0])) / 2;
    expectNear([found.values[0]], [wanted], 1e-6);
    expect(found.values[3]).toBeNaN();
    expect(found.statuses).toEqual(["converged", "converged", "converged", "breakdown"]);
  });
});

test("each set is trained once, and stopping is heard", async () => {
  const { model, measures, players, openTrainings } = known;
  const before = known.asked();
  const settings = { sampler: "permutations", trainings: 2000 };
  await valuesBy("shapley", model, measures, players, settings, { ...run, openTrainings });
  // Five of the six have rows.
  expect(known.asked() - before).toBe(2 ** 5);
  await expectStops((context) => valuesBy("banzhaf", model, measures, players, {}, { ...context, openTrainings }));
});
