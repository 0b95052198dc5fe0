/** The L2 of tables: by hand, by finite differences, and by what rows occur. */

import { describe, expect, test } from "vitest";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import type { Model } from "../../src/model/model.ts";
import { tensorAt } from "../../src/model/tensors.ts";
import { bpr, type Loss, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import { noItem } from "../../src/objective/negatives.ts";
import { addPenalty, penaltyOf, rowCountsOf } from "../../src/objective/penalty.ts";
import { expectNear, interactionsFrom, normals } from "../support/small.ts";

const interactions = interactionsFrom(
  [
    [0, 1, 2],
    [1, 0, 3],
    [0, 1, 0.5],
  ],
  3,
  4,
);
const base = matrixFactorization.build({ factors: 2, biases: true, mean: 0 }, interactions);
/** Seven rows with a bias each, and a shared tensor of three. */
const model: Model = {
  ...base,
  parameterCount: 24,
  tensors: [...base.tensors, tensorAt({ name: "shared", shape: [3] }, 21)],
};
const counts = { users: Float64Array.of(2, 0, 1), items: Float64Array.of(0, 1, 3, 0.5) };
const lambdas = { l2: 0.5, l2Shared: 4 };

describe("counts", () => {
  const negatives = Uint32Array.of(3, 2, noItem, noItem, 3, noItem);
  const countsOf = (loss: Loss, drawn: Uint32Array) => {
    const perRow = drawn.length / 3;
    const { users, items } = rowCountsOf({ interactions, model, loss, negatives: drawn, perRow, extraWeight: 0 });
    return { users: [...users], items: [...items] };
  };

  test("of rows alone", () => {
    for (const loss of [squared, logistic, multinomial])
      expect(countsOf(loss, new Uint32Array(0))).toEqual({ users: [2, 1, 0], items: [1, 2, 0, 0] });
  });

  test("of rows and what was drawn for them", () => {
    expect(countsOf(logistic, negatives)).toEqual({ users: [5, 1, 0], items: [1, 2, 1, 2] });
  });

  test("of triples: the user once and both items, nothing where nothing could be drawn", () => {
    expect(countsOf(bpr, negatives)).toEqual({ users: [3, 0, 0], items: [0, 3, 1, 2] });
  });
});

describe("the penalty", () => {
  const params = normals(24, 1);

  test("covers the vector, with a stretch for every tensor in one piece, and else for every row", () => {
    const whole = matrixFactorization.build({ factors: 2, biases: false, mean: 0 }, interactions);
    const plain = { ...whole, tensors: [...whole.tensors, tensorAt({ name: "shared", shape: [10] }, 14)] };
    for (const [of, given, length] of [
      [plain, undefined, 3],
      [plain, counts, 3 + 4 + 1],
      [model, undefined, 3 + 4 + 3 + 4 + 1],
      [model, counts, 3 + 4 + 3 + 4 + 1],
    ] as const) {
      const { stretches } = penaltyOf(of, lambdas, given);
      expect(stretches.length).toBe(length);
      expect(stretches.map(({ from }) => from)).toEqual([0, ...stretches.map(({ to }) => to).slice(0, -1)]);
      expect(stretches.at(-1)?.to).toBe(24);
    }
  });

  test("by hand", () => {
    const ones = new Float64Array(24).fill(1);
    expect(penaltyOf(model, lambdas, undefined).value(ones)).toBe(0.5 * (0.5 * 21 + 4 * 3));
    // Every row has two factors and a bias; users occur 3 times, items 4.5.
    expect(penaltyOf(model, lambdas, counts).value(ones)).toBe(0.5 * (0.5 * 3 * 7.5 + 4 * 3));
    const alone = new Float64Array(24);
    // The second user and the first item have no share.
    for (const place of [3, 4, 5, 9, 10, 11]) alone[place] = 9;
    expect(penaltyOf(model, lambdas, counts).value(alone)).toBe(0);
  });

  test("of biases has a λ of its own, and a mean has none", () => {
    const learned = matrixFactorization.build({ factors: 2, biases: "items", mean: "learned" }, interactions);
    const { stretches, value } = penaltyOf(learned, { ...lambdas, l2Bias: 3 }, counts);
    expect(value(new Float64Array(19).fill(1))).toBe(0.5 * (0.5 * 2 * 7.5 + 3 * 4.5));
    expect(stretches.at(-1)).toEqual({ from: 18, to: 19, weight: 0 });
    expect(penaltyOf(learned, lambdas, undefined).value(new Float64Array(19).fill(1))).toBe(0.5 * 0.5 * (14 + 4));
  });

  test("its gradient is added, and is linear: the Hessian times the vector", () => {
    for (const given of [undefined, counts]) {
      const penalty = penaltyOf(model, lambdas, given);
      const wanted = params.map((x, k) => {
        const at = (by: number) => penalty.value(params.with(k, x + by));
        return (at(1e-4) - at(-1e-4)) / 2e-4;
      });
      const before = normals(24, 2);
      const found = before.slice();
      addPenalty(penalty, params, found);
      expectNear(
        found.map((x, k) => x - before[k]),
        wanted,
        1e-9,
      );
      addPenalty(
        penalty,
        params.map((x) => -x),
        found,
      );
      expectNear(found, before, 1e-14);
    }
  });

  test("of 0 is none, whatever the parameters", () => {
    const none = penaltyOf(model, { l2: 0, l2Shared: 0 }, counts);
    const endless = new Float64Array(24).fill(Number.POSITIVE_INFINITY);
    const out = new Float64Array(24);
    addPenalty(none, endless, out);
    expect([none.value(endless), ...out].every((x) => x === 0)).toBe(true);
  });
});
