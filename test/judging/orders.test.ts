/** Laws of removal curves, and of values on random parameters. */

import { describe, expect, test } from "vitest";
import { type Candidate, judges, randomisation, removalCurves } from "../../src/judging/index.ts";
import { untrained } from "../../src/judging/randomisation.ts";
import { namesOf } from "../../src/method/index.ts";
import { spearman } from "../../src/numeric/statistics.ts";
import { run } from "../support/run.ts";
import { smoothOf } from "../support/trained.ts";
import { candidateOf, knownTrainings, model, subjectOf, valued, weightsOf } from "./subjects.ts";

const weights = [5, -3, 2, 7, 0, -1, 4, 1, -6, 3, 8, -2];

describe("removal curves where players add up", () => {
  const openTrainings = knownTrainings(weightsOf(subjectOf().players, weights));
  const subject = subjectOf({ openTrainings });
  const judge = removalCurves.make({ most: 0.5, steps: 3 });

  test("fall by the highest weights and rise by the lowest", async () => {
    const prepared = await judge.prepare(subject, run);
    const { curves, value, figures } = await prepared.of(valued([...weights, ...weights]), run);
    const after = (name: string) => curves?.[name].slice(1);
    expect(after("highest first")).toEqual([
      [2 / 12, -15],
      [4 / 12, -24],
      [6 / 12, -29],
    ]);
    expect(after("lowest first")).toEqual([
      [2 / 12, 9],
      [4 / 12, 12],
      [6 / 12, 11],
    ]);
    expect(value).toBeCloseTo((24 + 36 + 40) / 3, 12);
    expect(figures.randomOverHighest + figures.lowestOverRandom).toBeCloseTo(value, 12);
    expect(figures.randomOverHighest).toBeGreaterThan(0);
    await prepared.close();
  });

  test("of the contrary values change places", async () => {
    const prepared = await judge.prepare(subject, run);
    const contrary = [...weights, ...weights].map((x) => -x);
    expect((await prepared.of(valued(contrary), run)).value).toBeCloseTo(-(24 + 36 + 40) / 3, 12);
  });

  test("begin at the model itself, and of two measures are their mean", async () => {
    const prepared = await judge.prepare(subject, run);
    const { curves } = await prepared.of(valued([...weights, ...weights]), run);
    const whole = subject.measures.map(({ target }) => target?.of(model.scores(target.pairs)) ?? 0);
    for (const points of Object.values(curves ?? {})) expect(points[0]).toEqual([0, (whole[0] + whole[1]) / 2]);
    const half = [...weights, ...weights.map(() => 0)];
    expect((await prepared.of(valued(half), run)).curves?.["highest first"]).toEqual(curves?.["highest first"]);
  });
});

describe("random parameters", () => {
  test("are those that a training begins with, for the same objective", async () => {
    const random = await untrained(model, 1, run);
    expect(smoothOf(random).objective).toBe(smoothOf(model).objective);
    expect(smoothOf(random)).toMatchObject({ status: "step-limit" });
    expect(smoothOf(random).gradientNorm).toBeGreaterThan(1e3 * smoothOf(model).gradientNorm);
    expect(smoothOf(await untrained(model, 1, run)).params).toEqual(smoothOf(random).params);
    expect(smoothOf(await untrained(model, 2, run)).params).not.toEqual(smoothOf(random).params);
  });

  test("have the values that the estimator gives there, and the figure is how alike their order is", async () => {
    const subject = subjectOf();
    const judge = await randomisation.make({}).prepare(subject, run);
    const candidate = await candidateOf("influence-function", subject);
    const there = await candidateOf("influence-function", { ...subject, model: await untrained(model, 1, run) });
    const alike = [0, 1].map((m) =>
      spearman(
        candidate.estimate.values.slice(12 * m, 12 * (m + 1)),
        there.estimate.values.slice(12 * m, 12 * (m + 1)),
      ),
    );
    const { value, figures } = await judge.of(candidate, run);
    expect(value).toBeCloseTo((Math.abs(alike[0]) + Math.abs(alike[1])) / 2, 12);
    expect(figures.signed).toBeCloseTo((alike[0] + alike[1]) / 2, 12);
    expect(value).toBeLessThan(0.9);
  });

  test("do not change what reads no parameters: its figure is 1", async () => {
    const subject = subjectOf();
    const values = Float64Array.from({ length: 24 }, (_, k) => (k * 7) % 12);
    const still: Candidate = valued(values);
    const estimator = { prepare: async () => ({ estimate: async () => still.estimate, close: () => {} }) };
    const judge = await randomisation.make({}).prepare(subject, run);
    expect((await judge.of({ ...still, estimator }, run)).value).toBe(1);
  });

  test("judge no method that trains again", async () => {
    const candidate = await candidateOf("leave-one-out", subjectOf());
    expect(randomisation.make({}).unfit?.(candidate)).toContain("trains again");
  });
});

test("a judge of the values of single players refuses those of sets", () => {
  const sets = valued([1, 2, 3], { sets: [[0], [1], [0, 1]] });
  const refusing = ["lds", "loo", "removal", "random"];
  for (const name of namesOf(judges)) {
    const judge = judges.methods.find((one) => one.name === name)?.make({});
    expect(judge?.unfit?.(sets) !== undefined, name).toBe(refusing.includes(name));
  }
});
