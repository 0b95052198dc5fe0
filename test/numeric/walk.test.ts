import fc from "fast-check";
import { expect, test } from "vitest";
import { walkDown } from "../../src/numeric/walk.ts";

const walk = { least: 1e-6, most: 1e6, ratio: 1.5, gain: 0 };
const positive = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.exp);

test("of a parabola in the logarithm the bottom is found from everywhere", async () => {
  await fc.assert(
    fc.asyncProperty(positive, positive, async (bottom, start) => {
      const at = async (x: number) => 1 + Math.log(x / bottom) ** 2;
      expect((await walkDown(at, start, walk)) / bottom).toBeCloseTo(1, 6);
    }),
  );
});

test("a walk ends inside its bounds, at a value that is no higher than where it began, and asks for no point twice", async () => {
  const bounds = { ...walk, least: 0.1, most: 10, gain: 1e-3 };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      async (k, start) => {
        const asked: number[] = [];
        const value = (x: number) => 3 + Math.sin(k * Math.log(x)) + Math.log(x) ** 2 / k;
        const end = await walkDown(
          async (x) => {
            asked.push(x);
            return value(x);
          },
          start,
          bounds,
        );
        expect(end).toBeGreaterThanOrEqual(0.1);
        expect(end).toBeLessThanOrEqual(10);
        expect(new Set(asked).size).toBe(asked.length);
        expect(Math.min(...asked.map(value))).toBeLessThanOrEqual(value(start));
      },
    ),
  );
});

test("a step that gains too little is not taken, and where the largest point is lower the walk begins there again", async () => {
  const flat = async (x: number) => 1 + 1e-6 * x;
  expect(await walkDown(flat, 1, { ...walk, gain: 1e-3, most: 2 })).toBe(1);
  // A shallow valley at 1, and a deep one at 1000.
  const two = async (x: number) => 2 - Math.exp(-(Math.log(x) ** 2)) - 2 * Math.exp(-((Math.log(x / 1000) / 4) ** 2));
  expect((await walkDown(two, 1, { ...walk, most: 2000 })) / 1000).toBeCloseTo(1, 1);
});
