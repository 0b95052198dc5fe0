/** Matrix factorization as a model: by hand, its factors, its places, its invariances and its start. */

import { describe, expect, test } from "vitest";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import { type Model, type ModelSettings, type Pairs, supportOf } from "../../src/model/model.ts";
import { forEachPlace, putValues, type TensorPlace, valuesOf } from "../../src/model/tensors.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { expectNear, interactionsFrom, normals, randomRotation, scraps } from "../support/small.ts";
import { curvatureOf, mixedPairs, vjpOf } from "./subject.ts";

// Two users, three items, two factors: users at 0, items at 6, every row with its bias behind it.
const set = interactionsFrom([[0, 0, 1]], 2, 3);
const built = (given: ModelSettings) => matrixFactorization.build(matrixFactorization.settings(given), set);
const withBiases = built({ factors: 2, biases: true });
const params = Float64Array.of(1, 2, 10, 3, -1, 20, 1, 0, 0.1, 0.5, 2, 0.2, -1, 4, 0.3);
const pairs: Pairs = { users: Uint32Array.of(0, 1, 0), items: Uint32Array.of(1, 2, 1) };

function tensorOf({ tensors }: Model, name: string): TensorPlace {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** The same numbers without biases, and without those of users. */
const plainParams = params.filter((_, k) => k % 3 < 2);
const itemParams = params.filter((_, k) => k > 5 || k % 3 < 2);

describe("by hand", () => {
  const point = withBiases.at(params, pairs);

  test("scores", () => {
    expectNear(point.scores, [0.5 + 4 + 10 + 0.2, -3 - 4 + 20 + 0.3, 14.7], 1e-15);
    const plain = built({ factors: 2, biases: false });
    expectNear(plain.at(plainParams, pairs).scores, [4.5, -7, 4.5], 1e-15);
    const ofItems = built({ factors: 2, biases: "items" });
    expectNear(ofItems.at(itemParams, pairs).scores, [4.7, -6.7, 4.7], 1e-15);
  });

  test("a mean is added to every score, as a constant or as the last parameter", () => {
    const fixed = built({ factors: 2, biases: false, mean: 3 });
    expect(fixed.parameterCount).toBe(10);
    expectNear(fixed.at(plainParams, pairs).scores, [7.5, -4, 7.5], 1e-15);
    const learned = built({ factors: 2, biases: "items", mean: "learned" });
    const point = learned.at(Float64Array.of(...itemParams, 3), pairs);
    expectNear(point.scores, [7.7, -3.7, 7.7], 1e-15);
    const weights = Float64Array.of(1, 5, -2);
    const gradient = vjpOf(point, weights, learned);
    expect(gradient.length).toBe(14);
    expect(gradient[13]).toBe(4);
    expect(gradient.slice(0, 13)).toEqual(
      vjpOf(
        built({ factors: 2, biases: "items" }).at(itemParams, pairs),
        weights,
        built({ factors: 2, biases: "items" }),
      ),
    );
  });

  test("the gradient of a pair: each side's factors are the other's", () => {
    const wanted = new Float64Array(15);
    wanted.set([0.5, 2, 1], 0);
    wanted.set([1, 2, 1], 9);
    expect(vjpOf(point, Float64Array.of(1, 0, 0), withBiases)).toEqual(wanted);
    expect(vjpOf(point, Float64Array.of(3, 0, -2), withBiases)).toEqual(wanted);
  });

  test("the curvature of a pair swaps the rows of the direction", () => {
    const direction = Float64Array.from({ length: 15 }, (_, k) => k + 1);
    const wanted = new Float64Array(15);
    wanted.set([10, 11], 0);
    wanted.set([1, 2], 9);
    expect(curvatureOf(point, Float64Array.of(1, 0, 0), direction, withBiases)).toEqual(wanted);
  });

  test("support: the user's factors, the item's, and both biases, ascending", () => {
    expect([...supportOf(withBiases, 1, 2)]).toEqual([3, 4, 5, 12, 13, 14]);
  });
});

describe("invariances", () => {
  const model = matrixFactorization.build({ factors: 3, biases: true, mean: 0 }, scraps());
  const all = mixedPairs(model);
  const point = normals(model.parameterCount, 3);
  const { scores } = model.at(point, all);

  test("scores of a user relative to each other do not depend on the user's bias", () => {
    const moved = point.slice();
    const { at, rowStride } = tensorOf(model, "user_bias");
    moved[at + 4 * rowStride] += 2;
    const shifted = scores.map((s, n) => s + (all.users[n] === 4 ? 2 : 0));
    expectNear(model.at(moved, all).scores, shifted, 1e-14);
  });

  test("turning all factors does not matter", () => {
    const turn = randomRotation(3, 5);
    const turned = point.slice();
    for (const name of ["user_factors", "item_factors"]) {
      const tensor = tensorOf(model, name);
      const from = valuesOf(tensor, point);
      const to = from.map((_, k) => {
        const [row, g] = [k - (k % 3), k % 3];
        return [0, 1, 2].reduce((sum, f) => sum + from[row + f] * turn[3 * f + g], 0);
      });
      putValues(tensor, to, turned);
    }
    expectNear(model.at(turned, all).scores, scores, 1e-14);
  });
});

describe("settings and start", () => {
  test("defaults", () => {
    expect(matrixFactorization.settings({})).toEqual({ factors: 8, biases: false, mean: 0 });
    expect(matrixFactorization.name).toBe("mf");
  });

  test("tensors by name", () => {
    const told = ({ tensors }: Model) =>
      tensors.map(({ name, shape, at, rowStride, penalised }) => [name, [...shape], at, rowStride, penalised]);
    expect(told(withBiases)).toEqual([
      ["user_factors", [2, 2], 0, 3, "table"],
      ["item_factors", [3, 2], 6, 3, "table"],
      ["user_bias", [2], 2, 3, "bias"],
      ["item_bias", [3], 8, 3, "bias"],
    ]);
    expect(told(built({ factors: 2, biases: "items", mean: "learned" }))).toEqual([
      ["user_factors", [2, 2], 0, 2, "table"],
      ["item_factors", [3, 2], 4, 3, "table"],
      ["item_bias", [3], 6, 3, "bias"],
      ["mean", [1], 13, 1, "none"],
    ]);
  });

  test("values of a tensor are its rows, there and back", () => {
    expect([...valuesOf(tensorOf(withBiases, "item_factors"), params)]).toEqual([1, 0, 0.5, 2, -1, 4]);
    expect([...valuesOf(tensorOf(withBiases, "user_bias"), params)]).toEqual([10, 20]);
    const copy = new Float64Array(15);
    for (const tensor of withBiases.tensors) putValues(tensor, valuesOf(tensor, params), copy);
    expect(copy).toEqual(params);
    const places: number[] = [];
    forEachPlace(tensorOf(withBiases, "item_bias"), (place) => places.push(place));
    expect(places).toEqual([8, 11, 14]);
  });

  test("anything that is neither is refused by name", () => {
    for (const [given, name] of [
      [{ biases: "users" }, "biases"],
      [{ biases: 1 }, "biases"],
      [{ mean: "given" }, "mean"],
      [{ mean: true }, "mean"],
      [{ mean: Number.NaN }, "mean"],
    ] as const)
      expect(() => matrixFactorization.settings(given)).toThrow(
        expect.objectContaining({ code: "bad-input", message: expect.stringContaining(name) }),
      );
  });

  test("factors start near zero with deviation 0.1, biases and mean at zero", () => {
    const model = matrixFactorization.build(
      { factors: 16, biases: true, mean: "learned" },
      interactionsFrom([], 300, 200),
    );
    const start = matrixFactorization.start(model, randomOf(1, "start"), indexKeys(model));
    for (const [name, count] of [
      ["user_factors", 4800],
      ["item_factors", 3200],
    ] as const) {
      const values = valuesOf(tensorOf(model, name), start);
      // Five deviations of the mean, and of the variance, of so many normal numbers.
      const sum = values.reduce((total, x) => total + x, 0);
      const squares = values.reduce((total, x) => total + x * x, 0);
      expect(Math.abs(sum / count)).toBeLessThan((5 * 0.1) / Math.sqrt(count));
      expect(Math.abs(squares / count / 0.01 - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    }
    for (const name of ["user_bias", "item_bias", "mean"])
      expect(valuesOf(tensorOf(model, name), start).every((x) => x === 0)).toBe(true);
  });
});
