/** Laws of the random numbers: known answers, uniformity, independence of keys, forks. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { keyedUniform, type Random, randomOf, threefry } from "../../src/numeric/random.ts";

const count = 100_000;

function draws(next: () => number, size = count): Float64Array {
  return Float64Array.from({ length: size }, next);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Correlation × √n: about standard normal for independent streams. */
function correlation(a: Float64Array, b: Float64Array): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let k = 0; k < a.length; k++) {
    ab += (a[k] - meanA) * (b[k] - meanB);
    aa += (a[k] - meanA) ** 2;
    bb += (b[k] - meanB) ** 2;
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(a.length);
}

/** The chi-squared statistic of equal cells, as standard deviations from its mean. */
function surplus(values: Float64Array, cells: number): number {
  const counts = new Float64Array(cells);
  for (const value of values) counts[Math.floor(value * cells)]++;
  const expected = values.length / cells;
  const statistic = counts.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
  return (statistic - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

test("threefry gives the known answers of Random123", () => {
  const hex = (pair: readonly number[]) => pair.map((word) => word.toString(16)).join(" ");
  expect(hex(threefry(0, 0, 0, 0))).toBe("6b200159 99ba4efe");
  expect(hex(threefry(-1, -1, -1, -1))).toBe("1cb996fc bb002be7");
  expect(hex(threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3))).toBe("c4923a9c 483df7a0");
});

describe("a stream", () => {
  test("is uniform in [0, 1), in its high and in its low bits", () => {
    const values = draws(randomOf(1, "uniform").uniform);
    expect(Math.min(...values.subarray(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value < 1 && Number.isInteger(value * 2 ** 53))).toBe(true);
    expect(Math.abs(surplus(values, 100))).toBeLessThan(5);
    expect(
      Math.abs(
        surplus(
          values.map((value) => (value * 2 ** 26) % 1),
          100,
        ),
      ),
    ).toBeLessThan(5);
    expect(
      Math.abs(
        surplus(
          values.map((value) => (value * 2 ** 46) % 1),
          64,
        ),
      ),
    ).toBeLessThan(5);
    expect(values.some((value) => (value * 2 ** 53) % 2 === 1)).toBe(true);
  });

  test("has draws that do not depend on each other", () => {
    const values = draws(randomOf(2, "serial").uniform, count + 7);
    for (const lag of [1, 2, 7])
      expect(Math.abs(correlation(values.subarray(0, count), values.subarray(lag, count + lag)))).toBeLessThan(5);
  });

  test("draws integers without bias and inside the bound", () => {
    const random = randomOf(3, "integers");
    const values = draws(() => random.integer(7));
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < 7)).toBe(true);
    expect(
      Math.abs(
        surplus(
          values.map((value) => (value + 0.5) / 7),
          7,
        ),
      ),
    ).toBeLessThan(5);
    // Three quarters of 2⁵³: scaling a uniform number instead of rejecting would hit every third value twice.
    const large = 3 * 2 ** 51;
    const thirds = draws(() => random.integer(large) % 3, 30_000);
    expect(
      Math.abs(
        surplus(
          thirds.map((value) => (value + 0.5) / 3),
          3,
        ),
      ),
    ).toBeLessThan(5);
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 53)).toBeLessThan(2 ** 53);
    for (const below of [0, -1, 1.5, Number.NaN, 2 ** 54]) expect(() => random.integer(below)).toThrow(LetheError);
  });

  test("draws normal numbers: moments, tails, and no bond between neighbours", () => {
    const random = randomOf(4, "normal");
    const values = draws(random.normal);
    expect(Math.abs(mean(values)) * Math.sqrt(count)).toBeLessThan(5);
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1) * Math.sqrt(count / 2)).toBeLessThan(5);
    expect(Math.abs(mean(values.map((value) => value ** 3))) * Math.sqrt(count / 15)).toBeLessThan(5);
    expect(Math.abs(mean(values.map((value) => value ** 4)) - 3) * Math.sqrt(count / 96)).toBeLessThan(5);
    const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / count;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.004);
    const even = values.filter((_, k) => k % 2 === 0);
    const odd = values.filter((_, k) => k % 2 === 1);
    expect(Math.abs(correlation(even, odd))).toBeLessThan(5);
  });
});

