/** Laws of values: numbers keep their first digits and their sign, and text cannot leave its place. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped } from "../../src/report/escape.ts";
import { endsOf, placeOn } from "../../src/report/plane.ts";
import { clean, intervalText, numberText, quantityText } from "../../src/report/values.ts";

/** What a person reads in a number. */
const read = (text: string) => Number(text.replaceAll(",", "").replace("−", "-").replace("∞", "Infinity"));

test("a number is told to four digits, a whole one below 10⁹ in full", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e308, max: 1e308 }), (x) => {
      const found = read(numberText(x));
      expect(Math.abs(found - x)).toBeLessThanOrEqual(0.5001e-3 * Math.abs(x) + 3e-323);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: -1e9 + 1, max: 1e9 - 1 }), (x) => {
      expect(read(numberText(x))).toBe(x);
    }),
  );
  const shown = [0, -0, 12_345.6, 0.012345, 1e-7, 1.2344e-7, -2.5, 1e9, Number.NaN, null].map(numberText);
  expect(shown).toEqual(["0", "0", "12,350", "0.01235", "1e-7", "1.234e-7", "−2.5", "1e9", "–", "–"]);
});

test("a quantity has its unit and its interval", () => {
  expect(quantityText({ value: 0.5, unit: "rating units", interval: [0.25, 1] })).toBe("0.5 rating units (0.25 to 1)");
  expect(quantityText({ value: "a\nb" })).toBe("a\\u000ab");
  expect(intervalText([-1, Number.POSITIVE_INFINITY])).toBe("−1 to ∞");
});

test("escaped text comes back from its entities, and has no markup, command or half of a character", () => {
  const entities: Readonly<Record<string, string>> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
  };
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), fc.string({ maxLength: 20 }), (any, plain) => {
      const text = escaped(any + plain);
      expect(text).not.toMatch(/[<>"']|\p{Cc}|\p{Surrogate}/u);
      expect(text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity])).toBe(clean(any + plain));
    }),
  );
});

test("ends of an axis differ, hold all values, and places on it are from 0 to 1", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e149, max: 1e149 }));
  fc.assert(
    fc.property(values, fc.boolean(), (some, log) => {
      const list = log ? some.map((x) => Math.max(Math.abs(x), 1e-149)) : some;
      const [low, high] = endsOf(list, log);
      expect(low).toBeLessThan(high);
      for (const x of list) {
        const place = placeOn({ name: "", log, low, high }, x);
        expect(place).toBeGreaterThanOrEqual(-1e-9);
        expect(place).toBeLessThanOrEqual(1 + 1e-9);
      }
    }),
  );
});
