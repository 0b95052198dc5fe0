/** Laws of interactions: the indices are consistent, and without, select and complement fit together. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idsOf, indexOf } from "../../src/data/dataset.ts";
import { complement, type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { LetheError } from "../../src/errors.ts";

const row = fc.record({ user: fc.nat(6), item: fc.nat(4), rating: fc.double({ noNaN: true }), time: fc.nat() });
const set = fc.tuple(fc.array(row, { maxLength: 60 }), fc.boolean()).map(([rows, timed]) =>
  interactionsOf({
    userCount: 7,
    itemCount: 5,
    users: Uint32Array.from(rows, (r) => r.user),
    items: Uint32Array.from(rows, (r) => r.item),
    ratings: Float64Array.from(rows, (r) => r.rating),
    times: timed ? Float64Array.from(rows, (r) => r.time) : undefined,
  }),
);
const setAndRows = set.chain((all) =>
  fc.tuple(
    fc.constant(all),
    fc.subarray(Array.from({ length: all.size }, (_, k) => k)).map((rows) => Uint32Array.from(rows)),
  ),
);

function rowsOf(set: Interactions): unknown[] {
  return Array.from({ length: set.size }, (_, k) => [set.users[k], set.items[k], set.ratings[k], set.times?.[k]]);
}

describe("the index of each side", () => {
  test("holds every row once, under its own user and item, ascending", () => {
    fc.assert(
      fc.property(set, (all) => {
        for (const [index, keys, groups] of [
          [all.byUser, all.users, 7],
          [all.byItem, all.items, 5],
        ] as const) {
          expect(index.start.length).toBe(groups + 1);
          expect(index.start[groups]).toBe(all.size);
          expect([...index.rows].sort((a, b) => a - b)).toEqual(Array.from({ length: all.size }, (_, k) => k));
          for (let g = 0; g < groups; g++)
            for (let at = index.start[g]; at < index.start[g + 1]; at++) {
              expect(keys[index.rows[at]]).toBe(g);
              if (at > index.start[g]) expect(index.rows[at]).toBeGreaterThan(index.rows[at - 1]);
            }
        }
      }),
    );
  });
});

describe("parts of a set", () => {
  test("select keeps the named rows, in order, and the counts of users and items", () => {
    fc.assert(
      fc.property(setAndRows, ([all, rows]) => {
        const part = all.select(rows);
        expect(rowsOf(part)).toEqual([...rows].map((k) => rowsOf(all)[k]));
        expect([part.userCount, part.itemCount]).toEqual([7, 5]);
      }),
    );
  });

  test("without is select of the complement, and the complement of the complement is the rows", () => {
    fc.assert(
      fc.property(setAndRows, ([all, rows]) => {
        const rest = complement(rows, all.size);
        expect(rowsOf(all.without(rows))).toEqual(rowsOf(all.select(rest)));
        expect(complement(rest, all.size)).toEqual(rows);
        expect([...rows, ...rest].sort((a, b) => a - b)).toEqual(Array.from({ length: all.size }, (_, k) => k));
      }),
    );
  });

  test("a part of a part is a part, and the whole set stays as it is", () => {
    fc.assert(
      fc.property(setAndRows, ([all, rows]) => {
        const before = rowsOf(all);
        const part = all.without(rows);
        const half = Uint32Array.from({ length: part.size >> 1 }, (_, k) => 2 * k);
        const rest = complement(rows, all.size);
        expect(rowsOf(part.select(half))).toEqual(rowsOf(all.select(half.map((k) => rest[k]))));
        expect(rowsOf(all)).toEqual(before);
        expect(rowsOf(all.without(new Uint32Array(0)))).toEqual(before);
      }),
    );
  });

  test("rows out of order, repeated or outside are refused", () => {
    for (const rows of [[1, 0], [1, 1], [3], [0, 1, 2, 3]])
      expect(() => complement(Uint32Array.from(rows), 3)).toThrow(LetheError);
  });
});

test("columns that do not fit are refused", () => {
  const columns = {
    userCount: 2,
    itemCount: 2,
    users: Uint32Array.of(0, 1),
    items: Uint32Array.of(0, 1),
    ratings: Float64Array.of(1, 2),
  };
  expect(interactionsOf(columns).size).toBe(2);
  for (const change of [
    { users: Uint32Array.of(0) },
    { items: Uint32Array.of(0, 2) },
    { users: Uint32Array.of(2, 0) },
    { times: Float64Array.of(1) },
  ])
    expect(() => interactionsOf({ ...columns, ...change })).toThrow(LetheError);
});

test("an id table finds what it lists, and nothing else", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.string(), (list, other) => {
      const ids = idsOf(list);
      list.forEach((id, k) => {
        expect(ids.find(id)).toBe(k);
        expect(indexOf(ids, id, "user")).toBe(k);
      });
      if (!list.includes(other)) {
        expect(ids.find(other)).toBeUndefined();
        expect(() => indexOf(ids, other, "item")).toThrow(/no item/);
      }
    }),
  );
  expect(idsOf(["7"]).find(7)).toBe(0);
  expect(() => idsOf(["a", "a"])).toThrow(LetheError);
});
