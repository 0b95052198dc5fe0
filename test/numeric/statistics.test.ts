/** Laws of sample summaries, from their definitions. */

import { describe, expect, test } from "vitest";
import {
  auc,
  meanInterval,
  median,
  pearson,
  percentileInterval,
  ranks,
  slopeThroughOrigin,
  spearman,
} from "../../src/numeric/statistics.ts";
import { expectNear, normals, shuffle } from "../support/small.ts";

const x = normals(40, 1);
const y = x.map((value, k) => value + normals(40, 2)[k]);

describe("the median", () => {
  test("has as many on either side, whatever the order", () => {
    for (const size of [1, 2, 7, 40]) {
      const part = x.slice(0, size);
      const found = median(part);
      const below = part.filter((value) => value < found).length;
      expect(below).toBe(part.filter((value) => value > found).length);
      expect(median(part.slice().reverse())).toBe(found);
    }
  });
  test("of an even number is the middle of the two", () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });
  test("is by size, not by digits, and leaves its input alone", () => {
    const given = [100, 9, 20];
    expect(median(given)).toBe(20);
    expect(given).toEqual([100, 9, 20]);
  });
  test("of nothing is no number", () => {
    expect(median([])).toBeNaN();
  });
});

describe("Pearson's correlation", () => {
  test("is the mean product of standardised samples", () => {
    const standard = (values: Float64Array) => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      return values.map((value) => (value - mean) / spread);
    };
    const [a, b] = [standard(x), standard(y)];
    expectNear([pearson(x, y)], [a.reduce((sum, value, k) => sum + (value * b[k]) / 40, 0)], 1e-13);
  });
  test("is ±1 along a line, does not see scale and shift, and is symmetric", () => {
    expectNear(
      [
        pearson(
          x,
          x.map((v) => 3 * v - 8),
        ),
        pearson(
          x,
          x.map((v) => -0.1 * v),
        ),
      ],
      [1, -1],
      1e-14,
    );
    expectNear(
      [
        pearson(
          y.map((v) => 100 - 2 * v),
          x,
        ),
      ],
      [-pearson(x, y)],
      1e-13,
    );
  });
  test("of a side that does not vary is no number", () => {
    for (const value of [0, 1, 3.3, 0.1]) expect(pearson(new Array(7).fill(value), x.slice(0, 7))).toBeNaN();
    expect(pearson([], [])).toBeNaN();
  });
});

describe("ranks", () => {
  test("are one more than how many are below, plus half of the others alike", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const wanted = values.map((value) => {
      const below = values.filter((other) => other < value).length;
      const alike = values.filter((other) => other === value).length;
      return below + (alike + 1) / 2;
    });
    expect(Array.from(ranks(values))).toEqual(wanted);
  });
  test("add up to n(n + 1)/2, ties or not", () => {
    for (const values of [[], [7], [2, 2, 2], [1, 2, 2, 9]])
      expect(ranks(values).reduce((a, b) => a + b, 0)).toBe((values.length * (values.length + 1)) / 2);
  });
});

describe("Spearman's correlation", () => {
  test("sees the order alone", () => {
    expectNear(
      [
        spearman(
          x.map(Math.exp),
          y.map((v) => v ** 3),
        ),
      ],
      [spearman(x, y)],
      1e-14,
    );
    expectNear([spearman(x, x.map(Math.exp))], [1], 1e-14);
  });
  test("without ties is 1 − 6Σd²/(n(n² − 1))", () => {
    const order = shuffle(40, 5);
    const squares = order.reduce((sum, place, k) => sum + (place - k) ** 2, 0);
    expectNear([spearman([...order.keys()], order)], [1 - (6 * squares) / (40 * (40 * 40 - 1))], 1e-13);
  });
});

test("the slope through the origin leaves errors orthogonal to x", () => {
  const slope = slopeThroughOrigin(x, y);
  expect(Math.abs(x.reduce((sum, value, k) => sum + value * (y[k] - slope * value), 0))).toBeLessThan(1e-12);
});

describe("a mean with its interval", () => {
  test("is the mean, and holds the true one for about 95 of 100 samples", () => {
    const samples = Array.from({ length: 400 }, (_, k) =>
      meanInterval(normals(30, 50 + k).map((value) => 2 * value + 7)),
    );
    const held = samples.filter(({ interval }) => interval && interval[0] <= 7 && 7 <= interval[1]).length;
    expect(held / 400).toBeGreaterThan(0.9);
    expect(held / 400).toBeLessThan(0.98);
  });
  test("by hand; of one value there is no interval, of nothing no mean", () => {
    const { mean, interval } = meanInterval([1, 3]);
    expectNear([mean ?? 0, ...(interval ?? [])], [2, 0.04, 3.96]);
    expect(meanInterval([5])).toEqual({ mean: 5, interval: null });
    expect(meanInterval([])).toEqual({ mean: null, interval: null });
  });
});

describe("the area under the curve", () => {
  test("is the share of pairs in which the positive is ahead, ties counting half", () => {
    for (const decimals of [0, 1, 6]) {
      const rounded = y.map((value) => Number(value.toFixed(decimals)));
      const [ahead, behind] = [rounded.subarray(0, 15), rounded.subarray(15)];
      let wins = 0;
      for (const a of ahead) for (const b of behind) wins += a > b ? 1 : a === b ? 0.5 : 0;
      expect(auc(ahead, behind)).toBeCloseTo(wins / (15 * 25), 12);
      expect(auc(behind, ahead)).toBeCloseTo(1 - wins / (15 * 25), 12);
    }
  });

  test("is 1, 0 and a half at its ends, and no number without positives or negatives", () => {
    expect([auc([3, 4], [1, 2]), auc([1], [2]), auc([5, 5], [5])]).toEqual([1, 0, 0.5]);
    expect([auc([], [1]), auc([1], [])]).toEqual([Number.NaN, Number.NaN]);
  });
});

test("the percentile interval leaves a fortieth on either side", () => {
  expect(percentileInterval(Array.from({ length: 201 }, (_, k) => 200 - k))).toEqual([5, 195]);
  expect(percentileInterval([])).toEqual([Number.NaN, Number.NaN]);
});
