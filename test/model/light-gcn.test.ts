/** Laws of LightGCN: its dense twin, what is removed, relabelled or apart, its derivatives, and those by the weights of edges. */

import { describe, expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { graphOf } from "../../src/model/graph/adjacency.ts";
import { lightGcn } from "../../src/model/light-gcn.ts";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import type { DataDerivative, Model, Pairs } from "../../src/model/model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { bpr, logistic } from "../../src/objective/loss.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import {
  expectNear,
  farthest,
  interactionsFrom,
  normals,
  relabelled,
  scraps,
  shuffle,
  tastes,
} from "../support/small.ts";
import { expectDerivatives, expectWeightDerivative, weightSlopes } from "./graph/weighted.ts";

const settings = { factors: 3, layers: 3 };
const half = (length: number, seed: number) => normals(length, seed).map((x) => 0.5 * x);

/** Every user with every item, in an order that mixes them. */
function allPairs({ userCount, itemCount }: { userCount: number; itemCount: number }): Pairs {
  const order = shuffle(userCount * itemCount, 7);
  return { users: order.map((n) => Math.floor(n / itemCount)), items: order.map((n) => n % itemCount) };
}

/** Two blocks of three users and three items that share nothing. */
function twoBlocks(): Interactions {
  const inside = (at: number) =>
    [0, 1, 2].flatMap((u) => [0, 1, 2].filter((i) => i !== u).map((i) => [at + u, at + i, 1] as const));
  return interactionsFrom([...inside(0), ...inside(3)], 6, 6);
}

/** Â and the average of its powers, from their definitions. */
function dense({ userCount, itemCount, users, items, size }: Interactions, layers: number) {
  const order = userCount + itemCount;
  const a = Array.from({ length: order }, () => new Array<number>(order).fill(0));
  for (let k = 0; k < size; k++) {
    a[users[k]][userCount + items[k]]++;
    a[userCount + items[k]][users[k]]++;
  }
  const degree = a.map((row) => row.reduce((sum, x) => sum + x, 0));
  const hat = a.map((row, r) => row.map((x, c) => (x === 0 ? 0 : x / Math.sqrt(degree[r]) / Math.sqrt(degree[c]))));
  let power = hat.map((row, r) => row.map((_, c) => Number(r === c)));
  const average = power.map((row) => row.slice());
  for (let l = 0; l < layers; l++) {
    power = power.map((row) => row.map((_, c) => row.reduce((sum, x, k) => sum + x * hat[k][c], 0)));
    power.forEach((row, r) => {
      row.forEach((x, c) => {
        average[r][c] += x;
      });
    });
  }
  const spread = (x: Float64Array, width: number) =>
    x.map((_, place) => {
      const [r, f] = [Math.floor(place / width), place % width];
      return average[r].reduce((sum, y, c) => sum + y * x[c * width + f], 0) / (layers + 1);
    });
  return { hat, spread };
}

const scoresOf = (model: Model, params: Float64Array, pairs: Pairs) => model.at(params, pairs).scores;

describe.each([
  ["scraps", scraps()],
  ["tastes", tastes()],
] as const)("LightGCN on %s", (_, interactions) => {
  const model = lightGcn.build(settings, interactions);
  const twin = matrixFactorization.build({ factors: 3, biases: false, mean: 0 }, interactions);
  const params = half(model.parameterCount, 1);
  const pairs = allPairs(model);

  test.each([0, 1, 2, 3])("with %i layers is the dot product of densely averaged embeddings", (layers) => {
    const spread = dense(interactions, layers).spread(params, 3);
    expectNear(
      scoresOf(lightGcn.build({ factors: 3, layers }, interactions), params, pairs),
      scoresOf(twin, spread, pairs),
      1e-14,
    );
  });

  test("stands on a graph that is symmetric to the bit, and that of the definition", () => {
    const { hat } = dense(interactions, 0);
    const { matrix, nodeCount } = graphOf(interactions);
    const found = hat.map((row) => row.map(() => 0));
    for (let r = 0; r < nodeCount; r++)
      for (let e = matrix.start[r]; e < matrix.start[r + 1]; e++) found[r][matrix.columns[e]] += matrix.values[e];
    expectNear(found.flat(), hat.flat(), 1e-15);
    expect(found.map((row, r) => row.map((_, c) => found[c][r]))).toEqual(found);
  });

  test("has the derivatives of the dot product, spread in and out", () => {
    const { spread } = dense(interactions, 3);
    const [x, weights] = [normals(params.length, 2), normals(pairs.users.length, 3)];
    const [found, wanted] = [model.at(params, pairs), twin.at(spread(params, 3), pairs)];
    expectNear(found.jvp(x), wanted.jvp(spread(x, 3)), 1e-13);
    const [out, twinOut] = [new Float64Array(x.length), new Float64Array(x.length)];
    found.addVjp(weights, out);
    found.addCurvature(weights, x, out);
    wanted.addVjp(weights, twinOut);
    wanted.addCurvature(weights, spread(x, 3), twinOut);
    expectNear(out, spread(twinOut, 3), 1e-13);
  });

  test("has derivatives that are slopes of each other", () => expectDerivatives(model, params, pairs));

  test("without an interaction is the model with its weight at 0, to the bit", () => {
    for (const rows of [[0], [1, 4, 7]].map((list) => Uint32Array.from(list))) {
      const weights = new Float64Array(interactions.size).fill(1);
      for (const row of rows) weights[row] = 0;
      expect(scoresOf(lightGcn.build(settings, interactions, weights), params, pairs)).toEqual(
        scoresOf(lightGcn.build(settings, interactions.without(rows)), params, pairs),
      );
    }
  });

  test("with an interaction twice is the model with its weight at 2", () => {
    const { users, items, ratings } = interactions;
    const twice = interactionsOf({
      ...interactions,
      users: Uint32Array.of(...users, users[2]),
      items: Uint32Array.of(...items, items[2]),
      ratings: Float64Array.of(...ratings, 1),
      times: undefined,
    });
    const weights = new Float64Array(interactions.size).fill(1).with(2, 2);
    expectNear(
      scoresOf(lightGcn.build(settings, interactions, weights), params, pairs),
      scoresOf(lightGcn.build(settings, twice), params, pairs),
      1e-14,
    );
  });

  test("is served as the dot product of its factors", () => {
    const { userFactors = [], itemFactors = [], factors } = model.asFactors?.(params) ?? {};
    expect(factors).toBe(3);
    expectNear(
      scoresOf(twin, Float64Array.of(...userFactors, ...itemFactors), pairs),
      scoresOf(model, params, pairs),
      0,
    );
  });

  test("does not look at ratings", () => {
    const liked = interactionsOf({ ...interactions, ratings: interactions.ratings.map(() => 1), times: undefined });
    expect(scoresOf(lightGcn.build(settings, liked), params, pairs)).toEqual(scoresOf(model, params, pairs));
  });

  test("under other names scores the same", () => {
    const [users, items] = [shuffle(model.userCount, 4), shuffle(model.itemCount, 5)];
    const renamed = lightGcn.build(settings, relabelled(interactions, users, items));
    const moved = new Float64Array(params.length);
    users.forEach((to, u) => {
      moved.set(params.subarray(3 * u, 3 * u + 3), 3 * to);
    });
    items.forEach((to, i) => {
      const at = 3 * (model.userCount + i);
      moved.set(params.subarray(at, at + 3), 3 * (model.userCount + to));
    });
    const pairsThere = { users: pairs.users.map((u) => users[u]), items: pairs.items.map((i) => items[i]) };
    expectNear(scoresOf(renamed, moved, pairsThere), scoresOf(model, params, pairs), 1e-14);
  });

  test.each([0, 1, 3])("with %i layers has the derivative by every edge's weight", (layers) => {
    const build = (weights: Float64Array) => lightGcn.build({ factors: 3, layers }, interactions, weights);
    const ones = new Float64Array(interactions.size).fill(1);
    const random = randomOf(9, "weights");
    expectWeightDerivative(build, ones, params, pairs);
    expectWeightDerivative(
      build,
      ones.map(() => 0.5 + random.uniform()),
      params,
      pairs,
    );
  });

  test("answers the same whatever was asked before, and sees vectors that were changed in place", () => {
    const used = lightGcn.build(settings, interactions);
    const [moving, direction] = [half(params.length, 20), normals(params.length, 21)];
    const point = used.at(moving, pairs);
    point.jvp(direction);
    direction[4] += 1;
    const [out, fresh] = [new Float64Array(params.length), new Float64Array(params.length)];
    point.addCurvature(normals(pairs.users.length, 3), direction, out);
    const clean = lightGcn.build(settings, interactions);
    clean.at(moving, pairs).addCurvature(normals(pairs.users.length, 3), direction, fresh);
    expect(out).toEqual(fresh);
    moving[2] += 1;
    expect(scoresOf(used, moving, pairs)).toEqual(scoresOf(clean, moving, pairs));
    expect(scoresOf(used, moving, pairs)).not.toEqual(point.scores);
  });
});

describe("LightGCN on blocks that share nothing", () => {
  const interactions = twoBlocks();
  const model = lightGcn.build(settings, interactions);
  const params = half(model.parameterCount, 1);
  const inFirst = allPairs({ userCount: 3, itemCount: 3 });

  test("does not carry parameters, edges or weights across", () => {
    const scores = scoresOf(model, params, inFirst);
    const other = params.map((x, k) => (Math.floor(k / 3) % 6 >= 3 ? x + 1 : x));
    expect(scoresOf(model, other, inFirst)).toEqual(scores);
    expect(scoresOf(lightGcn.build(settings, interactions.without(Uint32Array.of(8))), params, inFirst)).toEqual(
      scores,
    );
    const derivative = (model.data as DataDerivative).weightDerivative(
      params,
      inFirst,
      normals(9, 1),
      normals(9, 2),
      normals(params.length, 3),
    );
    expect(derivative.subarray(6)).toEqual(new Float64Array(6));
    expect(Math.min(...derivative.subarray(0, 6).map(Math.abs))).toBeGreaterThan(1e-6);
  });
});

describe("building LightGCN", () => {
  test("refuses settings and weights that make no sense", () => {
    expect(() => lightGcn.settings({ factors: 0 })).toThrow("factors");
    expect(() => lightGcn.settings({ layers: -1 })).toThrow("layers");
    expect(() => lightGcn.settings({ depth: 2 })).toThrow("depth");
    expect(lightGcn.settings({ layers: 0 }).layers).toBe(0);
    const interactions = scraps();
    const ones = new Float64Array(interactions.size).fill(1);
    expect(() => lightGcn.build(settings, interactions, ones.subarray(1))).toThrow("weights");
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => lightGcn.build(settings, interactions, ones.with(3, wrong))).toThrow("interaction 3");
  });

  test("gives no derivative where there is none: at an edge of a node whose edges all have weight 0", () => {
    const interactions = interactionsFrom(
      [
        [0, 0, 1],
        [1, 0, 1],
        [1, 1, 1],
      ],
      2,
      2,
    );
    const model = lightGcn.build(settings, interactions, Float64Array.of(0, 1, 1));
    const params = half(model.parameterCount, 1);
    const { weightDerivative } = model.data as DataDerivative;
    const found = weightDerivative(params, allPairs(model), normals(4, 1), undefined, undefined);
    expect(Array.from(found, Number.isFinite)).toEqual([false, true, true]);
  });
});

