/** Laws of targets: more is more, and the slope is the derivative. */

import { expect, test } from "vitest";
import { score } from "../../src/model/matrix-factorization.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { fitTarget, scoreTarget, targetValue } from "../../src/objective/target.ts";
import { modelOf } from "../../src/training/trained.ts";
import { anyParams, expectNear, scraps, settingsOf, trainedAt } from "../small.ts";

const places = [-3, 0, 1.5, 4, 5];

test("the target score is the score", () => {
  const objective = factorization(settingsOf(), scraps());
  const model = modelOf(trainedAt(objective, anyParams(objective)));
  expect(targetValue(scoreTarget(2, 3), model)).toBe(score(model, 2, 3));
  expect(targetValue(fitTarget(2, 3, 4), model)).toBeCloseTo(-0.5 * (score(model, 2, 3) - 4) ** 2, 14);
});

test("a fit is minus the loss: never positive, and zero at the rating alone", () => {
  const fit = fitTarget(0, 0, 4);
  expect(fit.of(4)).toBeCloseTo(0, 15);
  for (const s of places.filter((x) => x !== 4)) {
    expect(fit.of(s)).toBeLessThan(0);
    expect(fit.of(s)).toBe(-0.5 * (s - 4) ** 2);
  }
});

test.each([scoreTarget(1, 2), fitTarget(1, 2, 3)])("the slope is the derivative: $label", (target) => {
  const h = 1e-5;
  for (const s of places)
    expectNear([target.slope(s)], [(target.of(s + h) - target.of(s - h)) / (2 * h)], 1e-9, { what: String(s) });
});

test("a target names its pair", () => {
  for (const target of [scoreTarget(1, 2), fitTarget(1, 2, 3)]) {
    expect([target.user, target.item]).toEqual([1, 2]);
    expect(target.label).toMatch(/user 1\b.*item 2\b/);
  }
});
