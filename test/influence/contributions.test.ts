/** Laws of contributions: the shares of a user's rows, in closed form, and what they sum to. Parameters are any. */

import { describe, expect, test } from "vitest";
import { contributions } from "../../src/influence/index.ts";
import { score } from "../../src/model/factor-model.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { fitTarget, marginTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import { modelOf } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import {
  allRows,
  anyParams,
  expectNear,
  forms,
  kernels,
  objectiveOn,
  randomRotation,
  rotated,
  rowsWhere,
  scraps,
  settingsOf,
  tastes,
  trainedAt,
} from "../support/small.ts";
import { influenceOf, modelFrom, smoothOf } from "../support/trained.ts";
import { prepared, rowsBy } from "./asking.ts";

const implicit = [0, 1].flatMap((base) =>
  (["table", "interaction"] as const).map((regularizer) => {
    const mean = { kind: "fixed", value: 0 } as const;
    const settings = settingsOf({ biases: false, mean, regularizer, l2: 0.4, confidence: { base, alpha: 3 } });
    return [`implicit, ${base} + 3r, ${regularizer} L2`, factorization(settings, tastes())] as const;
  }),
);
const explicit = forms.flatMap(([title, settings]) => [
  [title, factorization(settings, tastes())] as const,
  [`${title}, pairs rated twice`, factorization(settings, scraps())] as const,
]);

const pairs = [
  [0, 1],
  [3, 5],
  [5, 0],
] as const;
const ownRows = ({ interactions }: Factorization, user: number) => rowsWhere(interactions, ([u]) => u === user);
const ask = (objective: Factorization, params: Float64Array, target: Target, rows = allRows(objective.interactions)) =>
  influenceOf(contributions, modelFrom(trainedAt(objective, params)), target, rows);

/** What every score has whatever the user: the mean and the item's bias. */
function baseline({ shape, settings }: Factorization, params: Float64Array, item: number): number {
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const mean = settings.mean.kind === "fixed" ? settings.mean.value : params[meanAt];
  return mean + (shape.biases ? params[itemsAt + item * stride + shape.factors] : 0);
}

/** (x_iᵀA⁻¹x_j)·pull_j of the user's rows, A summed over the pairs one by one: all of them where every pair counts. */
function closedForm(objective: Factorization, params: Float64Array, user: number, item: number): number[] {
  const { interactions, settings, shape } = objective;
  const { stride, itemsAt } = placesOf(shape);
  const { confidence } = settings;
  const rows = Array.from(ownRows(objective, user));
  const x = (of: number) => {
    const at = itemsAt + of * stride;
    return [...params.subarray(at, at + shape.factors), ...(shape.biases ? [1] : [])];
  };
  const trust = (row: number) => (confidence ? confidence.base + confidence.alpha * interactions.ratings[row] : 1);
  const seen = rows.map((row) => [interactions.items[row], trust(row)] as const);
  const others = Array.from({ length: confidence ? shape.itemCount : 0 }, (_, i) => [i, 1] as const);
  const matrix = Array.from({ length: stride }, (_, f) => {
    const penalty = f < shape.factors ? settings.l2 : settings.l2Bias;
    const scaled = penalty * (settings.regularizer === "interaction" ? rows.length : 1);
    return Array.from({ length: stride }, (_, g) => (f === g ? scaled : 0));
  });
  for (const [i, c] of [...seen, ...others.filter(([i]) => !seen.some(([j]) => i === j))])
    for (let f = 0; f < stride; f++) for (let g = 0; g < stride; g++) matrix[f][g] += c * x(i)[f] * x(i)[g];
  const solved = eliminate(matrix, x(item));
  return rows.map((row) => {
    const j = interactions.items[row];
    const pull = confidence ? trust(row) : interactions.ratings[row] - baseline(objective, params, j);
    return pull * x(j).reduce((sum, value, f) => sum + value * solved[f], 0);
  });
}

describe.each([...explicit, ...implicit])("%s", (_, objective) => {
  const params = anyParams(objective);

  test("the user's rows sum to the score re-solved with the items fixed, less mean and item bias", async () => {
    const session = kernels.open(objective.problem);
    session.setPoint(params);
    session.solve("user");
    const resolved = params.slice();
    session.getPoint(resolved);
    session.close();
    for (const [user, item] of pairs) {
      const { scores, status } = await ask(objective, params, scoreTarget(user, item), ownRows(objective, user));
      const after = score(modelOf(trainedAt(objective, resolved)), user, item);
      expect(status).toBe("converged");
      expect(Math.abs(after - score(modelOf(trainedAt(objective, params)), user, item))).toBeGreaterThan(1e-3);
      expectNear([scores.reduce((a, b) => a + b, 0)], [after - baseline(objective, params, item)], 1e-9);
    }
  });

  test("each is the closed form, and other users' rows have none", async () => {
    for (const [user, item] of pairs) {
      const { scores } = await ask(objective, params, scoreTarget(user, item));
      const own = ownRows(objective, user);
      expectNear(
        Float64Array.from(own, (row) => scores[row]),
        closedForm(objective, params, user, item),
        1e-9,
      );
      scores.forEach((share, row) => {
        if (!own.includes(row)) expect(share).toBe(0);
      });
    }
  });

  test("a margin shares out a difference, a fit its slope; rotating the factors does not matter", async () => {
    const shares = async (target: Target, at = params) => (await ask(objective, at, target)).scores;
    const [one, other] = [await shares(scoreTarget(3, 5)), await shares(scoreTarget(3, 0))];
    expectNear(
      await shares(marginTarget(3, 5, 0)),
      one.map((x, k) => x - other[k]),
    );
    const fit = fitTarget(3, 5, 4);
    const [slope] = fit.slopes(Float64Array.of(score(modelOf(trainedAt(objective, params)), 3, 5)));
    expectNear(
      await shares(fit),
      one.map((x) => slope * x),
    );
    expectNear(await shares(scoreTarget(3, 5), rotated(objective.shape, params, randomRotation(3, 2))), one, 1e-9);
  });
});

test("a row has the same share alone and in company, and the model is left alone", async () => {
  const objective = objectiveOn(tastes());
  const model = modelFrom(trainedAt(objective, anyParams(objective)));
  const before = smoothOf(model).params.slice();
  await prepared("contributions", model, async (estimator) => {
    const sharesOf = async (rows: Uint32Array) => (await rowsBy(estimator, model, scoreTarget(3, 7), rows)).scores;
    const together = await sharesOf(ownRows(objective, 3));
    for (const [k, row] of ownRows(objective, 3).entries())
      expect(await sharesOf(Uint32Array.of(row))).toEqual(together.slice(k, k + 1));
    expect(together.every((share) => share !== 0)).toBe(true);
  });
  expect(smoothOf(model).params).toEqual(before);
});

test.each([
  ["table", "converged"],
  ["interaction", "breakdown"],
] as const)("a user without rows has nothing to share out; under %s L2 that is %s", async (regularizer, status) => {
  const objective = objectiveOn(scraps(), { regularizer });
  const found = await ask(objective, anyParams(objective), scoreTarget(6, 2));
  expect(found.status).toBe(status);
  expect(found.scores.every((share) => share === 0)).toBe(true);
});
