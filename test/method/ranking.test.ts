/** Laws of rankings and examples: order, ties, what has no value, and means over measures. */

import { expect, test } from "vitest";
import type { SolveStatus } from "../../src/linear/solver.ts";
import { canonicalExamples, normativeExamples, rankingOf } from "../../src/method/index.ts";

const converged = (count: number) => new Array<SolveStatus>(count).fill("converged");
// Two measures of five players.
const values = Float64Array.of(1, -2, Number.NaN, 3, 1, 0, 4, 9, -4, 2);
const statuses = converged(10);
statuses[9] = "breakdown";
const found = { values, statuses };

test("a ranking goes from the most positive to the most negative; ties stay, and what has no value is last", () => {
  expect([...rankingOf(found, 2, 0)]).toEqual([3, 0, 4, 1, 2]);
  expect([...rankingOf(found, 2, 1)]).toEqual([2, 1, 0, 3, 4]);
  expect([...rankingOf({ values: Float64Array.of(), statuses: [] })]).toEqual([]);
});

test("canonical examples support the measure", () => {
  expect([...canonicalExamples(found, 2, 2, 0)]).toEqual([3, 0]);
  expect([...canonicalExamples(found, 9, 2, 0)]).toEqual([3, 0, 4]);
  expect([...canonicalExamples(found, 9, 2, 1)]).toEqual([2, 1]);
});

test("normative examples have the highest mean over all measures, and a value on each", () => {
  // The means are 0.5, 1, none, −0.5 and none.
  expect([...normativeExamples(found, 9, 2)]).toEqual([1, 0, 3]);
  expect([...normativeExamples(found, 1, 2)]).toEqual([1]);
});
