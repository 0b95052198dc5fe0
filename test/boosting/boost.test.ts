/** Laws of the booster: splits are the best there are, leaves solve their rows, and the order of rows is nothing to it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binOf, bordersOf } from "../../src/boosting/bins.ts";
import { trainBooster } from "../../src/boosting/boost.ts";
import { boosted, type FeatureRows, leafOf, type Tree } from "../../src/boosting/ensemble.ts";
import { type BoostingSettings, boostingSettings } from "../../src/boosting/settings.ts";
import { randomOf } from "../../src/numeric/random.ts";

const usual = boostingSettings({ loss: "squared", rounds: 5, leaves: 6, leastRows: 3 });

/** Examples with few values in one feature and many in the others. */
function examplesOf(seed: number, count: number, width = 3, loss: BoostingSettings["loss"] = "squared") {
  const random = randomOf(seed, "examples");
  const values = Float64Array.from({ length: count * width }, (_, k) =>
    k % width === 0 ? random.integer(4) : random.uniform(),
  );
  const features: FeatureRows = { count, width, values };
  const labels = Float64Array.from({ length: count }, (_, row) => {
    const score = values[row * width] + Math.sin(6 * values[row * width + 1]) + random.uniform();
    return loss === "squared" ? score : Number(score > 2);
  });
  return { features, labels };
}

type Examples = ReturnType<typeof examplesOf>;

/** Some of the examples, in an order. */
function picked({ features, labels }: Examples, order: readonly number[]): Examples {
  const { width, values } = features;
  const rows = order.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
  return {
    features: { count: order.length, width, values: Float64Array.from(rows) },
    labels: Float64Array.from(order, (row) => labels[row]),
  };
}

/** The rows of every leaf of a tree. */
function rowsByLeaf(tree: Tree, features: FeatureRows): number[][] {
  const out = Array.from(tree.values, (): number[] => []);
  for (let row = 0; row < features.count; row++) out[leafOf(tree, features, row)].push(row);
  return out;
}

function depthOf({ left, right }: Tree, node = 0): number {
  if (node < 0 || left.length === 0) return 0;
  return 1 + Math.max(depthOf({ left, right } as Tree, left[node]), depthOf({ left, right } as Tree, right[node]));
}

const losses = ["squared", "logistic"] as const;

