/** Laws of ranking metrics: cases by hand, all orders of the ties, the best and the worst list, and what changes nothing. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { placesOf } from "../../src/evaluation/places.ts";
import { metricMeans, metricsOf, type RankingMetrics } from "../../src/evaluation/report.ts";
import { randomOf } from "../../src/numeric/random.ts";

const names = ["hr", "ndcg", "precision", "recall", "mrr", "auc"] as const;

function measured(scores: readonly number[], relevant: readonly number[], k: number, excluded: readonly number[] = []) {
  return metricsOf(placesOf(Float64Array.from(scores), relevant, excluded, "a list"), k);
}

/** The definitions on one order of items, best first, without ties. */
function ofOrder(order: readonly number[], relevant: ReadonlySet<number>, k: number): RankingMetrics {
  const hit = order.map((item) => relevant.has(item));
  const top = hit.slice(0, k);
  const hits = top.filter(Boolean).length;
  const gain = (list: readonly boolean[]) => list.reduce((sum, h, at) => sum + (h ? 1 / Math.log2(at + 2) : 0), 0);
  const ideal = Array.from({ length: Math.min(k, relevant.size) }, () => true);
  let right = 0;
  for (let a = 0; a < hit.length; a++) for (let b = a + 1; b < hit.length; b++) if (hit[a] && !hit[b]) right++;
  const first = top.indexOf(true);
  return {
    hr: hits > 0 ? 1 : 0,
    ndcg: gain(top) / gain(ideal),
    precision: hits / k,
    recall: hits / relevant.size,
    mrr: first < 0 ? 0 : 1 / (first + 1),
    auc: right / (relevant.size * (hit.length - relevant.size)),
  };
}

function permutations<Entry>(list: readonly Entry[]): Entry[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((entry, at) => permutations(list.toSpliced(at, 1)).map((rest) => [entry, ...rest]));
}

/** Every order of the items that the scores allow. */
function ordersOf(scores: readonly number[], items: readonly number[]): number[][] {
  const levels = [...new Set(items.map((item) => scores[item]))].sort((a, b) => b - a);
  let orders: number[][] = [[]];
  for (const level of levels) {
    const tied = permutations(items.filter((item) => scores[item] === level));
    orders = orders.flatMap((order) => tied.map((more) => [...order, ...more]));
  }
  return orders;
}

function expectClose(found: RankingMetrics, expected: RankingMetrics): void {
  for (const name of names) {
    if (Number.isNaN(expected[name])) expect(found[name]).toBeNaN();
    else expect(Math.abs(found[name] - expected[name]), name).toBeLessThan(1e-12);
  }
}

describe("by hand", () => {
  test("two relevant items, at the places 2 and 4 of five", () => {
    const found = measured([5, 4, 3, 2, 1], [1, 3], 3);
    const ideal = 1 + 1 / Math.log2(3);
    expectClose(found, {
      hr: 1,
      ndcg: 1 / Math.log2(3) / ideal,
      precision: 1 / 3,
      recall: 1 / 2,
      mrr: 1 / 2,
      // Of the others, three: two are below the first and one below the second.
      auc: 3 / 6,
    });
  });

  test("one item that ties with three others on the places 2 … 5, cut at 3", () => {
    const found = measured([9, 1, 1, 1, 1, 0], [2], 3);
    expectClose(found, {
      hr: 2 / 4,
      ndcg: (1 / Math.log2(3) + 1 / Math.log2(4)) / 4,
      precision: 2 / 4 / 3,
      recall: 2 / 4,
      mrr: (1 / 2 + 1 / 3) / 4,
      auc: (1 + 3 / 2) / 5,
    });
  });

  test("two of three tied, cut at 1: a hit in two orders of three", () => {
    const found = measured([7, 7, 7], [0, 1], 1);
    expectClose(found, { hr: 2 / 3, ndcg: 2 / 3, precision: 2 / 3, recall: 1 / 3, mrr: 2 / 3, auc: 1 / 2 });
    // The first of them is at 1 in two orders of three, else at 2.
    expect(measured([7, 7, 7], [0, 1], 3).mrr).toBeCloseTo(2 / 3 + 1 / 3 / 2, 14);
  });

  test("a short list has a hit, and the precision of K places", () => {
    expectClose(measured([1, 2], [1], 10), { hr: 1, ndcg: 1, precision: 0.1, recall: 1, mrr: 1, auc: 1 });
  });

  test("a list of relevant items alone has no AUC", () => {
    expect(measured([1, 2], [0, 1], 1).auc).toBeNaN();
  });
});

/** Scores with many ties, with relevant and excluded items among them. */
const lists = fc
  .record({
    scores: fc.array(fc.constantFrom(-0, 0, 1, 2, Number.POSITIVE_INFINITY), { minLength: 1, maxLength: 6 }),
    parts: fc.array(fc.constantFrom("relevant", "other", "excluded"), { minLength: 6, maxLength: 6 }),
    k: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ scores, parts, k }) => {
    const items = (part: string) => [...scores.keys()].filter((item) => parts[item] === part);
    return { scores, k, relevant: items("relevant"), excluded: items("excluded"), others: items("other") };
  })
  .filter(({ relevant }) => relevant.length > 0);

