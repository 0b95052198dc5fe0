/** Decimals from bytes agree with Number on what is decimal, and refuse the rest. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalOf } from "../../src/data/reading/numbers.ts";

function parsed(text: string): number {
  const bytes = Buffer.from(`9${text}9`);
  return decimalOf(bytes, 1, bytes.length - 1);
}

test("every double is read as Number reads it", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      for (const text of [String(value), value.toExponential()]) expect(parsed(text)).toBe(Number(text));
    }),
    { numRuns: 1000 },
  );
});

test("decimals of any length are rounded as Number rounds them", () => {
  const digits = fc.stringMatching(/^\d{0,25}$/);
  fc.assert(
    fc.property(fc.constantFrom("", "-", "+"), digits, fc.boolean(), digits, (sign, whole, point, rest) => {
      fc.pre(whole + rest !== "");
      const text = sign + whole + (point ? "." : "") + rest;
      expect(parsed(text)).toBe(Number(text));
    }),
    { numRuns: 1000 },
  );
});

test("what is no decimal number is NaN, and what is too large is infinite", () => {
  for (const text of [
    "",
    "-",
    "+",
    ".",
    "-.",
    "1.2.3",
    "1e",
    "e5",
    "0x10",
    "0b1",
    "Infinity",
    "NaN",
    "nan",
    "1_000",
    "1,5",
    "1 2",
    "--1",
    "٣",
    "1n",
  ])
    expect(parsed(text)).toBeNaN();
  expect(parsed("1e999")).toBe(Number.POSITIVE_INFINITY);
  expect(parsed("-1e999")).toBe(Number.NEGATIVE_INFINITY);
});