describe("a booster", () => {
  test("is the same to the byte however its examples come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(...losses), async (seed, loss) => {
        const examples = examplesOf(seed, 80, 3, loss);
        const random = randomOf(seed, "order");
        const at = Float64Array.from({ length: 80 }, () => random.uniform());
        const order = [...at.keys()].sort((a, b) => at[a] - at[b]);
        const settings = { ...usual, loss, bins: 16 };
        expect(await trainBooster(picked(examples, order), settings)).toEqual(await trainBooster(examples, settings));
      }),
      { numRuns: 15 },
    );
  });

  test("has in every leaf the value that its rows and the L2 ask for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(...losses), fc.constantFrom(0, 3), async (seed, loss, l2) => {
        const examples = examplesOf(seed, 90, 3, loss);
        const { features, labels } = examples;
        const booster = await trainBooster(examples, { ...usual, loss, l2 });
        booster.trees.forEach((tree, t) => {
          const before = boosted({ ...booster, trees: booster.trees.slice(0, t) }, features);
          rowsByLeaf(tree, features).forEach((rows, leaf) => {
            const unscaled = tree.values[leaf] / booster.learningRate;
            const slope = (row: number) =>
              loss === "squared" ? before[row] - labels[row] : 1 / (1 + Math.exp(-before[row])) - labels[row];
            const curvature = (row: number) =>
              loss === "squared" ? 1 : (slope(row) + labels[row]) * (1 - slope(row) - labels[row]);
            const left = rows.reduce((sum, row) => sum + slope(row) + unscaled * curvature(row), l2 * unscaled);
            expect(Math.abs(left)).toBeLessThan(1e-10);
          });
        });
      }),
      { numRuns: 15 },
    );
  });

  test("asks at its root the question that takes most from the loss", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const examples = examplesOf(seed, 60);
        const { features, labels } = examples;
        const { base, trees } = await trainBooster(examples, { ...usual, rounds: 1 });
        const residual = (rows: readonly number[]) => {
          const mean = rows.reduce((sum, row) => sum + labels[row] - base, 0) / rows.length;
          return rows.reduce((sum, row) => sum + (labels[row] - base - mean) ** 2, 0);
        };
        const all = [...labels.keys()];
        const left = (feature: number, threshold: number) => {
          const [low, high] = [true, false].map((side) =>
            all.filter((row) => features.values[row * features.width + feature] <= threshold === side),
          );
          return Math.min(low.length, high.length) < usual.leastRows ? Infinity : residual(low) + residual(high);
        };
        const any = Array.from(features.values, (value, k) => left(k % features.width, value));
        expect(left(trees[0].feature[0], trees[0].threshold[0])).toBeCloseTo(Math.min(...any), 9);
      }),
      { numRuns: 15 },
    );
  });

  test("keeps to its limits, and loses less from round to round", async () => {
    const examples = examplesOf(5, 300);
    const { features, labels } = examples;
    const settings = { ...usual, rounds: 20, leaves: 9, depth: 4, leastRows: 7 };
    const booster = await trainBooster(examples, settings);
    const lossAfter = (rounds: number) =>
      boosted({ ...booster, trees: booster.trees.slice(0, rounds) }, features).reduce(
        (sum, score, row) => sum + (score - labels[row]) ** 2,
        0,
      );
    booster.trees.forEach((tree, t) => {
      expect(tree.values.length).toBeLessThanOrEqual(9);
      expect(tree.values.length).toBe(tree.feature.length + 1);
      expect(depthOf(tree)).toBeLessThanOrEqual(4);
      for (const rows of rowsByLeaf(tree, features)) expect(rows.length).toBeGreaterThanOrEqual(7);
      expect(lossAfter(t + 1)).toBeLessThan(lossAfter(t));
    });
    expect(Math.max(...booster.trees.map((tree) => depthOf(tree)))).toBe(4);
  });

  test("asks the first of two features that say the same, and the same of any scale of them", async () => {
    const { features, labels } = examplesOf(7, 120, 2);
    const twice = Float64Array.from({ length: 480 }, (_, k) => features.values[2 * (k >> 2) + (k & 1)]);
    const one = await trainBooster({ features, labels }, usual);
    expect(await trainBooster({ features: { count: 120, width: 4, values: twice }, labels }, usual)).toEqual(one);
    const scaled = { ...features, values: features.values.map((value) => Math.exp(3 * value)) };
    const other = await trainBooster({ features: scaled, labels }, usual);
    expect(boosted(other, scaled)).toEqual(boosted(one, features));
  });

  test("tells nothing to nobody who has no examples, numbers or labels of both kinds", async () => {
    const examples = examplesOf(3, 20);
    const none = { features: { count: 0, width: 3, values: new Float64Array(0) }, labels: new Float64Array(0) };
    await expect(trainBooster(none, usual)).rejects.toThrow("no examples");
    await expect(trainBooster({ ...examples, labels: examples.labels.fill(NaN) }, usual)).rejects.toThrow("finite");
    const liked = { ...examples, labels: new Float64Array(20).fill(1) };
    await expect(trainBooster(liked, { ...usual, loss: "logistic" })).rejects.toThrow("both kinds");
    expect(() => boostingSettings({ loss: "squared", leaves: 1.5 })).toThrow("leaves is 1.5");
  });
});

describe("bins", () => {
  test("are as many as were asked for at most, about equally full, and every border parts two values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        fc.integer({ min: 2, max: 9 }),
        (list, bins) => {
          const values = Float64Array.from(list);
          const borders = bordersOf(values, bins);
          expect(borders.length).toBeLessThan(bins);
          const filled = new Set(values.map((value) => binOf(value, borders)));
          expect(filled.size).toBe(borders.length + 1);
          if (new Set(list).size <= bins) expect(filled.size).toBe(new Set(list.map((value) => value + 0)).size);
        },
      ),
    );
    const many = Float64Array.from({ length: 1000 }, (_, k) => k);
    const counts = new Array<number>(10).fill(0);
    for (const value of many) counts[binOf(value, bordersOf(many, 10))]++;
    expect(counts).toEqual(counts.map(() => 100));
  });
});