const sampling = { perRow: 2, seed: 1, semantics: "frozen" } as const;

describe.each([bpr, logistic])("the objective of LightGCN with the loss $name", (loss) => {
  const shared: ObjectiveSettings = {
    kind: lightGcn,
    model: settings,
    loss,
    l2: 0.3,
    l2Shared: 0,
    regularizer: "table",
    sampling,
    extraWeight: 0,
  };

  test("has the gradient and the Hessian of finite differences", () => {
    const objective = differentiable(shared, tastes());
    const params = half(objective.parameterCount, 1);
    const x = normals(params.length, 2);
    const step = 1e-5;
    const at = (length: number) => {
      const gradient = new Float64Array(params.length);
      const value = objective.evaluate(
        params.map((p, k) => p + length * x[k]),
        gradient,
      );
      return { value, gradient };
    };
    const [ahead, behind] = [at(step), at(-step)];
    const { gradient } = at(0);
    expectNear([dot(gradient, x)], [(ahead.value - behind.value) / (2 * step)], 1e-9, {
      floor: norm(gradient) * norm(x),
    });
    const product = new Float64Array(params.length);
    objective.hessianProduct(params, x, product, "full");
    expectNear(
      product,
      product.map((_, k) => (ahead.gradient[k] - behind.gradient[k]) / (2 * step)),
      1e-8,
    );
  });

  test("moves its optimum with an edge's weight as the formula says, and not as it says without the graph", () => {
    const triples = Array.from({ length: 30 }, (_, n) => [Math.floor(n / 5), n % 5, 1] as const);
    const some = triples.filter(([u, i]) => (u * u + 3 * i + u * i) % 5 < 2);
    const interactions = interactionsFrom([...some, some[3]], 6, 5);
    const objective = differentiable({ ...shared, model: { factors: 2, layers: 2 }, l2: 0.05 }, interactions);
    const start = half(objective.parameterCount, 3);
    for (const [user, item] of [
      [0, 1],
      [3, 2],
    ]) {
      const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
      const { retrained, formula, lossAlone } = weightSlopes(objective, pair, start);
      const size = norm(Float64Array.from(retrained));
      expect(size).toBeGreaterThan(0.01);
      expect(farthest(formula, retrained)).toBeLessThan(1e-6 * size);
      expect(farthest(lossAlone, retrained)).toBeGreaterThan(0.1 * size);
    }
  });
});