describe("keys", () => {
  const key = fc.tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(fc.oneof(fc.string(), fc.integer())),
  );
  const first = (random: Random) => [random.uniform(), random.uniform(), random.uniform()];

  test("equal keys give equal streams", () => {
    fc.assert(
      fc.property(key, ([seed, labels]) => {
        expect(first(randomOf(seed, ...labels))).toEqual(first(randomOf(seed, ...labels)));
      }),
    );
  });

  test("different keys give different streams", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const text = ([seed, labels]: typeof a) => JSON.stringify([seed + 0, labels]);
        fc.pre(text(a) !== text(b));
        expect(first(randomOf(a[0], ...a[1]))).not.toEqual(first(randomOf(b[0], ...b[1])));
      }),
    );
  });

  test("what looks alike is kept apart: order, cuts, numbers and their text, zeros", () => {
    const keys: (string | number)[][] = [
      [],
      [""],
      ["", ""],
      ["a", "b"],
      ["b", "a"],
      ["ab"],
      ["a", "b", ""],
      [1],
      ["1"],
      [0],
      ["\0"],
      ["\0\0"],
      [1.5],
      [2 ** 40],
      [-1],
    ];
    const seen = new Set(keys.map((labels) => randomOf(7, ...labels).uniform()));
    expect(seen.size).toBe(keys.length);
    expect(randomOf(-0).uniform()).toBe(randomOf(0).uniform());
  });

  test("streams of neighbouring keys are independent", () => {
    for (let k = 0; k < 20; k++) {
      const stream = draws(randomOf(5, "epoch", k).uniform, 20_000);
      expect(Math.abs(correlation(stream, draws(randomOf(5, "epoch", k + 1).uniform, 20_000)))).toBeLessThan(5);
      expect(Math.abs(correlation(stream, draws(randomOf(6, "epoch", k).uniform, 20_000)))).toBeLessThan(5);
    }
  });

  test("first draws over neighbouring keys are uniform and independent", () => {
    const values = Float64Array.from({ length: 20_001 }, (_, k) => randomOf(8, "user", k).uniform());
    expect(Math.abs(surplus(values, 100))).toBeLessThan(5);
    expect(Math.abs(correlation(values.subarray(1), values.subarray(0, 20_000)))).toBeLessThan(5);
  });

  test("a seed or label that is not finite is refused", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => randomOf(bad)).toThrow(LetheError);
      expect(() => randomOf(1, bad)).toThrow(LetheError);
    }
  });
});

describe("forks", () => {
  test("are the streams of the longer key, whatever was drawn before", () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.oneof(fc.string(), fc.integer()), fc.nat(20), (seed, a, b, drawn) => {
        const parent = randomOf(seed, a);
        for (let k = 0; k < drawn; k++) parent.normal();
        expect(parent.fork(b).uniform()).toBe(randomOf(seed, a, b).uniform());
      }),
    );
  });

  test("leave their parent alone", () => {
    const forked = randomOf(9, "parent");
    forked.fork("child").uniform();
    expect(forked.uniform()).toBe(randomOf(9, "parent").uniform());
  });

  test("are independent of their parent and of each other", () => {
    const parent = randomOf(10, "parent");
    const [a, b] = [draws(parent.fork("a").uniform), draws(parent.fork("b").uniform)];
    expect(Math.abs(correlation(a, b))).toBeLessThan(5);
    expect(Math.abs(correlation(a, draws(parent.uniform)))).toBeLessThan(5);
  });
});

describe("keyedUniform", () => {
  test("is uniform along each of its keys, and neighbours are independent", () => {
    const along = [
      (k: number) => keyedUniform(k, 1, 2, 3),
      (k: number) => keyedUniform(1, k, 2, 3),
      (k: number) => keyedUniform(1, 2, k, 3),
      (k: number) => keyedUniform(1, 2, 3, k),
    ].map((at) => Float64Array.from({ length: count + 1 }, (_, k) => at(k)));
    along.forEach((values, k) => {
      expect(Math.abs(surplus(values, 100))).toBeLessThan(5);
      expect(Math.abs(correlation(values.subarray(1), values.subarray(0, count)))).toBeLessThan(5);
      for (const other of along.slice(k + 1)) expect(Math.abs(correlation(values, other))).toBeLessThan(5);
    });
  });

  test("tells its keys apart: their order, large seeds, negative seeds", () => {
    const seen = new Set([
      keyedUniform(1, 2, 3, 4),
      keyedUniform(2, 1, 3, 4),
      keyedUniform(1, 3, 2, 4),
      keyedUniform(1, 2, 4, 3),
      keyedUniform(1 + 2 ** 32, 2, 3, 4),
      keyedUniform(-1, 2, 3, 4),
      keyedUniform(2 ** 32 - 1, 2, 3, 4),
      keyedUniform(1, 2 ** 32 - 1, 3, 4),
    ]);
    expect(seen.size).toBe(8);
    expect(keyedUniform(1, 2, 3, 4)).toBe(keyedUniform(1, 2, 3, 4));
  });
});
