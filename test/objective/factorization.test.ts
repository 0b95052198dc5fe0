/** Laws of the factorization objective: what it refuses, what it sums, and that forgetting is a weight of zero. */

import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { strideOf } from "../../src/kernel/kernels.ts";
import { score } from "../../src/model/factor-model.ts";
import { type FactorizationSettings, factorization, placesOf } from "../../src/objective/factorization.ts";
import { addRowGradient } from "../../src/objective/row-gradient.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import {
  allRows,
  anyParams,
  evaluate,
  expectNear,
  forms,
  interactionsFrom,
  relabelled,
  relabelledParams,
  reordered,
  scraps,
  settingsOf,
  shuffle,
  trainedAt,
  triplesOf,
} from "../support/small.ts";

describe("settings", () => {
  const wrong: [string, Partial<FactorizationSettings>][] = [
    ["no factors", { factors: 0 }],
    ["half a factor", { factors: 2.5 }],
    ["more factors than can be meant", { factors: 1025 }],
    ["factors that are no number", { factors: Number.NaN }],
    ["no l2", { l2: 0 }],
    ["negative l2", { l2: -1 }],
    ["l2 that is no number", { l2: Number.NaN }],
    ["infinite l2", { l2: Number.POSITIVE_INFINITY }],
    ["biases that cost nothing", { l2Bias: 0 }],
    ["biases that pay", { l2Bias: -1 }],
    ["infinite l2 of biases", { l2Bias: Number.POSITIVE_INFINITY }],
    ["a mean that is no number", { mean: { kind: "fixed", value: Number.NaN } }],
    ["an infinite mean", { mean: { kind: "fixed", value: Number.NEGATIVE_INFINITY } }],
  ];
  test.each(wrong)("%s are refused as bad input", (_, over) => {
    const make = () => factorization(settingsOf(over), scraps());
    expect(make).toThrow(LetheError);
    expect(make).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  test("without biases their l2 is of no interest", () => {
    expect(() => factorization(settingsOf({ biases: false, l2Bias: 0 }), scraps())).not.toThrow();
  });

  test("the shape and the number of parameters follow from settings and data", () => {
    for (const [, settings] of forms) {
      const { shape, parameterCount } = factorization(settings, scraps());
      expect(shape).toEqual({
        userCount: 7,
        itemCount: 6,
        factors: 3,
        biases: settings.biases,
        learnedMean: settings.mean.kind === "learned",
      });
      const learned = settings.mean.kind === "learned" ? 1 : 0;
      expect(parameterCount).toBe(13 * (settings.biases ? 4 : 3) + learned);
    }
  });
});

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, scraps());
  const params = anyParams(objective);
  const model = modelOf(trainedAt(objective, params));
  const triples = triplesOf(objective.interactions);
  const gone = Uint32Array.of(0, 3, 4, triples.length - 1);

  /** Half the weighted squares of one row of a table. */
  const penaltyOf = (row: number) => {
    let sum = 0;
    for (let f = 0; f < strideOf(objective.shape); f++) {
      const x = params[row * strideOf(objective.shape) + f];
      sum += (f < settings.factors ? settings.l2 : settings.l2Bias) * x * x;
    }
    return sum / 2;
  };
  const everyRow = Array.from({ length: 13 }, (_, row) => row);
  const lossOf = ([user, item, rating]: readonly [number, number, number]) => {
    const carried = settings.regularizer === "interaction" ? penaltyOf(user) + penaltyOf(7 + item) : 0;
    return 0.5 * (score(model, user, item) - rating) ** 2 + carried;
  };
  const standing = settings.regularizer === "table" ? everyRow.reduce((sum, row) => sum + penaltyOf(row), 0) : 0;

  test("J is the sum over the ratings, and what stands without them", () => {
    const sum = triples.reduce((total, triple) => total + lossOf(triple), standing);
    expectNear([evaluate(objective, params).value], [sum]);
  });

  test("∇J is the sum of the rows' gradients and the penalty's", () => {
    const sum = new Float64Array(objective.parameterCount);
    for (const row of allRows(objective.interactions)) addRowGradient(objective, model, row, 1, sum);
    const { stride, meanAt } = placesOf(objective.shape);
    if (settings.regularizer === "table")
      for (let k = 0; k < sum.length; k++)
        if (k !== meanAt) sum[k] += (k % stride < settings.factors ? settings.l2 : settings.l2Bias) * params[k];
    expectNear(evaluate(objective, params).gradient, sum);
  });

  test("without rows it is the objective that never had them", () => {
    const never = factorization(
      settings,
      interactionsFrom(
        triples.filter((_, row) => !gone.includes(row)),
        7,
        6,
      ),
    );
    const without = objective.without(gone);
    expect(triplesOf(without.interactions)).toEqual(triplesOf(never.interactions));
    expect(evaluate(without, params)).toEqual(evaluate(never, params));
    expect(without.shape).toEqual(objective.shape);
  });

  test("without rows J and ∇J have lost those rows' terms and nothing else", () => {
    const whole = evaluate(objective, params);
    const less = evaluate(objective.without(gone), params);
    const lost = Array.from(gone).reduce((sum, row) => sum + lossOf(triples[row]), 0);
    expectNear([less.value], [whole.value - lost]);
    const gradient = whole.gradient.slice();
    for (const row of gone) addRowGradient(objective, model, row, -1, gradient);
    expectNear(less.gradient, gradient);
  });

  test("without nothing it is the same, without everything the penalty alone", () => {
    expect(evaluate(objective.without(new Uint32Array()), params)).toEqual(evaluate(objective, params));
    const { value } = evaluate(objective.without(allRows(objective.interactions)), params);
    expectNear([value], [standing]);
  });

  test("forgetting in two steps is forgetting at once", () => {
    // Row 4 has moved up by the two that went before it, the last row by three.
    const twice = objective.without(Uint32Array.of(0, 3)).without(Uint32Array.of(2, triples.length - 3));
    expect(evaluate(twice, params)).toEqual(evaluate(objective.without(gone), params));
  });

  test("other names for users and items permute the gradient", () => {
    const users = shuffle(7, 1);
    const items = shuffle(6, 2);
    const named = factorization(settings, relabelled(objective.interactions, users, items));
    const found = evaluate(named, relabelledParams(objective.shape, params, users, items));
    const wanted = evaluate(objective, params);
    expectNear([found.value], [wanted.value]);
    expectNear(found.gradient, relabelledParams(objective.shape, wanted.gradient, users, items));
  });

  test("the order of rows does not matter beyond rounding", () => {
    const turned = factorization(settings, reordered(objective.interactions, shuffle(triples.length, 3)));
    const found = evaluate(turned, params);
    const wanted = evaluate(objective, params);
    expectNear([found.value], [wanted.value], 1e-14);
    expectNear(found.gradient, wanted.gradient, 1e-14);
  });
});
