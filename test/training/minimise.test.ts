/** Laws of minimising an objective, whichever way it goes: closed forms and Newton's method end at one optimum. */

import { describe, expect, test } from "vitest";
import type { Interactions } from "../../src/data/interactions.ts";
import type { ModelKind } from "../../src/model/model.ts";
import { placesOfRows } from "../../src/model/tensors.ts";
import { norm } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { bpr, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import {
  alsNewton,
  dataWithout,
  minimise,
  nearby,
  newtonMinimise,
  refit,
  reoptimise,
  smoothModel,
  type TrainedModel,
} from "../../src/training/index.ts";
import { unreadAtZero } from "../../src/training/minimise.ts";
import { toleranceOn } from "../../src/training/tolerance.ts";
import { countsOfAll } from "../objective/cases.ts";
import { additiveObjective, factorObjective } from "../support/additive.ts";
import { run } from "../support/run.ts";
import {
  expectNear,
  forms,
  interactionsFrom,
  kernels,
  normals,
  rowsWhere,
  settingsOf,
  tastes,
  triplesOf,
} from "../support/small.ts";
import { allScores } from "../support/subjects.ts";
import { batchModel, smoothOf } from "../support/trained.ts";

/** The same settings in a dress under which no kernels know them. */
function disguised(settings: ObjectiveSettings): ObjectiveSettings {
  const { kind, loss } = settings;
  if (loss.confidence) return { ...settings, loss: { ...loss, name: "ials by another name", confidence: undefined } };
  const other: ModelKind = { ...kind, name: "mf by another name" };
  return { ...settings, kind: other };
}

function randomStart({ parameterCount }: Objective, seed: number): Float64Array {
  return normals(parameterCount, seed).map((x) => 0.3 * x);
}

function scoresAt(objective: Objective, params: Float64Array): Float64Array {
  const { interactions, serving } = objective;
  return allScores({ interactions, scores: (pairs) => serving.at(params, pairs).scores });
}

const implicit = { biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 2 } } as const;
const convex: readonly (readonly [string, ObjectiveSettings, () => Interactions])[] = [
  ...forms.map(([title, settings]) => [title, objectiveSettings(settings), tastes] as const),
  ["all pairs, table L2", objectiveSettings(settingsOf({ ...implicit, l2: 5 })), countsOfAll],
  [
    "all pairs, interaction L2",
    objectiveSettings(settingsOf({ ...implicit, l2: 1.5, regularizer: "interaction" })),
    countsOfAll,
  ],
];

describe.each(convex)("%s", (_, settings, make) => {
  const objective = differentiable(settings, make());
  const general = differentiable(disguised(settings), make());

  test("closed forms, Newton's method on their kernels and Newton's method without any end at the same J and scores", async () => {
    expect([closedFormsOf(objective) === undefined, closedFormsOf(general) === undefined]).toEqual([false, true]);
    const closed = await minimise(objective, randomStart(objective, 1), run);
    const found = [
      closed,
      await newtonMinimise(objective, randomStart(objective, 2), run),
      await newtonMinimise(general, randomStart(objective, 3), run),
      await minimise(general, randomStart(objective, 4), run),
    ];
    for (const { params, value, status, gradientNorm } of found) {
      expect(status).toBe("converged");
      expect(gradientNorm).toBeLessThanOrEqual(1e-8);
      const gradient = new Float64Array(params.length);
      expectNear([general.evaluate(params, gradient)], [value], 1e-12);
      expect(norm(gradient)).toBeLessThanOrEqual(1.1e-8);
      expectNear([value], [closed.value], 1e-11);
      expectNear(scoresAt(general, params), scoresAt(objective, closed.params), 1e-6);
    }
    // And not because all scores are alike.
    const scores = scoresAt(objective, closed.params);
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.2);
  });
});

describe("minimise", () => {
  test("is re-optimisation where there are closed forms, and Newton's method elsewhere", async () => {
    const closedOne = differentiable(objectiveSettings(settingsOf()), tastes());
    const start = randomStart(closedOne, 1);
    const closed = closedFormsOf(closedOne) ?? expect.fail("no closed forms");
    expect(await minimise(closedOne, start, run)).toEqual(await reoptimise(closed, start, { kernels }));
    const other = factorObjective(tastes(), logistic);
    const from = randomStart(other, 1);
    expect(await minimise(other, from, run, { maxSteps: 3 })).toEqual(
      await newtonMinimise(other, from, run, { maxSteps: 3 }),
    );
  });

  test("keeps to the tolerance and the steps that it is given, and leaves the start alone", async () => {
    for (const objective of [
      differentiable(objectiveSettings(settingsOf()), tastes()),
      factorObjective(tastes(), bpr),
    ]) {
      const start = randomStart(objective, 1);
      const kept = start.slice();
      const loose = await minimise(objective, start, run, { tolerance: 1e-2 });
      const tight = await minimise(objective, start, run, { tolerance: 1e-9 });
      expect([loose.status, tight.status]).toEqual(["converged", "converged"]);
      expect(loose.gradientNorm).toBeGreaterThan(1e-9);
      expect(tight.gradientNorm).toBeLessThanOrEqual(1e-9);
      expect(start).toEqual(kept);
    }
    const objective = factorObjective(tastes(), bpr);
    expect((await minimise(objective, randomStart(objective, 1), run, { maxSteps: 1 })).status).toBe("step-limit");
  });
});

