/** The neural models where they become something simpler, by hand, and at their settings and starts. */

import { describe, expect, it } from "vitest";
import type { LetheError } from "../../../src/errors.ts";
import { gmf } from "../../../src/model/gmf.ts";
import { matrixFactorization } from "../../../src/model/matrix-factorization.ts";
import { mlp } from "../../../src/model/mlp.ts";
import type { Model } from "../../../src/model/model.ts";
import { neumf } from "../../../src/model/neumf.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import { interactionsFrom, scraps } from "../../support/small.ts";
import { everyPair, networks, vectorOf } from "./networks.ts";

/** The stretch of the vector that a tensor fills. */
function tensorOf(model: Model, params: Float64Array, name: string): Float64Array {
  const place = model.tensors.find((tensor) => tensor.name === name);
  if (place === undefined) throw new Error(`no tensor ${name}`);
  return params.subarray(place.at, place.at + place.shape.reduce((size, length) => size * length, 1));
}

describe("what they become", () => {
  const data = scraps();

  it("GMF with output weights 1 is the dot product", () => {
    const model = gmf.build({ factors: 3 }, data);
    const plain = matrixFactorization.build({ factors: 3, biases: false, mean: 0 }, data);
    const params = vectorOf(model.parameterCount, 1);
    tensorOf(model, params, "output_weights").fill(1);
    tensorOf(model, params, "output_bias").fill(0);
    const pairs = everyPair(model);
    const tables = params.slice(0, plain.parameterCount);
    expect(model.at(params, pairs).scores).toEqual(plain.at(tables, pairs).scores);
    const weights = vectorOf(pairs.users.length, 2);
    const [gradient, expected] = [new Float64Array(params.length), new Float64Array(tables.length)];
    model.at(params, pairs).addVjp(weights, gradient);
    plain.at(tables, pairs).addVjp(weights, expected);
    expect(gradient.slice(0, tables.length)).toEqual(expected);
  });

  it("an MLP without layers adds a number of the user to a number of the item", () => {
    const model = mlp.build(mlp.settings({ layers: [], embedding: 2 }), data);
    const scores = model.at(vectorOf(model.parameterCount, 3), everyPair(model)).scores;
    const at = (user: number, item: number) => scores[user * model.itemCount + item];
    for (let user = 1; user < model.userCount; user++)
      for (let item = 1; item < model.itemCount; item++)
        expect(at(user, item) - at(user, 0)).toBeCloseTo(at(0, item) - at(0, 0), 12);
  });

  it("NeuMF with a tower of zeros is GMF, at whose kinks the tower is flat", () => {
    const whole = neumf.build(neumf.settings({ factors: 3, layers: [4, 2], embedding: 2 }), data);
    const part = gmf.build({ factors: 3 }, data);
    const params = vectorOf(whole.parameterCount, 4);
    for (const { name } of whole.tensors) if (name.startsWith("layer")) tensorOf(whole, params, name).fill(0);
    const own = new Float64Array(part.parameterCount);
    for (const { name, shape } of part.tensors) {
      const size = shape.reduce((sum, length) => sum * length, 1);
      tensorOf(part, own, name).set(tensorOf(whole, params, name).subarray(0, size));
    }
    const pairs = everyPair(whole);
    expect(whole.at(params, pairs).scores).toEqual(part.at(own, pairs).scores);
    const gradient = new Float64Array(params.length);
    whole.at(params, pairs).addVjp(vectorOf(pairs.users.length, 5), gradient);
    for (const { name } of whole.tensors)
      if (/^layer|embedding/.test(name)) expect([...tensorOf(whole, gradient, name)].every((x) => x === 0)).toBe(true);
  });

  it("layers that copy positive embeddings change nothing", () => {
    const deep = mlp.build(mlp.settings({ layers: [4, 4], embedding: 2 }), data);
    const flat = mlp.build(mlp.settings({ layers: [], embedding: 2 }), data);
    const own = vectorOf(flat.parameterCount, 6).map(Math.abs);
    const params = new Float64Array(deep.parameterCount);
    for (const { name } of flat.tensors) tensorOf(deep, params, name).set(tensorOf(flat, own, name));
    for (const l of [1, 2]) for (let k = 0; k < 4; k++) tensorOf(deep, params, `layer${l}_weights`)[k * 4 + k] = 1;
    const pairs = everyPair(deep);
    expect(deep.at(params, pairs).scores).toEqual(flat.at(own, pairs).scores);
  });
});

