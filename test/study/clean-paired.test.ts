/** Errors of groups, compared: what the whole is, and intervals that hold the true difference as often as they say. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { randomOf } from "../../src/numeric/random.ts";
import { pairedInterval, pooled } from "../../src/study/cases/clean/paired.ts";

const errors = fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { minLength: 6, maxLength: 20 });

test("the pooled error is that of all rows together", () => {
  fc.assert(
    fc.property(fc.array(errors, { minLength: 1, maxLength: 8 }), (groups) => {
      const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      const weights = groups.map(({ length }) => length);
      expect(pooled(groups.map(rms), { weights, squared: true }, [...groups.keys()])).toBeCloseTo(
        rms(groups.flat()),
        10,
      );
    }),
  );
});

test("the interval has the difference in its middle, is a point without one, and changes sides with its sign", () => {
  fc.assert(
    fc.property(errors, errors, (one, other) => {
      const count = Math.min(one.length, other.length);
      const [groups, pooling] = [
        Array.from({ length: count }, (_, g) => g),
        { weights: one.map(() => 3), squared: true },
      ];
      const [low, high] = pairedInterval(one, other, pooling, groups) ?? [Number.NaN, Number.NaN];
      expect((low + high) / 2).toBeCloseTo(pooled(other, pooling, groups) - pooled(one, pooling, groups), 10);
      const back = pairedInterval(other, one, pooling, groups) ?? [Number.NaN, Number.NaN];
      expect(back[0]).toBeCloseTo(-high, 10);
      const same = pairedInterval(one, one, pooling, groups) ?? [Number.NaN, Number.NaN];
      expect(same.map(Math.abs)).toEqual([0, 0]);
    }),
  );
});

test("of 2,000 intervals about 95 % hold the true difference, also of few groups of unequal weight", () => {
  const random = randomOf(1, "paired");
  for (const count of [6, 30]) {
    let held = 0;
    for (let n = 0; n < 2000; n++) {
      const weights = Array.from({ length: count }, (_, g) => 1 + (g % 3));
      const before = weights.map(() => 1 + 0.3 * random.normal());
      const after = before.map((error) => error + 0.1 + 0.2 * random.normal());
      const [low, high] = pairedInterval(before, after, { weights, squared: false }, [...weights.keys()]) ?? [0, 0];
      if (low <= 0.1 && 0.1 <= high) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.92);
    expect(held / 2000).toBeLessThan(0.97);
  }
});

test("of fewer than five groups nothing is told", () => {
  expect(pairedInterval([1, 1, 1, 1], [1, 1, 1, 1], { weights: [1, 1, 1, 1], squared: true }, [0, 1, 2, 3])).toBeNull();
});
