/** Laws of Mult-VAE: its definition, what noise and input depend on, its derivatives, and those by the interactions' weights. */

import { describe, expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import type { Model, Pairs } from "../../src/model/model.ts";
import { type MultVaeSettings, multVae } from "../../src/model/mult-vae.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { multinomial } from "../../src/objective/loss.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
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

const settings: MultVaeSettings = { latent: 2, hidden: 3, seed: 4, noise: true };
const half = (length: number, seed: number) => normals(length, seed).map((x) => 0.5 * x);
const scoresOf = (model: Model, params: Float64Array, pairs: Pairs) => model.at(params, pairs).scores;

/** Every user with every item and the divergence. */
function wholeRows({ userCount, itemCount }: Pick<Interactions, "userCount" | "itemCount">): Pairs {
  const width = itemCount + 1;
  const order = Uint32Array.from({ length: userCount * width }, (_, n) => n);
  return { users: order.map((n) => Math.floor(n / width)), items: order.map((n) => n % width) };
}

/** Some pairs and divergences, users coming back. */
function scattered({ userCount, itemCount }: Pick<Interactions, "userCount" | "itemCount">): Pairs {
  const order = shuffle(userCount * (itemCount + 1), 3).slice(0, 11);
  const [users, items] = [order.map((n) => n % userCount), order.map((n) => Math.floor(n / userCount))];
  return { users: Uint32Array.of(...users, users[0], users[0]), items: Uint32Array.of(...items, itemCount, itemCount) };
}

/** Scores and divergence of a user from the definition, number by number. */
function byHand(
  { itemCount, users, items, ratings }: Interactions,
  { latent, hidden }: MultVaeSettings,
  params: Float64Array,
  user: number,
  noise: readonly number[],
): number[] {
  const x = new Array<number>(itemCount).fill(0);
  ratings.forEach((rating, row) => {
    if (users[row] === user) x[items[row]] += rating;
  });
  const length = Math.hypot(...x);
  let at = 0;
  /** in·W + b. */
  const layer = (input: readonly number[], width: number) => {
    const w = params.subarray(at, at + input.length * width);
    const b = params.subarray(at + w.length, at + w.length + width);
    at += w.length + width;
    return Array.from(b, (bias, c) => input.reduce((sum, value, r) => sum + value * w[r * width + c], bias));
  };
  const first = layer(
    x.map((value) => (length === 0 ? 0 : value / length)),
    hidden,
  ).map(Math.tanh);
  const gauss = layer(first, 2 * latent);
  const [means, spreads] = [gauss.slice(0, latent), gauss.slice(latent)];
  const code = means.map((mean, f) => mean + Math.sqrt(Math.exp(spreads[f])) * noise[f]);
  const second = layer(code, hidden).map(Math.tanh);
  const biasAt = at + itemCount * hidden;
  const scores = x.map((_, i) =>
    second.reduce((sum, h, c) => sum + h * params[at + i * hidden + c], params[biasAt + i]),
  );
  const divergence = means.reduce((sum, m, f) => sum + (Math.exp(spreads[f]) + m * m - 1 - spreads[f]) / 2, 0);
  return [...scores, divergence];
}

describe.each([
  ["scraps", scraps()],
  ["tastes", tastes()],
] as const)("Mult-VAE on %s", (_, interactions) => {
  const model = multVae.build(settings, interactions);
  const params = half(model.parameterCount, 1);
  const [whole, some] = [wholeRows(model), scattered(model)];
  const places = (pairs: Pairs) => Array.from(pairs.users, (u, n) => u * (model.itemCount + 1) + pairs.items[n]);

  test("without noise is its definition", () => {
    const quiet = multVae.build({ ...settings, noise: false }, interactions);
    const wanted = Array.from({ length: model.userCount }, (_, user) =>
      byHand(interactions, settings, params, user, [0, 0]),
    ).flat();
    expectNear(scoresOf(quiet, params, whole), wanted, 1e-14);
  });

  test("with noise is its definition at one ε a user, whatever the parameters", () => {
    const thin = { ...settings, latent: 1, hidden: 1 };
    const noisy = multVae.build(thin, interactions);
    const [first, second] = [half(noisy.parameterCount, 6), half(noisy.parameterCount, 7)];
    const [found, elsewhere] = [scoresOf(noisy, first, whole), scoresOf(noisy, second, whole)];
    const place = (name: string) => noisy.tensors.find((tensor) => tensor.name === name)?.at ?? Number.NaN;
    const [weight, bias, output, outputBias] = ["decoder_weights", "decoder_bias", "output_items", "output_bias"].map(
      (name) => first[place(name)],
    );
    // One number a layer: the code follows from the score of the first item.
    const codeOf = (score: number) => (Math.atanh((score - outputBias) / output) - bias) / weight;
    const width = model.itemCount + 1;
    for (let user = 0; user < model.userCount; user++) {
      const [mean, one] = [0, 1].map((noise) => codeOf(byHand(interactions, thin, first, user, [noise])[0]));
      const noise = (codeOf(found[user * width]) - mean) / (one - mean);
      const wanted = byHand(interactions, thin, second, user, [noise]);
      expectNear(elsewhere.slice(user * width, (user + 1) * width), wanted, 1e-10);
    }
  });

  test("scores the same whether items are asked in rows, in part or one by one", () => {
    const all = scoresOf(model, params, whole);
    expectNear(
      scoresOf(model, params, some),
      places(some).map((n) => all[n]),
      1e-14,
    );
    const [last] = places(some).slice(-3);
    const single = { users: some.users.slice(10, 11), items: some.items.slice(10, 11) };
    expectNear(scoresOf(model, params, single), [all[last]], 1e-14);
  });

  test.each([
    ["whole rows", whole],
    ["some pairs", some],
  ] as const)("has derivatives that are slopes of each other, of %s", (_, pairs) => {
    expectDerivatives(model, params, pairs);
    expectDerivatives(multVae.build({ ...settings, noise: false }, interactions), params, pairs);
  });

  test("has the same derivatives of whole rows as of their pairs", () => {
    const weights = normals(some.users.length, 5);
    const spread = new Float64Array(whole.users.length);
    places(some).forEach((n, k) => {
      spread[n] += weights[k];
    });
    const x = normals(params.length, 6);
    const [found, wanted] = [new Float64Array(x.length), new Float64Array(x.length)];
    for (const [pairs, w, out] of [
      [some, weights, found],
      [whole, spread, wanted],
    ] as const) {
      const point = model.at(params, pairs);
      point.addVjp(w, out);
      point.addCurvature(w, x, out);
    }
    expectNear(found, wanted, 1e-13);
  });

  test("has the derivative by every interaction's weight", () => {
    const ones = new Float64Array(interactions.size).fill(1);
    const random = randomOf(9, "weights");
    const others = ones.map(() => 0.5 + random.uniform());
    for (const noise of [true, false])
      for (const pairs of [whole, some])
        for (const weights of [ones, others])
          expectWeightDerivative(
            (w) => multVae.build({ ...settings, noise }, interactions, w),
            weights,
            params,
            pairs,
            2e-8,
          );
  });

  test("keeps its noise: the seed decides, and who else is asked does not", () => {
    const all = scoresOf(model, params, whole);
    expect(scoresOf(multVae.build(settings, interactions), params, whole)).toEqual(all);
    const other = scoresOf(multVae.build({ ...settings, seed: 5 }, interactions), params, whole);
    const quiet = scoresOf(multVae.build(multVae.serving?.(settings) ?? settings, interactions), params, whole);
    whole.items.forEach((item, n) => {
      const divergence = item === model.itemCount;
      expect(other[n] === all[n]).toBe(divergence);
      expect(quiet[n] === all[n]).toBe(divergence);
    });
    const alone = {
      users: whole.users.slice(0, model.itemCount + 1),
      items: whole.items.slice(0, model.itemCount + 1),
    };
    expectNear(scoresOf(model, params, alone), all.slice(0, alone.users.length), 1e-14);
  });

  test("under other names scores the same, the noise following the users' keys", () => {
    const [users, items] = [shuffle(model.userCount, 4), shuffle(model.itemCount, 5)];
    const keys = indexKeys(interactions);
    const renamedKeys = { users: keys.users.slice(), items: keys.items.slice() };
    users.forEach((to, u) => {
      renamedKeys.users[to] = keys.users[u];
    });
    const renamed = multVae.build(settings, relabelled(interactions, users, items), undefined, renamedKeys);
    const moved = params.slice();
    for (const { at, shape, rowsOf } of model.tensors) {
      if (rowsOf !== "item") continue;
      const width = shape[1] ?? 1;
      items.forEach((to, i) => {
        moved.set(params.subarray(at + i * width, at + (i + 1) * width), at + to * width);
      });
    }
    const there = {
      users: whole.users.map((u) => users[u]),
      items: whole.items.map((i) => items[i] ?? i),
    };
    const known = multVae.build(settings, interactions, undefined, keys);
    expectNear(scoresOf(renamed, moved, there), scoresOf(known, params, whole), 1e-14);
  });

  test("without a user, or one of its rows, scores the others to the bit as before", () => {
    const all = scoresOf(model, params, whole);
    const rows = interactions.byUser.rows.slice(interactions.byUser.start[2], interactions.byUser.start[3]);
    for (const gone of [rows, rows.slice(0, 1)]) {
      const left = scoresOf(multVae.build(settings, interactions.without(gone)), params, whole);
      const changed = new Set(Array.from(whole.users).filter((_, n) => left[n] !== all[n]));
      expect([...changed]).toEqual([2]);
      const weights = new Float64Array(interactions.size).fill(1);
      for (const row of gone) weights[row] = 0;
      expect(scoresOf(multVae.build(settings, interactions, weights), params, whole)).toEqual(left);
    }
  });

  test("looks at proportions of ratings: neither their unit nor rows that share them matter", () => {
    const scaled = { ...interactions, ratings: interactions.ratings.map((r) => 7 * r), times: undefined };
    expectNear(
      scoresOf(multVae.build(settings, interactionsOf(scaled)), params, whole),
      scoresOf(model, params, whole),
      1e-14,
    );
    const { users, items, ratings } = interactions;
    const halves = interactionsOf({
      ...interactions,
      users: Uint32Array.of(...users, ...users),
      items: Uint32Array.of(...items, ...items),
      ratings: Float64Array.from([...ratings, ...ratings], (r) => r / 2),
      times: undefined,
    });
    expectNear(scoresOf(multVae.build(settings, halves), params, whole), scoresOf(model, params, whole), 1e-14);
  });
});

describe("Mult-VAE in corners", () => {
  test("at zero gives zero scores and no divergence, which is never negative", () => {
    const model = multVae.build(settings, scraps());
    const zero = new Float64Array(model.parameterCount);
    expect(scoresOf(model, zero, wholeRows(model))).toEqual(new Float64Array(7 * 7));
    for (let seed = 1; seed < 20; seed++)
      for (let user = 0; user < 7; user++) {
        const pair = { users: Uint32Array.of(user), items: Uint32Array.of(6) };
        expect(scoresOf(model, normals(zero.length, seed), pair)[0]).toBeGreaterThan(0);
      }
  });

  test("gives no derivative where there is none: for a user whose ratings all have weight 0", () => {
    const interactions = interactionsFrom(
      [
        [0, 0, 1],
        [1, 0, 1],
        [1, 1, 1],
      ],
      2,
      2,
    );
    const model = multVae.build(settings, interactions, Float64Array.of(0, 1, 1));
    const found = model.data?.weightDerivative(
      half(model.parameterCount, 1),
      wholeRows(model),
      normals(6, 1),
      undefined,
      undefined,
    );
    expect(Array.from(found ?? [], Number.isFinite)).toEqual([false, true, true]);
  });

  test("refuses settings that make no sense", () => {
    expect(() => multVae.settings({ latent: 0 })).toThrow("latent");
    expect(() => multVae.settings({ hidden: 1.5 })).toThrow("hidden");
    expect(() => multVae.settings({ seed: -1 })).toThrow("seed");
    expect(() => multVae.settings({ noise: 1 })).toThrow("noise");
    expect(() => multVae.settings({ dropout: 0.5 })).toThrow("dropout");
  });

  test("starts with biases at zero and weights that are not, from the stream alone", () => {
    const model = multVae.build(settings, tastes());
    const params = multVae.start(model, randomOf(1, "start"), indexKeys(model));
    expect(multVae.start(model, randomOf(1, "start"), indexKeys(model))).toEqual(params);
    for (const { at, shape } of model.tensors) {
      const values = params.subarray(at, at + shape.reduce((a, b) => a * b));
      expect(values.every((x) => (x === 0) === (shape.length === 1))).toBe(true);
    }
  });
});

describe("the objective of Mult-VAE with the multinomial loss", () => {
  const shared: ObjectiveSettings = {
    kind: multVae,
    model: settings,
    loss: multinomial,
    l2: 0.1,
    l2Shared: 0.05,
    regularizer: "table",
    extraWeight: 0.2,
  };

  test.each([0, 0.2, 1])(
    "and divergences with weight %d has the gradient and the Hessian of finite differences",
    (extraWeight) => {
      const objective = differentiable({ ...shared, extraWeight }, tastes());
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
      const [ahead, behind, { gradient }] = [at(step), at(-step), at(0)];
      const along = (ahead.value - behind.value) / (2 * step);
      expectNear([dot(gradient, x)], [along], 1e-9, { floor: norm(gradient) * norm(x) });
      const [product, gaussNewton] = [new Float64Array(x.length), new Float64Array(x.length)];
      objective.hessianProduct(params, x, product, "full");
      expectNear(
        product,
        product.map((_, k) => (ahead.gradient[k] - behind.gradient[k]) / (2 * step)),
        1e-8,
      );
      objective.hessianProduct(params, x, gaussNewton, "gauss-newton");
      expect(dot(x, gaussNewton)).toBeGreaterThan(0);
      expect(farthest(gaussNewton, product)).toBeGreaterThan(1e-3 * norm(product));
    },
  );

  test("counts the divergences of users with rows, by their weight", () => {
    const interactions = scraps();
    const params = half(differentiable(shared, interactions).parameterCount, 1);
    const value = (extraWeight: number) => differentiable({ ...shared, extraWeight }, interactions).evaluate(params);
    const wanted = [0, 1, 2, 3, 4, 5].reduce(
      (sum, user) => sum + (byHand(interactions, settings, params, user, [0, 0]).at(-1) ?? 0),
      0,
    );
    expectNear([value(3) - value(0)], [3 * wanted], 1e-12, { floor: value(3) });
  });

  test("moves its optimum with an interaction's weight as the formula says, and not as it says without the input", () => {
    const triples = Array.from({ length: 30 }, (_, n) => [Math.floor(n / 5), n % 5, 1 + ((n * n) % 3)] as const);
    const some = triples.filter(([u, i]) => (u * u + 3 * i + u * i) % 5 < 2);
    const interactions = interactionsFrom([...some, some[3]], 6, 5);
    const model = { ...settings, latent: 1, hidden: 2 };
    const objective = differentiable({ ...shared, model, l2: 0.05, l2Shared: 0.05 }, interactions);
    const start = half(objective.parameterCount, 3);
    const pair = { users: Uint32Array.of(3), items: Uint32Array.of(2) };
    const { retrained, formula, lossAlone } = weightSlopes(objective, pair, start, 2e-5);
    const size = norm(Float64Array.from(retrained));
    expect(size).toBeGreaterThan(0.01);
    expect(farthest(formula, retrained)).toBeLessThan(1e-6 * size);
    expect(farthest(lossAlone, retrained)).toBeGreaterThan(0.01 * size);
  });
});
