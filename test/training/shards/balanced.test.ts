/** Balanced clusters: nobody left out, nobody crowded, whatever the indices, and as one sorted list of all distances would deal. */

import { describe, expect, test } from "vitest";
import { randomOf } from "../../../src/numeric/random.ts";
import { sortedBy } from "../../../src/training/batches/order.ts";
import { balancedClusters, drawnOrder, type Elements } from "../../../src/training/shards/balanced.ts";
import { sortedInTurns } from "../../../src/training/shards/sorting.ts";
import { run } from "../../support/run.ts";
import { normals, shuffle } from "../../support/small.ts";

const { yieldToEventLoop } = run;
const keysOf = (count: number) => Uint32Array.from({ length: count }, (_, n) => randomOf(7, n).integer(2 ** 32));

/** Users with a vector each. */
function single(count: number, width = 3, seed = 1): Elements {
  const rows = Uint32Array.from({ length: count }, (_, n) => n);
  return {
    keys: [keysOf(count), new Uint32Array(count)],
    parts: [{ width, values: normals(count * width, seed), rows }],
  };
}

/** Interactions of users and items with a vector each. */
function paired(users: number, items: number, size: number): Elements {
  const random = randomOf(3, "pairs");
  const pairs = Array.from({ length: size }, () => [random.integer(users), random.integer(items)] as const);
  const [us, is] = [0, 1].map((side) => Uint32Array.from(pairs, (pair) => pair[side]));
  const [userKeys, itemKeys] = [keysOf(users), keysOf(items)];
  return {
    keys: [us.map((u) => userKeys[u]), is.map((i) => itemKeys[i])],
    parts: [
      { width: 2, values: normals(users * 2, 4), rows: us },
      { width: 2, values: normals(items * 2, 5), rows: is },
    ],
  };
}

function sizesOf(clusters: Uint32Array, count: number): number[] {
  return Array.from({ length: count }, (_, c) => clusters.filter((one) => one === c).length);
}

/** The algorithm as it is written down: all distances in one list, again until nobody moves. Elements in the order of their draws. */
function byOneList({ parts }: Elements, order: readonly number[], clusters: number): number[] {
  const vector = (n: number) =>
    parts.map(({ values, width, rows }) => values.subarray(rows[n] * width, rows[n] * width + width));
  const mean = (members: readonly number[]) =>
    parts.map(({ width }, p) =>
      Float64Array.from(
        { length: width },
        (_, f) => members.reduce((sum, n) => sum + vector(n)[p][f], 0) / members.length,
      ),
    );
  const distance = (n: number, centroid: readonly Float64Array[]) =>
    parts.reduce(
      (product, _, p) => product * vector(n)[p].reduce((sum, x, f) => sum + (x - centroid[p][f]) ** 2, 0),
      1,
    );
  let centroids = order.slice(0, clusters).map((n) => mean([n]));
  let found: number[] = [];
  for (let round = 0; round < 20; round++) {
    const list = order.flatMap((n) => centroids.map((centroid, c) => ({ n, c, d: distance(n, centroid) })));
    list.sort((a, b) => a.d - b.d || order.indexOf(a.n) - order.indexOf(b.n));
    const next = new Array<number>(order.length).fill(-1);
    const sizes = new Array<number>(clusters).fill(0);
    const share = Math.floor(order.length / clusters);
    for (const { n, c } of list) {
      const larger = sizes.filter((size) => size > share).length;
      const most = share + (larger < order.length % clusters ? 1 : 0);
      if (next[n] >= 0 || sizes[c] >= most) continue;
      next[n] = c;
      sizes[c]++;
    }
    if (round > 0 && next.every((c, n) => c === found[n])) return next;
    found = next;
    centroids = centroids.map((_, c) => mean(order.filter((n) => next[n] === c)));
  }
  return found;
}

