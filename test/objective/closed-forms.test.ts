/** Closed forms and the general way are the same objective on the same parameter vector; and open objectives tell true derivatives. */

import { describe, expect, test } from "vitest";
import type { Interactions } from "../../src/data/interactions.ts";
import type { Curvature } from "../../src/kernel/kernels.ts";
import { modelKinds } from "../../src/model/index.ts";
import type { ModelSettings } from "../../src/model/model.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { dot } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import {
  type Factorization,
  type FactorizationSettings,
  factorization,
  placesOf,
  type Regularizer,
} from "../../src/objective/factorization.ts";
import { bpr, type Loss, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import { openObjective } from "../../src/objective/session.ts";
import { fitTarget, marginTarget, rankTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import { byWeight, lossGradient } from "../support/dense.ts";
import { run } from "../support/run.ts";
import {
  allRows,
  anyParams,
  evaluate,
  expectNear,
  forms,
  kernels,
  normals,
  scraps,
  settingsOf,
  tastes,
} from "../support/small.ts";
import { counts } from "../support/subjects.ts";
import { countsOfAll } from "./cases.ts";
import { gradientOf, productOf } from "./subject.ts";

const rounding = 1e-12;

/** All pairs by confidence. */
const implicit: readonly (readonly [string, FactorizationSettings])[] = (["table", "interaction"] as const).flatMap(
  (regularizer) =>
    [
      { base: 1, alpha: 2 },
      { base: 0, alpha: 1.5 },
    ].map((confidence) => {
      const over = { biases: false, mean: { kind: "fixed", value: 0 }, l2: 0.8, l2Bias: 0.8, regularizer } as const;
      return [`ials ${JSON.stringify(confidence)}, ${regularizer} L2`, settingsOf({ ...over, confidence })] as const;
    }),
);

const cases: readonly (readonly [string, FactorizationSettings, () => Interactions])[] = [
  ...forms.flatMap(([title, settings]) => [
    [`${title}, scraps`, settings, scraps] as const,
    [`${title}, tastes`, settings, tastes] as const,
  ]),
  ...implicit.map(([title, settings]) => [title, settings, countsOfAll] as const),
];

function productOfKernels(closed: Factorization, params: Float64Array, direction: Float64Array, curvature: Curvature) {
  const session = kernels.open(closed.problem);
  session.setPoint(params);
  const out = normals(params.length, 9);
  session.hessianProduct(direction, out, curvature);
  session.close();
  return out;
}

describe.each(cases)("%s", (_, settings, make) => {
  const interactions = make();
  const closed = factorization(settings, interactions);
  const objective = differentiable(objectiveSettings(settings), interactions);

  test("has closed forms, with the same settings and the same number of parameters", () => {
    const found = closedFormsOf(objective);
    expect(found?.settings).toEqual(settings);
    expect(found?.shape).toEqual(closed.shape);
    expect(objective.parameterCount).toBe(closed.parameterCount);
    expect(closedFormsOf(objective)).toBe(found);
    expect(closedFormsOf(objective.without(Uint32Array.of(1)))?.interactions.size).toBe(interactions.size - 1);
  });

  test("tensors lie where the kernels look for them", () => {
    const { stride, itemsAt, meanAt } = placesOf(closed.shape);
    const place = (name: string, row: number) => {
      const tensor = objective.tensors.find((one) => one.name === name);
      return tensor && rowAt(tensor, row);
    };
    expect([place("user_factors", 3), place("item_factors", 2)]).toEqual([3 * stride, itemsAt + 2 * stride]);
    const biases = settings.biases ? [4 * stride - 1, itemsAt + 3 * stride - 1] : [undefined, undefined];
    expect([place("user_bias", 3), place("item_bias", 2)]).toEqual(biases);
    expect(place("mean", 0)).toBe(meanAt < 0 ? undefined : meanAt);
  });

  test.each([1, 2, 3])(
    "J, gradient and products by the general way are those of the kernels, at random point %i",
    (seed) => {
      for (const params of [anyParams(closed, seed), normals(closed.parameterCount, 10 + seed)]) {
        const { value, gradient } = evaluate(closed, params);
        expectNear([objective.evaluate(params)], [value], rounding);
        expectNear(gradientOf(objective, params), gradient, rounding);
        const direction = normals(params.length, 20 + seed);
        for (const curvature of ["full", "gauss-newton"] as const)
          expectNear(
            productOf(objective, params, direction, curvature),
            productOfKernels(closed, params, direction, curvature),
            rounding,
            { what: curvature },
          );
      }
    },
  );

  test("an open objective says the same, wherever it is moved", async () => {
    const session = openObjective(objective, anyParams(closed, 1), run);
    const direction = normals(closed.parameterCount, 5);
    for (const params of [1, 2].map((seed) => anyParams(closed, seed))) {
      session.moveTo(params);
      const [gradient, product] = [normals(params.length, 6), normals(params.length, 7)];
      expectNear([await session.evaluate(gradient)], [objective.evaluate(params)], rounding);
      expectNear(gradient, gradientOf(objective, params), rounding);
      for (const curvature of ["full", "gauss-newton"] as const) {
        await session.product(direction, product, curvature);
        expectNear(product, productOf(objective, params, direction, curvature), rounding);
      }
    }
    session.close();
  });
});

test.each(implicit)("%s: the pairs of users without rows are zeros like the others", (_, settings) => {
  const closed = factorization(settings, counts());
  const objective = differentiable(objectiveSettings(settings), counts());
  const params = anyParams(closed);
  const { value, gradient } = evaluate(closed, params);
  expectNear([objective.evaluate(params)], [value], rounding);
  expectNear(gradientOf(objective, params), gradient, rounding);
});

/** Objectives with and without closed forms, and with and without data inside the model. */
const opened: readonly (readonly [string, Objective, Float64Array])[] = (() => {
  const found: [string, Objective][] = cases
    .filter(([, , make]) => make !== tastes)
    .map(([title, settings, make]) => [title, differentiable(objectiveSettings(settings), make())]);
  const drawn = { perRow: 2, seed: 5, semantics: "frozen" } as const;
  const general = (name: string, loss: Loss, model: ModelSettings, regularizer: Regularizer = "table") => {
    const sampling = loss === bpr ? drawn : undefined;
    const lambdas = { l2: 0.5, l2Bias: 0.2, l2Shared: 0.3, extraWeight: 0.4 };
    const settings: ObjectiveSettings = { kind: modelKinds[name], loss, model, sampling, regularizer, ...lambdas };
    found.push([
      `${name} ${JSON.stringify(model)}, ${loss.name}, ${regularizer} L2`,
      differentiable(settings, scraps()),
    ]);
  };
  for (const regularizer of ["table", "interaction"] as const) {
    general("mf", logistic, { factors: 2, biases: true, mean: "learned" }, regularizer);
    general("mf", bpr, { factors: 2, biases: "items" }, regularizer);
    general("mf", bpr, { factors: 2, biases: false }, regularizer);
    general("mf", squared, { factors: 2, biases: "items", mean: 1.5 }, regularizer);
    general("mf", multinomial, { factors: 2, biases: "items" }, regularizer);
    general("gmf", logistic, { factors: 2 }, regularizer);
    general("mlp", bpr, { layers: [3], embedding: 2, activation: "squareplus" }, regularizer);
  }
  general("light-gcn", logistic, { factors: 2, layers: 2 });
  general("light-gcn", bpr, { factors: 2, layers: 2 });
  general("mult-vae", multinomial, { latent: 2, hidden: 3, seed: 4, noise: true });
  return found.map(([title, objective], k) => {
    const params = normals(objective.parameterCount, 30 + k).map((x) => 0.5 * x);
    return [title, objective, params];
  });
})();

/** J, by the kernels where they know it. */
function costOf(objective: Objective, params: Float64Array): number {
  const closed = closedFormsOf(objective);
  return closed ? evaluate(closed, params).value : objective.evaluate(params);
}

/** The slope of f along a direction, by central differences. */
function slopeAlong(f: (at: Float64Array) => number, params: Float64Array, direction: Float64Array): number {
  const step = 1e-5;
  const at = (by: number) => f(params.map((x, k) => x + by * direction[k]));
  return (at(step) - at(-step)) / (2 * step);
}

describe.each(opened)("an open objective: %s", (_, objective, params) => {
  const { interactions, model } = objective;
  const direction = normals(params.length, 1);
  const rows = allRows(interactions);

  test("the scores are those of the served model", async () => {
    const session = openObjective(objective, params, run);
    const pairs = { users: Uint32Array.of(0, 3, 5), items: Uint32Array.of(2, 1, 4) };
    expect(await session.scores(pairs)).toEqual(objective.serving.at(params, pairs).scores);
    session.close();
  });

  test("rowsAlong is the slope of ∇J along a direction by the rows' weights", async () => {
    const session = openObjective(objective, params, run);
    const some = Uint32Array.from(rows.filter((row) => row % 3 !== 1));
    const fixed = await session.rowsAlong(some, direction, { fixedData: true });
    const whole = await session.rowsAlong(some, direction);
    session.close();
    if (model.data === undefined) {
      const wanted = Array.from(some, (row) => {
        const without = objective.without(Uint32Array.of(row));
        return slopeAlong((at) => costOf(objective, at) - costOf(without, at), params, direction);
      });
      expectNear(whole, wanted, 1e-7);
      expect(fixed).toEqual(whole);
      return;
    }
    const wanted = Array.from(some, (row) =>
      dot(byWeight(objective, params, row, scoreTarget(0, 0)).gradient, direction),
    );
    expectNear(whole, wanted, 1e-6);
    // With the model held as it is, the loss of the row's examples is all there is.
    const own = Array.from(some, (row) => dot(lossGradient(objective, params, row), direction));
    expectNear(fixed, own, 1e-11);
    expect(fixed).not.toEqual(whole);
  });

  test("rowGradients are the slopes of what J loses with each row, at every parameter, in sparse form", async () => {
    const session = openObjective(objective, params, run);
    const some = Uint32Array.of(5, 0, 5, interactions.size - 1);
    const { start, places, values } = await session.rowGradients(some);
    const fixed = await session.rowsAlong(some, direction, { fixedData: true });
    session.close();
    expect(start.length).toBe(some.length + 1);
    some.forEach((row, k) => {
      const dense = new Float64Array(params.length);
      const mine = places.subarray(start[k], start[k + 1]);
      expect(new Set(mine).size).toBe(mine.length);
      mine.forEach((place, n) => {
        dense[place] = values[start[k] + n];
      });
      expectNear([dot(dense, direction)], [fixed[k]], rounding);
      const without = objective.without(Uint32Array.of(row));
      const units = params.map((_, place) => place);
      const wanted =
        model.data === undefined
          ? units.map((place) =>
              slopeAlong(
                (at) => costOf(objective, at) - costOf(without, at),
                params,
                new Float64Array(params.length).with(place, 1),
              ),
            )
          : lossGradient(objective, params, row);
      expectNear(dense, wanted, 1e-7, { what: `row ${row}` });
      // Embeddings of others are not among them.
      if (model.local && objective.settings.loss.form === "pointwise")
        expect(mine.length).toBeLessThan(params.length / 2);
    });
  });

  const targets: readonly Target[] = [
    scoreTarget(1, 2),
    fitTarget(3, 1, 3),
    marginTarget(4, 0, 3),
    rankTarget(2, 1, [0, 2, 4], 0.7),
  ];
  test.each(targets)("the gradient of a target is its slope: $label", async (target) => {
    const session = openObjective(objective, params, run);
    const { gradient, slopes } = await session.targetGradient(target);
    const wanted = params.map((_, k) =>
      slopeAlong(
        (at) => target.of(objective.serving.at(at, target.pairs).scores),
        params,
        new Float64Array(params.length).with(k, 1),
      ),
    );
    expectNear(gradient, wanted, 1e-8);
    expect(slopes).toEqual(target.slopes(objective.serving.at(params, target.pairs).scores));
    const through = await session.targetAlong(target, slopes, rows);
    session.close();
    if (model.data === undefined) expect(through).toBe(undefined);
    else
      expectNear(
        through ?? [],
        Array.from(rows, (row) => byWeight(objective, params, row, target).value),
        1e-6,
      );
  });

  test("one call at a time: another is refused, and the first is not disturbed", async () => {
    const session = openObjective(objective, params, run);
    const [gradient, other, product] = [1, 2, 3].map((seed) => normals(params.length, seed));
    const pairs = { users: Uint32Array.of(0), items: Uint32Array.of(0) };
    const calls = {
      evaluate: () => session.evaluate(other),
      product: () => session.product(direction, product, "full"),
      rowsAlong: () => session.rowsAlong(rows, direction),
      rowGradients: () => session.rowGradients(rows),
      targetGradient: () => session.targetGradient(targets[0]),
      targetAlong: () => session.targetAlong(targets[0], Float64Array.of(1), rows),
      scores: () => session.scores(pairs),
    };
    for (const [name, call] of Object.entries(calls)) {
      const first = session.evaluate(gradient);
      await expect(call(), name).rejects.toMatchObject({ name: "LetheError", code: "internal" });
      expectNear([await first], [objective.evaluate(params)], rounding);
      expectNear(gradient, gradientOf(objective, params), rounding);
      // Afterwards it is free again.
      await call();
    }
    session.close();
  });
});
