/** Laws of pictures in a plane: principal components, and t-SNE's affinities, gradient and descent. */

import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { principalPlane } from "../../src/numeric/principal.ts";
import { affinities, divergence, tsneSteps } from "../../src/numeric/tsne.ts";
import { finish } from "../../src/run.ts";
import { expectNear, normals, randomRotation } from "../support/small.ts";

const width = 4;
/** Three clusters of so many points, far from each other. */
function clusters(each: number): Float64Array {
  const noise = normals(3 * each * width, 7);
  return noise.map((x, k) => 0.3 * x + (Math.floor(k / width / each) === k % width ? 10 : 0));
}
const turnedTable = (table: Float64Array, seed: number) => {
  const turn = randomRotation(width, seed);
  return Float64Array.from(table, (_, k) => {
    const from = k - (k % width);
    let sum = 3;
    for (let f = 0; f < width; f++) sum += table[from + f] * turn[f * width + (k % width)];
    return sum;
  });
};

describe("the principal plane", () => {
  test("has the two largest variances, uncorrelated and centred, whatever the rotation and the shift", () => {
    const table = normals(40 * width, 3).map((x, k) => x * [1, 3, 0.5, 2][k % width]);
    const { points, explained } = principalPlane(table, width);
    const mean = Array.from(
      { length: width },
      (_, f) => table.filter((_, k) => k % width === f).reduce((a, b) => a + b, 0) / 40,
    );
    const covariance = new Float64Array(width * width);
    for (let r = 0; r < 40; r++)
      for (let f = 0; f < width; f++)
        for (let g = 0; g < width; g++)
          covariance[f * width + g] += (table[r * width + f] - mean[f]) * (table[r * width + g] - mean[g]);
    const { values } = symmetricEigen(covariance, width);
    const product = (a: number, b: number) => {
      let sum = 0;
      for (let r = 0; r < 40; r++) sum += points[2 * r + a] * points[2 * r + b];
      return sum;
    };
    expectNear([product(0, 0), product(1, 1), product(0, 1)], [values[0], values[1], 0], 1e-10);
    const total = values.reduce((a, b) => a + b, 0);
    expectNear(explained, [values[0] / total, values[1] / total]);
    expectNear(principalPlane(turnedTable(table, 5), width).points, points, 1e-10);
    expect(Math.max(...points.filter((_, k) => k % 2 === 0))).toBe(
      Math.max(...points.filter((_, k) => k % 2 === 0).map(Math.abs)),
    );
  });

  test("of one column has a second axis of zeros, and of points that are one, nothing", () => {
    expectNear(principalPlane(Float64Array.of(1, 2, 6), 1).points, [-2, 0, -1, 0, 3, 0]);
    expect(principalPlane(Float64Array.of(1, 2, 1, 2), 2)).toEqual({ points: new Float64Array(4), explained: [0, 0] });
  });
});

