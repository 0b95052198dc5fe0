/** Examples by hand: pairs, triples and lists, with what could not be drawn left out. */

import { describe, expect, test } from "vitest";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import { type ExampleSource, examplesOf, examplesOfRows } from "../../src/objective/examples.ts";
import { bpr, type Examples, logistic, multinomial } from "../../src/objective/loss.ts";
import { noItem } from "../../src/objective/negatives.ts";
import { interactionsFrom } from "../support/small.ts";

// Rows 0 and 2 are of one pair; user 2 and item 3 have none.
const interactions = interactionsFrom(
  [
    [0, 1, 2],
    [1, 0, 3],
    [0, 1, 0.5],
    [0, 2, 4],
  ],
  3,
  4,
);
const negatives = Uint32Array.of(3, 0, noItem, noItem, 3, 3, 0, noItem);
const source: ExampleSource = {
  interactions,
  model: matrixFactorization.build({ factors: 1, biases: false, mean: 0 }, interactions),
  loss: logistic,
  negatives,
  perRow: 2,
  extraWeight: 0.7,
};
const rows = (...list: number[]) => Uint32Array.from(list);

/** Examples as [user, item, label] by example. */
function told({ pairs, labels, start, owners }: Examples) {
  return {
    owners: [...owners],
    examples: Array.from(owners, (_, g) =>
      Array.from({ length: start[g + 1] - start[g] }, (_, n) => [
        pairs.users[start[g] + n],
        pairs.items[start[g] + n],
        labels[start[g] + n],
      ]),
    ),
  };
}

describe("pointwise", () => {
  test("ratings, where nothing is drawn", () => {
    const found = examplesOf({ ...source, negatives: rows(), perRow: 0 }, rows(3, 0));
    expect(told(found)).toEqual({ owners: [0, 1], examples: [[[0, 2, 4]], [[0, 1, 2]]] });
    expect(found.penalised).toBe(false);
  });

  test("1 and the drawn with 0, where something is", () => {
    expect(told(examplesOf(source, rows(0, 1, 3)))).toEqual({
      owners: [0, 0, 0, 1, 2, 2],
      examples: [[[0, 1, 1]], [[0, 3, 0]], [[0, 0, 0]], [[1, 0, 1]], [[0, 2, 1]], [[0, 0, 0]]],
    });
  });
});

test("pairwise: a triple for each that was drawn", () => {
  const triples = { ...source, loss: bpr };
  const wanted = {
    owners: [0, 0, 2],
    examples: [
      [
        [0, 1, 1],
        [0, 3, 0],
      ],
      [
        [0, 1, 1],
        [0, 0, 0],
      ],
      [
        [0, 2, 1],
        [0, 0, 0],
      ],
    ],
  };
  expect(told(examplesOf(triples, rows(0, 1, 3)))).toEqual(wanted);
  expect(told(examplesOfRows(triples, rows(0, 1, 3)))).toEqual(wanted);
  expect(told(examplesOf(triples, rows(1)))).toEqual({ owners: [], examples: [] });
});

describe("listwise", () => {
  const lists: ExampleSource = { ...source, loss: multinomial, negatives: rows(), perRow: 0 };
  const penalised: ExampleSource = { ...lists, model: { ...lists.model, extraOutputs: 1 } };

  test("all items of a user, with what was given to each", () => {
    expect(told(examplesOf(lists, rows(1, 0)))).toEqual({
      owners: [0, 1],
      examples: [
        [0, 1, 2, 3].map((item) => [1, item, item === 0 ? 3 : 0]),
        [
          [0, 0, 0],
          [0, 1, 2.5],
          [0, 2, 4],
          [0, 3, 0],
        ],
      ],
    });
  });

  test("the extra output comes last, with its weight", () => {
    const found = examplesOf(penalised, rows(1));
    expect(found.penalised).toBe(true);
    expect(told(found).examples[0][4]).toEqual([1, 4, 0.7]);
    expect(found.labels.length).toBe(5);
  });

  test("a row's own term is the list with its label alone, without the extra output", () => {
    const found = examplesOfRows(penalised, rows(2, 1));
    expect(found.penalised).toBe(false);
    expect(told(found)).toEqual({
      owners: [0, 1],
      examples: [
        [0, 1, 2, 3].map((item) => [0, item, item === 1 ? 0.5 : 0]),
        [0, 1, 2, 3].map((item) => [1, item, item === 0 ? 3 : 0]),
      ],
    });
  });
});