describe("by hand", () => {
  const data = interactionsFrom([[0, 0, 1]], 2, 2);
  const pairs = { users: Uint32Array.of(0, 1), items: Uint32Array.of(1, 1) };

  it("NeuMF of two users and two items", () => {
    const model = neumf.build(neumf.settings({ factors: 1, layers: [2], embedding: 1 }), data);
    const params = new Float64Array(model.parameterCount);
    const values = {
      user_factors: [2, 3],
      item_factors: [5, 7],
      user_embedding: [1, -2],
      item_embedding: [4, 3],
      layer1_weights: [2, -1, 1, 1],
      layer1_bias: [-1, 0.5],
      output_weights: [0.5, 10, 100],
      output_bias: [1000],
    };
    for (const [name, numbers] of Object.entries(values)) tensorOf(model, params, name).set(numbers);
    const point = model.at(params, pairs);
    // Pair (0, 1): product 14; layer max(0, [1, 3]·W + b) = [4, 2.5]. Pair (1, 1): product 21; layer max(0, [−2, 5.5]) = [0, 5.5].
    expect([...point.scores]).toEqual([1000 + 7 + 40 + 250, 1000 + 10.5 + 0 + 550]);
    const gradient = new Float64Array(params.length);
    point.addVjp(Float64Array.of(1, 2), gradient);
    const expected = {
      user_factors: [0.5 * 7, 2 * 0.5 * 7],
      item_factors: [0, 0.5 * 2 + 2 * 0.5 * 3],
      // Through W's rows: [2, −1] and [1, 1], slopes [10, 100], and twice [0, 100].
      user_embedding: [20 - 100, -200],
      item_embedding: [0, 110 + 200],
      layer1_weights: [10, 100 - 400, 30, 300 + 600],
      layer1_bias: [10, 300],
      output_weights: [14 + 2 * 21, 4, 2.5 + 2 * 5.5],
      output_bias: [3],
    };
    for (const [name, numbers] of Object.entries(expected))
      expect([...tensorOf(model, gradient, name)], name).toEqual(numbers);
  });

  it("the curvature of GMF", () => {
    const model = gmf.build({ factors: 1 }, data);
    // score = b + h·p·q; order: p₀, p₁, q₀, q₁, h, b.
    const params = Float64Array.of(2, 3, 5, 7, 0.5, 0);
    const out = new Float64Array(6);
    model.at(params, pairs).addCurvature(Float64Array.of(1, 0), Float64Array.of(1, 1, 1, 10, 100, 1000), out);
    expect([...out]).toEqual([0.5 * 10 + 7 * 100, 0, 0, 0.5 * 1 + 2 * 100, 7 * 1 + 2 * 10, 0]);
  });
});

describe("settings and starts", () => {
  it("fills in the embedding of the tower from its first width", () => {
    expect(gmf.settings({})).toEqual({ factors: 8 });
    expect(mlp.settings({})).toEqual({ layers: [32, 16, 8], embedding: 16, activation: "relu" });
    expect(mlp.settings({ layers: [5] })).toMatchObject({ layers: [5], embedding: 3 });
    expect(mlp.settings({ layers: 5 })).toEqual(mlp.settings({ layers: [5] }));
    expect(mlp.settings({ layers: [] })).toMatchObject({ layers: [], embedding: 8 });
    expect(neumf.settings({ embedding: 32 })).toMatchObject({ factors: 8, layers: [32, 16, 8], embedding: 32 });
  });

  it.each([
    [gmf, { layers: [8] }, "layers"],
    [gmf, { factors: 0 }, "factors"],
    [mlp, { layers: [8, 0] }, "layers"],
    [mlp, { layers: 0 }, "layers"],
    [mlp, { layers: "8" }, "layers"],
    [mlp, { factors: 8 }, "factors"],
    [neumf, { embedding: 1.5 }, "embedding"],
    [neumf, { activation: "step" }, "relu, squareplus"],
  ])("names a setting that is wrong", (kind, given, name) => {
    const check = () => kind.settings(given as Parameters<typeof kind.settings>[0]);
    expect(check).toThrow(expect.objectContaining({ code: "bad-input" } satisfies Partial<LetheError>));
    expect(check).toThrow(name);
  });

  it.each(networks)("%s starts near zero in its tables, drawn by tensor, with biases 0", (_, kind, settings) => {
    const model = kind.build(kind.settings(settings), interactionsFrom([[0, 0, 1]], 3000, 2000));
    const params = kind.start(model, randomOf(7, "start"), indexKeys(model));
    expect(params).toEqual(kind.start(model, randomOf(7, "start"), indexKeys(model)));
    for (const { name, shape, rowsOf } of model.tensors) {
      const values = tensorOf(model, params, name);
      const square = values.reduce((sum, x) => sum + x * x, 0) / values.length;
      if (name.endsWith("_bias")) expect(square).toBe(0);
      else if (rowsOf !== undefined)
        expect(Math.sqrt(square) / (name.endsWith("_factors") ? 0.1 : 0.01)).toBeCloseTo(1, 1);
      else expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / shape[0]));
    }
  });

  it("draws a tensor alike whatever stands beside it", () => {
    const start = (kind: typeof neumf | typeof gmf, given: object) => {
      const model = kind.build(kind.settings(given as never) as never, scraps());
      return { model, params: kind.start(model, randomOf(7, "start"), indexKeys(model)) };
    };
    const [whole, part] = [start(neumf, { factors: 3, layers: [4] }), start(gmf, { factors: 3 })];
    for (const name of ["user_factors", "item_factors"])
      expect(tensorOf(whole.model, whole.params, name)).toEqual(tensorOf(part.model, part.params, name));
  });
});
