/** Laws of splitting: two parts that make the whole, of the size asked for, and a row's side is its own. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complement, type Interactions, interactionsOf, type Rows } from "../../src/data/interactions.ts";
import {
  type HoldoutSize,
  type Split,
  splitEveryNth,
  splitLeaveLastOut,
  splitPerUser,
  splitRandom,
} from "../../src/data/splitting.ts";
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

/** Seven users, eleven items, any pairs in any order, with times. */
const sets = fc
  .array(fc.tuple(fc.nat(6), fc.nat(10), fc.nat(5)), { maxLength: 60 })
  .map((rows): Interactions => setOf(rows));

function setOf(rows: readonly (readonly [number, number, number])[]): Interactions {
  return interactionsOf({
    userCount: 7,
    itemCount: 11,
    users: Uint32Array.from(rows, ([user]) => user),
    items: Uint32Array.from(rows, ([, item]) => item),
    ratings: new Float64Array(rows.length).fill(1),
    times: Float64Array.from(rows, ([, , time]) => time),
  });
}

function countOf({ users }: Interactions, rows: Rows, user: number): number {
  return rows.reduce((sum, row) => sum + (users[row] === user ? 1 : 0), 0);
}

describe("splitPerUser", () => {
  const sizes = fc.oneof(
    fc.record({ fraction: fc.double({ min: 0, max: 0.99, noNaN: true }) }),
    fc.record({ count: fc.nat(5) }),
  );

  test("tests on as many rows of every user as asked, and leaves each one to train on", () => {
    fc.assert(
      fc.property(sets, sizes, fc.integer(), (set, size: HoldoutSize, seed) => {
        const split = splitPerUser(set, size, seed);
        expectParts(split, set.size);
        for (let user = 0; user < set.userCount; user++) {
          const all = countOf(set, complement(new Uint32Array(), set.size), user);
          const wanted = "count" in size ? size.count : Math.floor(size.fraction * all + 1e-9);
          expect(countOf(set, split.test, user)).toBe(wanted < all ? wanted : 0);
        }
      }),
    );
  });

  test("draws the same pairs whatever the order of rows", () => {
    const pairs = Array.from({ length: 77 }, (_, k) => [k % 7, k % 11, 0] as const);
    const pairsIn = (set: Interactions, rows: Rows) => [...rows].map((row) => [set.users[row], set.items[row]].join());
    fc.assert(
      fc.property(fc.shuffledSubarray(pairs, { minLength: 77 }), sizes, fc.integer(), (rows, size, seed) => {
        const [one, other] = [setOf(pairs), setOf(rows)];
        const found = pairsIn(other, splitPerUser(other, size, seed).test);
        expect(found.sort()).toEqual(pairsIn(one, splitPerUser(one, size, seed).test).sort());
      }),
    );
  });

  test("draws every row as often, differently for each seed, nested for larger sizes", () => {
    const set = setOf(Array.from({ length: 10 }, (_, item) => [0, item, 0] as const));
    const drawn = new Float64Array(10);
    const seeds = 5000;
    for (let seed = 0; seed < seeds; seed++) {
      const { test: rows } = splitPerUser(set, { fraction: 0.3 }, seed);
      for (const row of rows) drawn[row]++;
      const more = new Set(splitPerUser(set, { count: 5 }, seed).test);
      expect(rows.every((row) => more.has(row))).toBe(true);
    }
    for (const count of drawn) expect(Math.abs(count / seeds - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / seeds));
  });

  test("a tenth of 300 rows is thirty, and .29 of them 87", () => {
    const set = setOf(Array.from({ length: 300 }, (_, row) => [0, row % 11, 0] as const));
    expect(splitPerUser(set, { fraction: 0.29 }, 1).test.length).toBe(87);
    expect(splitPerUser(set, { fraction: 0.1 }, 1).test.length).toBe(30);
  });

  test("refuses a size out of range", () => {
    const bad = [{ fraction: 1 }, { fraction: -0.1 }, { fraction: Number.NaN }, { count: -1 }, { count: 1.5 }];
    for (const size of bad) expect(() => splitPerUser(setOf([]), size, 1)).toThrow(LetheError);
  });
});

describe("splitLeaveLastOut", () => {
  test("tests on the latest row of every user with two rows or more, the later one of equal times", () => {
    fc.assert(
      fc.property(sets, (set) => {
        const split = splitLeaveLastOut(set);
        expectParts(split, set.size);
        const times = set.times ?? new Float64Array();
        for (let user = 0; user < set.userCount; user++) {
          const rows = [...set.users.keys()].filter((row) => set.users[row] === user);
          const latest = rows.toSorted((a, b) => times[b] - times[a] || b - a)[0];
          const tested = [...split.test].filter((row) => set.users[row] === user);
          expect(tested).toEqual(rows.length < 2 ? [] : [latest]);
        }
      }),
    );
  });

  test("refuses a set without times", () => {
    const { users, items, ratings, userCount, itemCount } = setOf([[0, 0, 0]]);
    const untimed = interactionsOf({ users, items, ratings, userCount, itemCount });
    expect(() => splitLeaveLastOut(untimed)).toThrow("no times");
  });
});
