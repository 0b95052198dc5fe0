/** The dot product as a model: by hand, its factors, its invariances and its start. */

import { describe, expect, test } from "vitest";
import { dotProduct } from "../../src/model/dot-product.ts";
import { type Model, type Pairs, supportOf } from "../../src/model/model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { expectNear, interactionsFrom, normals, randomRotation, scraps } from "../small.ts";
import { curvatureOf, mixedPairs, vjpOf } from "./subject.ts";

// Two users, three items, two factors: users at 0, items at 4, biases at 10 and 12.
const set = interactionsFrom([[0, 0, 1]], 2, 3);
const withBiases = dotProduct.build({ factors: 2, biases: true }, set);
const params = Float64Array.of(1, 2, 3, -1, 1, 0, 0.5, 2, -1, 4, 10, 20, 0.1, 0.2, 0.3);
const pairs: Pairs = { users: Uint32Array.of(0, 1, 0), items: Uint32Array.of(1, 2, 1) };

function tensorOf({ tensors }: Model, vector: Float64Array, name: string): Float64Array {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return vector.subarray(found.at, found.at + found.shape.reduce((size, length) => size * length, 1));
}

describe("by hand", () => {
  const point = withBiases.at(params, pairs);

  test("scores", () => {
    expectNear(point.scores, [0.5 + 4 + 10 + 0.2, -3 - 4 + 20 + 0.3, 14.7], 1e-15);
    const plain = dotProduct.build({ factors: 2, biases: false }, set);
    expectNear(plain.at(params.slice(0, 10), pairs).scores, [4.5, -7, 4.5], 1e-15);
  });

  test("the gradient of a pair: each side's factors are the other's", () => {
    const wanted = new Float64Array(15);
    wanted.set([0.5, 2], 0);
    wanted.set([1, 2], 6);
    wanted[10] = 1;
    wanted[13] = 1;
    expect(vjpOf(point, Float64Array.of(1, 0, 0), withBiases)).toEqual(wanted);
    expect(vjpOf(point, Float64Array.of(3, 0, -2), withBiases)).toEqual(wanted);
  });

  test("the curvature of a pair swaps the rows of the direction", () => {
    const direction = Float64Array.from({ length: 15 }, (_, k) => k + 1);
    const wanted = new Float64Array(15);
    wanted.set([7, 8], 0);
    wanted.set([1, 2], 6);
    expect(curvatureOf(point, Float64Array.of(1, 0, 0), direction, withBiases)).toEqual(wanted);
  });

  test("support: the user's factors, the item's, and both biases, ascending", () => {
    expect([...supportOf(withBiases, 1, 2)]).toEqual([2, 3, 8, 9, 11, 14]);
  });
});

describe("invariances", () => {
  const model = dotProduct.build({ factors: 3, biases: true }, scraps());
  const all = mixedPairs(model);
  const point = normals(model.parameterCount, 3);
  const { scores } = model.at(point, all);

  test("scores of a user relative to each other do not depend on the user's bias", () => {
    const moved = point.slice();
    tensorOf(model, moved, "user_bias")[4] += 2;
    const shifted = scores.map((s, n) => s + (all.users[n] === 4 ? 2 : 0));
    expectNear(model.at(moved, all).scores, shifted, 1e-14);
  });

  test("turning all factors does not matter", () => {
    const turn = randomRotation(3, 5);
    const turned = point.slice();
    for (const name of ["user_factors", "item_factors"]) {
      const [from, to] = [tensorOf(model, point, name), tensorOf(model, turned, name)];
      for (let k = 0; k < from.length; k++) {
        const [row, g] = [k - (k % 3), k % 3];
        to[k] = [0, 1, 2].reduce((sum, f) => sum + from[row + f] * turn[3 * f + g], 0);
      }
    }
    expectNear(model.at(turned, all).scores, scores, 1e-14);
  });
});

describe("settings and start", () => {
  test("defaults", () => {
    expect(dotProduct.settings({})).toEqual({ factors: 8, biases: false });
    expect(dotProduct.name).toBe("mf");
  });

  test("tensors by name", () => {
    const told = withBiases.tensors.map(({ name, shape, at }) => [name, [...shape], at]);
    expect(told).toEqual([
      ["user_factors", [2, 2], 0],
      ["item_factors", [3, 2], 4],
      ["user_bias", [2], 10],
      ["item_bias", [3], 12],
    ]);
  });

  test("factors start near zero with deviation 0.1, biases at zero", () => {
    const model = dotProduct.build({ factors: 16, biases: true }, interactionsFrom([], 300, 200));
    const start = dotProduct.start(model, randomOf(1, "start"));
    for (const [name, count] of [
      ["user_factors", 4800],
      ["item_factors", 3200],
    ] as const) {
      const values = tensorOf(model, start, name);
      // Five deviations of the mean, and of the variance, of so many normal numbers.
      const sum = values.reduce((total, x) => total + x, 0);
      const squares = values.reduce((total, x) => total + x * x, 0);
      expect(Math.abs(sum / count)).toBeLessThan((5 * 0.1) / Math.sqrt(count));
      expect(Math.abs(squares / count / 0.01 - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    }
    for (const name of ["user_bias", "item_bias"])
      expect(tensorOf(model, start, name).every((x) => x === 0)).toBe(true);
  });
});
