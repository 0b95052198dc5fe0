import fc from "fast-check";
import { expect, test } from "vitest";
import { interactionsOf } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { FactorizationSettings } from "../../src/objective/factorization.ts";
import { askedOr, toleranceOn, toleranceScale } from "../../src/training/tolerance.ts";

const set = plantedFactors({ users: 20, items: 15, ratings: 120, factors: 2, seed: 1 }).interactions;
const of = (settings: Partial<FactorizationSettings>, ratings = set.ratings) =>
  differentiable(
    objectiveSettings({
      ...{ factors: 2, biases: false, mean: { kind: "fixed", value: 0 }, l2: 1, l2Bias: 1, regularizer: "table" },
      ...settings,
    }),
    interactionsOf({ ...set, ratings }),
  );

test("the scale is the gradient of a row's term at a score of 0, root mean square", () => {
  const rms = (pulls: Float64Array) => Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
  const large = set.ratings.map((r) => 1000 * r);
  expect(toleranceScale(of({}, large))).toBeCloseTo(rms(large) / 10, 3);
  const small = set.ratings.map((r) => r / 100);
  expect(toleranceScale(of({}, small))).toBeCloseTo(rms(small), 6);
  const fixed = { kind: "fixed", value: 3000 } as const;
  expect(toleranceScale(of({ mean: fixed }, large))).toBeCloseTo(rms(large.map((r) => r - 3000)) / 10, 3);
  // Where ratings are it is 1.
  expect(toleranceScale(of({}))).toBe(1);
  const confidence = { base: 1, alpha: 40 };
  expect(toleranceScale(of({ confidence }))).toBeCloseTo(rms(set.ratings.map((r) => 1 + 40 * r)) / 10, 3);
  expect(
    toleranceScale(
      of(
        { confidence },
        set.ratings.map(() => -1),
      ),
    ),
  ).toBe(1);
  expect(toleranceScale(of({}, new Float64Array(set.size)))).toBe(1);
});

test("the scale goes with the unit and not with the order of rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), { minLength: set.size, maxLength: set.size }),
      fc.constantFrom(1e-3, 10, 1e6),
      (numbers, unit) => {
        const scale = toleranceScale(of({}, Float64Array.from(numbers)));
        expect(
          toleranceScale(
            of(
              {},
              Float64Array.from(numbers, (x) => x * unit),
            ),
          ) /
            unit /
            scale,
        ).toBeCloseTo(1, 4);
        expect(toleranceScale(of({}, Float64Array.from([...numbers].reverse())))).toBe(scale);
      },
    ),
    { numRuns: 50 },
  );
});

test("a tolerance that goes along with the data is recomputed from the rows that are there; one that is given stands", () => {
  const [whole, whale] = [
    of({}),
    of(
      {},
      set.ratings.map((r, k) => (k === 0 ? 1e6 : r)),
    ),
  ];
  const before = toleranceOn(whale, { relativeTolerance: 1e-8 });
  expect(before.tolerance).toBeGreaterThan(1e-5);
  const left = whale.without(Uint32Array.of(0));
  expect(toleranceOn(left, askedOr({}, before)).tolerance).toBeLessThan(1e-7);
  expect(toleranceOn(left, askedOr({ tolerance: 1e-3 }, before))).toEqual({ tolerance: 1e-3 });
  expect(toleranceOn(whole, askedOr({}, { tolerance: 1e-6 }))).toEqual({ tolerance: 1e-6 });
});