test("rows that nothing reads start at zero, those that one example reads stay", () => {
  // User 0 has two rows, user 1 one, user 2 none; item 2 has none.
  const set = interactionsFrom(
    [
      [0, 0, 4],
      [0, 1, 2],
      [1, 1, 5],
    ],
    3,
    3,
  );
  const objective = factorObjective(set, squared);
  const params = normals(objective.parameterCount, 3);
  const found = unreadAtZero(objective, params);
  const unread = new Set([
    ...placesOfRows(objective.tensors, "user", [2]),
    ...placesOfRows(objective.tensors, "item", [2]),
  ]);
  expect(unread.size).toBeGreaterThan(5);
  expect(found).toEqual(params.map((x, k) => (unread.has(k) ? 0 : x)));
  // Every list reads every item.
  const listed = factorObjective(set, multinomial);
  const kept = normals(listed.parameterCount, 3);
  const gone = new Set(placesOfRows(listed.tensors, "user", [2]));
  expect(unreadAtZero(listed, kept)).toEqual(kept.map((x, k) => (gone.has(k) ? 0 : x)));
});

describe("nearby", () => {
  const squaredOne = differentiable(objectiveSettings(settingsOf()), tastes());
  const models: Record<string, () => Promise<TrainedModel>> = {
    "closed forms": () =>
      alsNewton(squaredOne.settings).train({ interactions: squaredOne.interactions, keys: squaredOne.keys }, 1, run),
    "no closed forms": async () => {
      // Convex: the optimum is one, whatever the seed.
      const objective = additiveObjective(tastes(), bpr);
      return batchModel(objective, await newtonMinimise(objective, randomStart(objective, 1), run), {
        optimizer: "newton",
      });
    },
  };

  for (const [title, make] of Object.entries(models))
    test(`many removals, prepared once, end where training without the rows ends: ${title}`, async () => {
      const model = await make();
      const smooth = smoothOf(model);
      const kept = smooth.params.slice();
      const near = await nearby(smooth, run);
      const { interactions } = model;
      for (const rows of [
        Uint32Array.of(17),
        rowsWhere(interactions, ([user]) => user === 4),
        rowsWhere(interactions, (_, row) => row % 4 === 1),
      ]) {
        const { objective, params, value, gradientNorm, status, tolerance } = await near.without(rows);
        expect([status, tolerance]).toEqual(["converged", toleranceOn(objective, smooth).tolerance]);
        const gradient = new Float64Array(params.length);
        expectNear([objective.evaluate(params, gradient)], [value], 1e-12);
        expect(Math.abs(norm(gradient) - gradientNorm)).toBeLessThan(1e-10);
        expect(objective.interactions.size).toBe(interactions.size - rows.length);
        const again = smoothOf(await refit(model, rows, 5, run));
        expect(again.objective.negatives).toEqual(objective.negatives);
        expectNear([value], [again.value], 1e-11);
        expectNear(scoresAt(objective, params), scoresAt(again.objective, again.params), 1e-6);
      }
      near.close();
      expect(smooth.params).toEqual(kept);
    });
});

test("what a refit trains on is what the model was trained on, without the rows and with the others' negatives", async () => {
  const objective = factorObjective(tastes(), bpr);
  const params = randomStart(objective, 1);
  const model = batchModel(objective, { params, value: 0, gradientNorm: 0, status: "converged" });
  const data = dataWithout(model, Uint32Array.of(0, 3));
  const without = objective.without(Uint32Array.of(0, 3));
  expect(triplesOf(data.interactions)).toEqual(triplesOf(without.interactions));
  expect(data.negatives).toEqual(without.negatives);
  expect(data.keys).toBe(objective.keys);
  const plain = differentiable(objectiveSettings(settingsOf()), tastes());
  const { trainer, seed } = model;
  const other = smoothModel({
    objective: plain,
    params,
    value: 0,
    gradientNorm: 0,
    status: "converged",
    trainer,
    seed,
  });
  expect(dataWithout(other, Uint32Array.of(0)).negatives).toBe(undefined);
});
