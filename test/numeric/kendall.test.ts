/** Laws of Kendall's τ: all pairs one by one, ties included. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { kendall } from "../../src/numeric/statistics.ts";

/** τ_b by looking at every pair (Kendall 1945). */
function byPairs(x: readonly number[], y: readonly number[]): number {
  let [sum, inX, inY] = [0, 0, 0];
  for (let a = 0; a < x.length; a++)
    for (let b = 0; b < a; b++) {
      const [dx, dy] = [Math.sign(x[a] - x[b]), Math.sign(y[a] - y[b])];
      sum += dx * dy;
      inX += dx * dx;
      inY += dy * dy;
    }
  return sum / Math.sqrt(inX * inY);
}

test("sorting counts what looking at all pairs counts", () => {
  const value = fc.integer({ min: -3, max: 4 });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { maxLength: 40 }), (pairs) => {
      const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      const wanted = byPairs(x, y);
      if (Number.isNaN(wanted)) expect(kendall(x, y)).toBeNaN();
      else expect(kendall(x, y)).toBeCloseTo(wanted, 12);
    }),
  );
});

test("equal orders are 1, reversed ones −1, and what does not vary has none", () => {
  expect(kendall([1, 5, 9, 11], [0, 1, 2, 30])).toBe(1);
  expect(kendall([1, 5, 9, 11], [4, 3, 2, 1])).toBe(-1);
  expect(kendall([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(kendall([1], [2])).toBeNaN();
});
