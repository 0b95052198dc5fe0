/** Laws of judging by leave-one-out: the truth is right, half of it has half the slope, and what is told of a model is what the estimator's own truth says. */

import { describe, expect, test } from "vitest";
import { leaveOneOutCorrelation } from "../../src/judging/index.ts";
import { median } from "../../src/numeric/statistics.ts";
import { run } from "../support/run.ts";
import { candidateOf, subjectOf, valued } from "./subjects.ts";

const judge = leaveOneOutCorrelation.make({});
const subject = subjectOf();
const truth = await candidateOf("leave-one-out", subject);
const prepared = await judge.prepare(subject, run);

describe("values against leaving out", () => {
  test("the truth has rank 1, slope 1 and no error", async () => {
    const { value, interval, figures } = await prepared.of(truth, run);
    expect(value).toBeCloseTo(1, 12);
    expect(interval?.[0]).toBeCloseTo(1, 12);
    expect(figures.pearson).toBeCloseTo(1, 9);
    expect(figures.slope).toBeCloseTo(1, 6);
    expect(figures.medianError).toBeLessThan(1e-5);
    expect(prepared.trainings()).toBe(12);
  });

  test("half of it has half the slope and half an error, its negative the rank −1", async () => {
    const half = await prepared.of(valued(truth.estimate.values.map((x) => x / 2)), run);
    expect(half.value).toBeCloseTo(1, 12);
    expect(half.figures.slope).toBeCloseTo(0.5, 6);
    expect(half.figures.medianError).toBeCloseTo(0.5, 6);
    expect((await prepared.of(valued(truth.estimate.values.map((x) => -x)), run)).value).toBeCloseTo(-1, 12);
  });

  test("an estimate is as far off as by hand", async () => {
    const candidate = await candidateOf("influence-function", subject);
    const { figures } = await prepared.of(candidate, run);
    const errors = [0, 1].map((m) =>
      median(
        Array.from({ length: 12 }, (_, k) => {
          const exact = truth.estimate.values[m * 12 + k];
          return Math.abs(candidate.estimate.values[m * 12 + k] - exact) / Math.abs(exact);
        }),
      ),
    );
    expect(figures.medianError).toBeCloseTo((errors[0] + errors[1]) / 2, 4);
  });

  test("a sample of the players is told by its own", async () => {
    const few = await leaveOneOutCorrelation.make({ sample: 5 }).prepare(subject, run);
    expect(few.trainings()).toBe(5);
    expect((await few.of(truth, run)).value).toBeCloseTo(1, 12);
  });
});
