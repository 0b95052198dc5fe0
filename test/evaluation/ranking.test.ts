/** Laws of top lists: they are the head of a full sort, and agreement is a share. */

import { expect, test } from "vitest";
import { overlap, topItems } from "../../src/evaluation/ranking.ts";
import { normals, shuffle } from "../support/small.ts";

/** The definition: sort everything, leave out what is excluded, take the head. */
const sorted = (scores: Float64Array, count: number, exclude: ReadonlySet<number> = new Set()) =>
  Array.from(scores.keys())
    .filter((item) => !exclude.has(item))
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, count);

test("the top of a list is the head of its sort", () => {
  for (let seed = 0; seed < 20; seed++) {
    const scores = normals(1 + seed * 3, seed);
    for (const count of [0, 1, 2, 10, scores.length, scores.length + 5])
      expect(topItems(scores, count)).toEqual(sorted(scores, count));
  }
});

test("ties go by index, wherever they meet the end of the list", () => {
  for (let seed = 0; seed < 20; seed++) {
    const scores = normals(30, seed).map((x) => Math.round(x));
    for (let count = 0; count <= 31; count++) expect(topItems(scores, count)).toEqual(sorted(scores, count));
  }
  expect(topItems(new Float64Array(6), 3)).toEqual([0, 1, 2]);
});

test("what is excluded is passed over, be it everything", () => {
  const scores = normals(25, 4).map((x) => Math.round(2 * x));
  const exclude = new Set(shuffle(25, 1).subarray(0, 15));
  for (const count of [1, 5, 10, 11]) expect(topItems(scores, count, exclude)).toEqual(sorted(scores, count, exclude));
  expect(topItems(scores, 3, new Set(scores.keys()))).toEqual([]);
  expect(topItems(new Float64Array(), 3)).toEqual([]);
});

test("scores that fall or rise with the index are no special case", () => {
  const rising = Float64Array.from({ length: 12 }, (_, k) => k);
  expect(topItems(rising, 4)).toEqual([11, 10, 9, 8]);
  expect(topItems(rising.slice().reverse(), 4)).toEqual([0, 1, 2, 3]);
  expect(topItems(Float64Array.of(Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY), 2)).toEqual([2, 1]);
});

test("overlap is the share in common: 1 with itself in any order, 0 with strangers, 1 for nothing", () => {
  expect(overlap([3, 1, 2], [2, 3, 1])).toBe(1);
  expect(overlap([1, 2], [3, 4])).toBe(0);
  expect(overlap(["a", "b", "c", "d"], ["d", "x", "a", "y"])).toBe(0.5);
  expect(overlap([1, 2, 3, 4], [4, 9, 8, 7])).toBe(overlap([4, 9, 8, 7], [1, 2, 3, 4]));
  expect(overlap([], [])).toBe(1);
});
