/** Laws of sampled ranking: one test item among its negatives, less what cannot be a negative. */

import { describe, expect, test } from "vitest";
import { indexNegatives, readInteractions, readNegatives, readPairs } from "../../src/data/reading.ts";
import { LetheError } from "../../src/errors.ts";
import { sampledRanking } from "../../src/evaluation/sampled-ranking.ts";
import type { Scorer } from "../../src/evaluation/scorer.ts";
import { testOn } from "../support/data-sets.ts";

/** The smaller the index, the better. */
const descending: Scorer = (_, items = new Uint32Array()) => Float64Array.from(items, (item) => -item);

describe("a test item", () => {
  test("is ranked among its negatives", () => {
    const task = {
      users: [0, 1],
      items: [3, 0],
      negatives: [
        [1, 5, 2],
        [4, 5, 6],
      ],
      k: 2,
    };
    const report = sampledRanking(descending, task);
    expect([report.users, report.lists, report.k]).toEqual([2, 2, 2]);
    // Third of four, and first of four.
    expect(report.metrics.hr).toBe(0.5);
    expect(report.metrics.mrr).toBe(0.5);
    expect(report.metrics.recall).toBe(report.metrics.hr);
    expect(report.metrics.auc).toBeCloseTo((1 / 3 + 1) / 2, 14);
    expect(Object.values(report.dropped).every((count) => count === 0)).toBe(true);
  });

  test("shares its place with negatives of the same score", () => {
    const flat: Scorer = (_, items = new Uint32Array()) => new Float64Array(items.length);
    const report = sampledRanking(flat, { users: [0], items: [3], negatives: [[1, 5, 2]], k: 1 });
    expect(report.metrics).toMatchObject({ hr: 0.25, auc: 0.5 });
  });

  test("is no negative of its own, nor of another pair of the user; unknown items are none either", () => {
    const task = {
      users: [0, 0, 1, -1, 2, 3],
      items: [3, 4, 3, 1, -1, 3],
      negatives: [[3, 5, 4, 3], [1, -1], [4, 5], [1], [1], [3, -1]],
    };
    const report = sampledRanking(descending, task);
    expect(report.dropped).toEqual({
      ownTestItems: 4,
      listsWithOwnTestItems: 2,
      unknownNegatives: 2,
      unknownPairs: 2,
      pairsWithoutNegatives: 1,
    });
    expect([report.users, report.lists]).toEqual([2, 3]);
    // 3 before 5; 4 after 1; 3 before 4 and 5.
    expect(report.metrics.auc).toBeCloseTo(2 / 3, 14);
  });

  test("among all other items is ranked as by full ranking of one relevant item", () => {
    const scores = Float64Array.of(1, 5, 2, 2, 4);
    const scorer: Scorer = (_, items) => Float64Array.from(items ?? [], (item) => scores[item]);
    const one = sampledRanking(scorer, { users: [0], items: [2], negatives: [[0, 1, 3, 4]], k: 3 }).metrics;
    // Places 3 and 4 are shared.
    expect(one).toEqual({ hr: 0.5, ndcg: 0.25, precision: 1 / 6, recall: 0.5, mrr: 1 / 6, auc: 1.5 / 4 });
  });
});

test("misuse is refused", () => {
  expect(() => sampledRanking(descending, { users: [0], items: [1, 2], negatives: [[3]] })).toThrow(LetheError);
  expect(() => sampledRanking(descending, { users: [0], items: [1], negatives: [] })).toThrow(LetheError);
  expect(() => sampledRanking(descending, { users: [0], items: [1], negatives: [[2]], k: 0 })).toThrow(LetheError);
  const broken: Scorer = (_, items = new Uint32Array()) => new Float64Array(items.length).fill(Number.NaN);
  expect(() => sampledRanking(broken, { users: [8], items: [1], negatives: [[2]] })).toThrow("user 8");
  const short: Scorer = () => Float64Array.of(1);
  expect(() => sampledRanking(short, { users: [8], items: [1], negatives: [[2]] })).toThrow("1 scores where 2");
});

testOn(
  ["ml-1m/ratings.dat", "ml-1m/ncf/ml-1m.test.rating", "ml-1m/ncf/ml-1m.test.negative", "ml-1m/ncf/item_map.tsv"],
  "MovieLens-1M by popularity among the negatives of Neural Collaborative Filtering",
  async (ratings, tested, negatives, map) => {
    const { dataset } = await readInteractions(ratings);
    const { interactions, userIds, itemIds } = dataset;
    const known = await readPairs(map);
    const movies = new Map(known.users.map((item, k) => [item, known.items[k]]));
    const users = { find: (id: string | number) => userIds.find(Number(id) + 1) };
    const items = { find: (id: string | number) => itemIds.find(movies.get(String(id)) ?? "") };
    const read = await readNegatives(negatives);
    const pairs = await readPairs(tested);
    expect([read.users, read.items]).toEqual([pairs.users, pairs.items]);
    const task = indexNegatives(read, users, items);
    // Popularity in what remains without the test pairs.
    const counts = new Float64Array(interactions.itemCount);
    for (const item of interactions.items) counts[item]++;
    for (const item of task.items) counts[item]--;
    const report = sampledRanking((_, among = new Uint32Array()) => Float64Array.from(among, (i) => counts[i]), task);
    expect(report.dropped).toEqual({
      ownTestItems: 156,
      listsWithOwnTestItems: 156,
      unknownNegatives: 0,
      unknownPairs: 0,
      pairsWithoutNegatives: 0,
    });
    expect([report.users, report.lists]).toEqual([6040, 6040]);
    // By the definition: g negatives are more popular, e as popular, and 10 − g of e + 1 places are good.
    let hits = 0;
    task.users.forEach((_, n) => {
      const others = [...task.negatives[n]].filter((item) => item !== task.items[n]);
      const popularity = counts[task.items[n]];
      const greater = others.filter((item) => counts[item] > popularity).length;
      const equal = others.filter((item) => counts[item] === popularity).length;
      hits += Math.min(1, Math.max(0, (10 - greater) / (equal + 1)));
    });
    expect(report.metrics.hr).toBeCloseTo(hits / 6040, 12);
    // What is popular is chosen more often than by chance: one in ten.
    expect(report.metrics.hr).toBeGreaterThan(0.3);
  },
);
