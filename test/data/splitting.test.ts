/** Laws of splitting: two parts that make the whole, of the size asked for, and a row's side is its own. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complement } from "../../src/data/interactions.ts";
import { type Split, splitEveryNth, splitRandom } from "../../src/data/splitting.ts";
import { LetheError } from "../../src/errors.ts";

function expectParts(split: Split, size: number): void {
  expect(split.train.length + split.test.length).toBe(size);
  // complement() throws unless the rows ascend, are distinct and inside the set.
  expect(complement(split.test, size)).toEqual(split.train);
}

describe("splitEveryNth", () => {
  test("tests on offset, offset + every, …", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 20 }), fc.nat(19), (size, every, drawn) => {
        const offset = drawn % every;
        const split = splitEveryNth(size, every, offset);
        expectParts(split, size);
        expect([...split.test]).toEqual(Array.from({ length: size }, (_, k) => k).filter((k) => k % every === offset));
      }),
    );
  });

  test("refuses what is no such number", () => {
    for (const [every, offset] of [
      [0, 0],
      [1.5, 0],
      [3, 3],
      [3, -1],
      [3, 0.5],
      [Number.NaN, 0],
    ])
      expect(() => splitEveryNth(10, every, offset)).toThrow(LetheError);
  });
});

describe("splitRandom", () => {
  test("makes two parts, and a longer set splits its beginning alike", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), (size, fraction, seed) => {
        const split = splitRandom(size, fraction, seed);
        expectParts(split, size);
        const longer = splitRandom(size + 50, fraction, seed);
        expect(longer.test.filter((row) => row < size)).toEqual(split.test);
      }),
    );
  });

  test("tests on the fraction asked for, differently for each seed, nested for larger fractions", () => {
    const size = 100_000;
    const tests = [0.1, 0.5].map((fraction) => splitRandom(size, fraction, 1).test);
    expect(Math.abs(tests[0].length / size - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / size));
    expect(Math.abs(tests[1].length / size - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / size));
    const half = new Set(tests[1]);
    expect(tests[0].every((row) => half.has(row))).toBe(true);
    const shared = splitRandom(size, 0.5, 2).test.filter((row) => half.has(row)).length;
    expect(Math.abs(shared / size - 0.25)).toBeLessThan(0.01);
    expect([splitRandom(9, 0, 1).test.length, splitRandom(9, 1, 1).train.length]).toEqual([0, 0]);
  });

  test("refuses a fraction out of range", () => {
    for (const fraction of [-0.1, 1.1, Number.NaN]) expect(() => splitRandom(10, fraction, 1)).toThrow(LetheError);
  });
});