test("a metric is its mean over all orders of the ties", () => {
  fc.assert(
    fc.property(lists, ({ scores, k, relevant, excluded, others }) => {
      const orders = ordersOf(scores, [...relevant, ...others]);
      const all = orders.map((order) => ofOrder(order, new Set(relevant), k));
      const mean = Object.fromEntries(
        names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0) / all.length]),
      );
      expectClose(measured(scores, relevant, k, excluded), mean as unknown as RankingMetrics);
    }),
    { numRuns: 500 },
  );
});

test("distinct scores are ranked as a sort ranks them, at any length and cutoff", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = randomOf(seed, "long list");
    const scores = Array.from({ length: 20 + 10 * seed }, () => random.normal());
    const items = [...scores.keys()];
    const part = items.map(() => random.uniform());
    const relevant = items.filter((item) => item === 0 || part[item] < 0.2);
    const excluded = items.filter((item) => item > 0 && part[item] > 0.7);
    const order = items.filter((item) => !excluded.includes(item)).sort((a, b) => scores[b] - scores[a]);
    for (const k of [1, 5, 10, 1000])
      expectClose(measured(scores, relevant, k, excluded), ofOrder(order, new Set(relevant), k));
  }
});

test("the best list has 1 everywhere, the worst 0", () => {
  const scores = Array.from({ length: 30 }, (_, item) => -item);
  const best = measured(scores, [0, 1, 2, 3, 4], 5);
  expect(best).toEqual({ hr: 1, ndcg: 1, precision: 1, recall: 1, mrr: 1, auc: 1 });
  const worst = measured(scores, [25, 26, 27, 28, 29], 5);
  expect(worst).toEqual({ hr: 0, ndcg: 0, precision: 0, recall: 0, mrr: 0, auc: 0 });
});

test("equal scores for all are as good as chance, and random scores nearly", () => {
  const flat = measured(new Array(100).fill(3), [4, 50], 10);
  expect(flat.auc).toBe(0.5);
  expect(flat.recall).toBeCloseTo(0.1, 14);
  expect(flat.hr).toBeCloseTo(1 - (90 * 89) / (100 * 99), 14);
  const means = metricMeans(10);
  const random = randomOf(1, "chance");
  for (let n = 0; n < 4000; n++) {
    const scores = Float64Array.from({ length: 100 }, () => random.uniform());
    means.add(placesOf(scores, [n % 100, (n + 50) % 100], [], "a list"));
  }
  // The AUC of one relevant item varies by 1/12; of two by half of that.
  expect(Math.abs(means.means().auc - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 24 / 4000));
  expect(Math.abs(means.means().recall - flat.recall)).toBeLessThan(5 * Math.sqrt(0.09 / 2 / 4000));
  expect(Math.abs(means.means().hr - flat.hr)).toBeLessThan(5 * Math.sqrt((flat.hr * (1 - flat.hr)) / 4000));
  expect(means.lists).toBe(4000);
});

test("what keeps the order of scores, or renames the items, changes nothing", () => {
  fc.assert(
    fc.property(lists, ({ scores, k, relevant, excluded }) => {
      const found = measured(scores, relevant, k, excluded);
      expect(
        measured(
          scores.map((score) => Math.exp(score) - 7),
          relevant,
          k,
          excluded,
        ),
      ).toEqual(found);
      const mirrored = (items: readonly number[]) => items.map((item) => scores.length - 1 - item);
      expect(measured(scores.toReversed(), mirrored(relevant), k, mirrored(excluded))).toEqual(found);
    }),
  );
});

test("metrics keep their bounds and their order", () => {
  fc.assert(
    fc.property(lists, ({ scores, k, relevant, excluded }) => {
      const places = placesOf(Float64Array.from(scores), relevant, excluded, "a list");
      const [found, further] = [metricsOf(places, k), metricsOf(places, k + 1)];
      for (const name of names) if (!Number.isNaN(found[name])) expect(found[name]).toBeGreaterThanOrEqual(0);
      for (const name of names) if (!Number.isNaN(found[name])) expect(found[name]).toBeLessThanOrEqual(1 + 1e-12);
      for (const name of ["hr", "recall", "mrr"] as const)
        expect(further[name]).toBeGreaterThanOrEqual(found[name] - 1e-12);
      expect(found.mrr).toBeLessThanOrEqual(found.hr + 1e-12);
      expect(found.recall * relevant.length).toBeCloseTo(found.precision * k, 12);
    }),
  );
});

test("a score that is not a number is refused, wherever it stands", () => {
  for (const at of [0, 1, 2])
    for (const [relevant, excluded] of [
      [[0], [2]],
      [[0, 1], [2]],
    ]) {
      const scores = Float64Array.of(1, 2, 3);
      scores[at] = Number.NaN;
      const place = () => placesOf(scores, relevant, excluded, "user 7");
      expect(place).toThrow(LetheError);
      expect(place).toThrow(`user 7: the score of item ${at} is not a number`);
    }
});

test("a cutoff is an integer from 1", () => {
  for (const k of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => metricMeans(k)).toThrow(LetheError);
  expect(metricMeans(3).means().hr).toBeNaN();
});