describe.each([
  ["users", single(41)],
  ["interactions", paired(9, 7, 50)],
] as const)("%s", (_, elements) => {
  const count = elements.keys[0].length;

  test.each([2, 3, 7, 8])("go to %i clusters whose sizes differ by at most 1", async (clusters) => {
    const sizes = sizesOf(await balancedClusters(elements, clusters, 1, yieldToEventLoop), clusters);
    expect(sizes.reduce((a, b) => a + b)).toBe(count);
    expect(Math.max(...sizes)).toBe(Math.ceil(count / clusters));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test("go where one list of all distances sends them", async () => {
    for (const clusters of [2, 5])
      for (const seed of [1, 2, 3]) {
        const found = await balancedClusters(elements, clusters, seed, yieldToEventLoop);
        const order = Array.from(await drawnOrder(elements, seed, yieldToEventLoop));
        expect(Array.from(found)).toEqual(byOneList(elements, order, clusters));
      }
  });

  test("go where they go under other indices, to the last of them", async () => {
    const [{ parts, keys }, order] = [elements, shuffle(count, 5)];
    const moved: Elements = {
      keys: [order.map((n) => keys[0][n]), order.map((n) => keys[1][n])],
      parts: parts.map((part) => ({ ...part, rows: order.map((n) => part.rows[n]) })),
    };
    const found = await balancedClusters(elements, 4, 2, yieldToEventLoop);
    const again = await balancedClusters(moved, 4, 2, yieldToEventLoop);
    // Two rows of one pair are the same to everybody: which of them is where tells nothing.
    const told = (of: Elements, clusters: Uint32Array) =>
      Array.from(clusters, (c, n) => `${of.keys[0][n]} ${of.keys[1][n]} ${c}`).sort();
    expect(told(moved, again)).toEqual(told(elements, found));
    expect(await balancedClusters(elements, 4, 2, yieldToEventLoop)).toEqual(found);
    expect(await balancedClusters(elements, 4, 3, yieldToEventLoop)).not.toEqual(found);
  });
});

test("centroids are vectors: clusters whose coordinates have the same mean are told apart", async () => {
  // Around (3, −3), (−3, 3), (3, 3) and (−3, −3): the means of coordinates are 0, 0, 3 and −3.
  const corners = [
    [3, -3],
    [-3, 3],
    [3, 3],
    [-3, -3],
  ];
  const count = 48;
  const noise = normals(2 * count, 9);
  const values = noise.map((x, k) => 0.3 * x + corners[(k >> 1) % 4][k % 2]);
  const { keys } = single(count, 2);
  // The first two alone: those that a scalar cannot tell.
  const rows = Uint32Array.from({ length: count / 2 }, (_, n) => 4 * (n >> 1) + (n % 2));
  const two: Elements = {
    keys: [rows.map((n) => keys[0][n]), new Uint32Array(rows.length)],
    parts: [{ width: 2, values, rows }],
  };
  for (const seed of [1, 2, 3, 4, 5]) {
    const found = await balancedClusters(two, 2, seed, yieldToEventLoop);
    for (const side of [0, 1]) expect(new Set(found.filter((_, n) => n % 2 === side)).size, `seed ${seed}`).toBe(1);
  }
});

test("many numbers are sorted in turns as at once, equal ones in their order", async () => {
  const random = randomOf(8, "numbers");
  for (const length of [0, 1, 70_000, 200_001]) {
    const numbers = Float64Array.from({ length }, () => random.integer(5000) / 5000);
    let turns = 0;
    const found = await sortedInTurns(numbers, async () => void turns++);
    expect(Buffer.from(found.buffer).equals(Buffer.from(Uint32Array.from(sortedBy(numbers)).buffer))).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(Math.ceil(length / 65536));
  }
});

test("fewer elements than clusters are refused", async () => {
  await expect(balancedClusters(single(3), 4, 1, yieldToEventLoop)).rejects.toMatchObject({ code: "bad-input" });
});