describe("t-SNE", () => {
  test("affinities are symmetric, sum to one, and have the entropy of the perplexity, whatever the scale", () => {
    const table = normals(12 * width, 2);
    const p = affinities(table, width, 3);
    expectNear([p.reduce((a, b) => a + b, 0)], [1]);
    for (let i = 0; i < 12; i++) for (let j = 0; j < 12; j++) expect(p[i * 12 + j]).toBe(p[j * 12 + i]);
    expectNear(
      affinities(
        table.map((x) => 1e4 * x),
        width,
        3,
      ),
      p,
      1e-7,
    );
    // Of points at the corners of a simplex every other is as near.
    const corners = Float64Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? 1 : 0));
    expectNear(
      affinities(corners, 4, 2),
      Float64Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? 0 : 1 / 12)),
    );
    // Of two clusters with as many neighbours as perplexity asks for, nothing goes to the other one.
    const far = affinities(clusters(5), width, 3);
    expect(far[5]).toBeLessThan(1e-4);
    const perplexities = Array.from({ length: 12 }, (_, i) => perplexityOf(table, i, p));
    expectNear(
      perplexities,
      perplexities.map(() => 3),
      1e-6,
    );
  });

  test("the gradient is that of finite differences", () => {
    const p = affinities(normals(9 * width, 4), width, 2.5);
    const points = normals(18, 6);
    const gradient = new Float64Array(18);
    const value = divergence(p, points, gradient);
    expect(value).toBe(divergence(p, points));
    const slopes = Float64Array.from({ length: 18 }, (_, k) => {
      const at = (shift: number) =>
        divergence(
          p,
          points.map((x, l) => (l === k ? x + shift : x)),
        );
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    expectNear(gradient, slopes, 1e-8);
  });

  test.each([4, 13, 60])("of 3 × %i points lowers the divergence, and keeps clusters together", (each) => {
    const table = clusters(each);
    const points = finish(tsneSteps(table, width, { perplexity: 30, iterations: 400 }));
    const p = affinities(table, width, Math.min(30, (3 * each - 1) / 3));
    const start = principalPlane(table, width).points;
    const value = divergence(p, points);
    expect(value).toBeLessThan(
      divergence(
        p,
        start.map((x) => x / 100),
      ),
    );
    expect(value).toBeLessThan(divergence(p, start));
    const longer = finish(tsneSteps(table, width, { perplexity: 30, iterations: 800 }));
    expect(divergence(p, longer)).toBeLessThan(value + 0.02);
    for (let i = 0; i < 3 * each; i++) {
      let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
      for (let j = 0; j < 3 * each; j++) {
        const square = (points[2 * i] - points[2 * j]) ** 2 + (points[2 * i + 1] - points[2 * j + 1]) ** 2;
        if (j !== i && square < least) [nearest, least] = [j, square];
      }
      expect(Math.floor(nearest / each), `neighbour of ${i}`).toBe(Math.floor(i / each));
    }
    expect(finish(tsneSteps(table, width, { perplexity: 30, iterations: 400 }))).toEqual(points);
  });

  test("of fewer than four points is their principal plane; points that are one do no harm", () => {
    const three = normals(3 * width, 1);
    expect(finish(tsneSteps(three, width, { perplexity: 5, iterations: 10 }))).toEqual(
      principalPlane(three, width).points,
    );
    const twins = Float64Array.from([...three, ...three, ...three]);
    for (const table of [twins, new Float64Array(6 * width)])
      expect(finish(tsneSteps(table, width, { perplexity: 5, iterations: 50 })).every(Number.isFinite)).toBe(true);
  });
});

/** The perplexity of point i's own probabilities, by β from two of their ratios in an independent bisection. */
function perplexityOf(table: Float64Array, i: number, p: Float64Array): number {
  const n = table.length / width;
  const square = (a: number, b: number) => {
    let sum = 0;
    for (let f = 0; f < width; f++) sum += (table[a * width + f] - table[b * width + f]) ** 2;
    return sum;
  };
  const conditional = (a: number, beta: number) => {
    const own = Array.from({ length: n }, (_, j) => (j === a ? 0 : Math.exp(-beta * square(a, j))));
    const sum = own.reduce((x, y) => x + y, 0);
    return own.map((x) => x / sum);
  };
  const perplexity = (list: readonly number[]) =>
    Math.exp(-list.reduce((s, x) => s + (x > 0 ? x * Math.log(x) : 0), 0));
  const solved = (a: number) => {
    let [low, high] = [0, 1e3];
    for (let step = 0; step < 200; step++) {
      const beta = (low + high) / 2;
      if (perplexity(conditional(a, beta)) > 3) low = beta;
      else high = beta;
    }
    return conditional(a, low);
  };
  const own = solved(i);
  const wanted = Array.from({ length: n }, (_, j) => (j === i ? 0 : (own[j] + solved(j)[i]) / (2 * n)));
  expectNear(p.subarray(i * n, (i + 1) * n), wanted, 1e-7);
  return perplexity(own);
}
