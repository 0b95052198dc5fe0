/** Laws of targets: more is more, and slopes are derivatives. */

import { expect, test } from "vitest";
import { score, scorer } from "../../src/model/factor-model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { factorization } from "../../src/objective/factorization.ts";
import {
  fitTarget,
  marginTarget,
  meanFitTarget,
  meanScoreTarget,
  rankTarget,
  scoreTarget,
  targetValue,
} from "../../src/objective/target.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { anyParams, expectNear, scraps, settingsOf, trainedAt } from "../support/small.ts";

const one = (s: number) => Float64Array.of(s);
const places = [-3, 0, 1.5, 4, 5];
const targets = [
  scoreTarget(1, 2),
  fitTarget(1, 2, 3),
  marginTarget(1, 2, 4),
  meanFitTarget([1, 0, 3], [2, 2, 1], [3, 5, 1]),
  meanScoreTarget([0, 1, 4], 2),
  rankTarget(1, 2, [0, 3, 4], 0.7),
];

test("the target score is the score, and a fit is half its square away from the rating, negated", () => {
  const objective = factorization(settingsOf(), scraps());
  const model = modelOf(trainedAt(objective, anyParams(objective)));
  expect(targetValue(scoreTarget(2, 3), scorer(model))).toBe(score(model, 2, 3));
  expect(targetValue(fitTarget(2, 3, 4), scorer(model))).toBeCloseTo(-0.5 * (score(model, 2, 3) - 4) ** 2, 14);
  expect(targetValue(marginTarget(2, 3, 1), scorer(model))).toBe(score(model, 2, 3) - score(model, 2, 1));
});

test("a fit is never positive, and zero at the rating alone", () => {
  const fit = fitTarget(0, 0, 4);
  expect(fit.of(one(4))).toBeCloseTo(0, 15);
  for (const s of places.filter((x) => x !== 4)) expect(fit.of(one(s))).toBe(-0.5 * (s - 4) ** 2);
});

test.each(targets)("slopes are derivatives: $label", (target) => {
  const random = randomOf(5, target.label);
  const h = 1e-5;
  for (let trial = 0; trial < 5; trial++) {
    const scores = Float64Array.from(target.pairs.users, () => 3 * random.normal());
    const slopes = target.slopes(scores);
    scores.forEach((_, n) => {
      const at = (by: number) => target.of(scores.map((s, k) => (k === n ? s + by : s)));
      expectNear([slopes[n]], [(at(h) - at(-h)) / (2 * h)], 1e-7, { floor: 1e-2 });
    });
  }
});

test("a smooth rank tends to minus the rank", () => {
  const target = rankTarget(0, 5, [1, 2, 3], 1e-6);
  expect(target.of(Float64Array.of(2, 5, 1, 3))).toBeCloseTo(-3, 12);
  expect(target.of(Float64Array.of(9, 5, 1, 3))).toBeCloseTo(-1, 12);
});

test("a target names its first pair", () => {
  for (const target of [scoreTarget(1, 2), fitTarget(1, 2, 3)]) expect(target.label).toMatch(/user 1\b.*item 2\b/);
});

test("a mean score is the mean", () => {
  expect(meanScoreTarget([3, 1], 2).of(Float64Array.of(1, 4))).toBe(2.5);
  expect(() => meanScoreTarget([], 2)).toThrow(/over no users/);
});

test("a mean fit of nothing, and a rank without width, are refused", () => {
  expect(() => meanFitTarget([], [], [])).toThrow(/mean fit of 0/);
  expect(() => rankTarget(0, 0, [1], 0)).toThrow(/width/);
});
