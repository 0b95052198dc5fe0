/** Mixtures of members: gradients against finite differences, equal shares at the start, and a bad member that is not heard. */

import { describe, expect, test } from "vitest";
import { modelKinds } from "../../../src/model/index.ts";
import type { FactorForm } from "../../../src/model/model.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import { bpr, squared } from "../../../src/objective/loss.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../../src/objective/objective.ts";
import { byBatches, standardRecipe, type TrainedModel } from "../../../src/training/index.ts";
import { attention } from "../../../src/training/shards/attention.ts";
import { learnMixture } from "../../../src/training/shards/learn-mixture.ts";
import type { Mixture } from "../../../src/training/shards/mixture.ts";
import { mixtureOf } from "../../../src/training/shards/mixture-of.ts";
import { run } from "../../support/run.ts";
import { expectNear, normals } from "../../support/small.ts";
import { likes, modelOfParams, ratings } from "./support.ts";

const [users, items, factors, members] = [5, 4, 4, 3];

function form(seed: number, biases: boolean): FactorForm {
  return {
    factors,
    userFactors: normals(users * factors, seed),
    itemFactors: normals(items * factors, seed + 1),
    ...(biases ? { userBias: normals(users, seed + 2), itemBias: normals(items, seed + 3) } : {}),
  };
}

const forms = Array.from({ length: members }, (_, k) => form(10 * k, k !== 1));
const pairs = { users: Uint32Array.of(0, 3, 3, 4, 1, 0), items: Uint32Array.of(2, 0, 1, 3, 3, 2) };

/** Members whose scores are no dot products. */
const opaque = forms.map(({ userFactors, itemFactors }) => ({
  scores: (asked: typeof pairs) =>
    Float64Array.from(asked.users, (u, n) => Math.tanh(userFactors[u] + 2 * itemFactors[asked.items[n]])),
})) as unknown as TrainedModel[];

const mixtures: readonly (readonly [string, Mixture])[] = [
  ["attention", attention(forms)],
  ["one weight a member", mixtureOf(opaque)],
];

describe.each(mixtures)("%s", (_, mixture) => {
  const params = normals(mixture.parameterCount, 21).map((x, k) => 0.5 * x + mixture.start(1)[k]);
  const slopes = normals(pairs.users.length, 22);

  test("its reverse derivative is that of its scores, by differences", () => {
    const gradient = new Float64Array(params.length);
    mixture.at(params, pairs).addVjp(slopes, gradient);
    const value = (at: Float64Array) =>
      mixture.at(at, pairs).scores.reduce((sum, score, n) => sum + slopes[n] * score, 0);
    const step = 1e-5;
    const differences = params.map((_, k) => {
      const moved = (by: number) => params.map((x, j) => (j === k ? x + by : x));
      return (value(moved(step)) - value(moved(-step))) / (2 * step);
    });
    expectNear(gradient, differences, 1e-8);
    expect(gradient.some((x) => Math.abs(x) > 0.01)).toBe(true);
  });

  test("adds to a gradient, and scores as served are its scores", () => {
    const [once, twice] = [new Float64Array(params.length), new Float64Array(params.length).fill(1)];
    mixture.at(params, pairs).addVjp(slopes, once);
    mixture.at(params, pairs).addVjp(slopes, twice);
    expectNear(
      twice,
      once.map((x) => x + 1),
      1e-14,
    );
    const served = mixture.scorer(params);
    expect(served(pairs)).toEqual(mixture.at(params, pairs).scores);
    expect(served(pairs)).toEqual(mixture.at(params, pairs).scores);
  });
});

test("attention starts at the dot product of the mean embeddings, and is the mean of biases", () => {
  const mixture = attention(forms);
  const mean = (of: (one: FactorForm) => Float64Array | undefined, at: number) =>
    forms.reduce((sum, one) => sum + (of(one)?.[at] ?? 0) / members, 0);
  const expected = Array.from(pairs.users, (u, n) => {
    const i = pairs.items[n];
    let sum = mean(({ userBias }) => userBias, u) + mean(({ itemBias }) => itemBias, i);
    for (let f = 0; f < factors; f++)
      sum += mean((one) => one.userFactors, u * factors + f) * mean((one) => one.itemFactors, i * factors + f);
    return sum;
  });
  expectNear(mixture.at(mixture.start(1), pairs).scores, expected, 1e-14);
});

const settings: ObjectiveSettings = {
  ...{ kind: modelKinds.mf, model: { factors: 2 }, loss: squared, l2: 0.1, l2Shared: 0.1 },
  ...{ regularizer: "table", extraWeight: 0 },
};

describe.each([
  ["squared", { ...settings, loss: squared }, ratings()],
  ["bpr", { ...settings, loss: bpr, sampling: { perRow: 2, seed: 3, semantics: "honest" } }, likes()],
] as const)("learned, %s", (_, of, interactions) => {
  const data = { interactions, keys: indexKeys(interactions) };
  const good = byBatches(of, { ...standardRecipe, learningRate: 0.05, batch: 16, epochs: 30 });
  const loss = (scores: TrainedModel["scores"]) => {
    const objective = differentiable(of, interactions, data.keys);
    const examples = objective.examplesOf(objective.units);
    const at = scores(examples.pairs);
    return of.loss.evaluate(at, examples, new Float64Array(at.length));
  };

  test("hears a good member more than two of noise: better than the mean, on the loss that it learns by", async () => {
    const one = await good.train(data, 1, run);
    const noise = [5, 6].map((seed) => modelOfParams(one, (length) => normals(length, seed)));
    const all = [one, ...noise];
    const { params, status } = await learnMixture(all, data, 1, run);
    expect(status).toBe("step-limit");
    const heard = loss(mixtureOf(all).scorer(params));
    const mean = loss((pairs) =>
      all
        .map(({ scores }) => scores(pairs))
        .reduce((a, b) => a.map((x, n) => x + b[n] / all.length), new Float64Array(pairs.users.length)),
    );
    const start = loss(mixtureOf(all).scorer(mixtureOf(all).start(1)));
    expect(heard).toBeLessThan(0.8 * mean);
    expect(heard).toBeLessThan(0.8 * start);
  });

  test("the same again gives the same bytes, and a loss that is not finite is told", async () => {
    const one = await good.train(data, 1, run);
    const two = await good.train(data, 2, run);
    const [a, b] = [await learnMixture([one, two], data, 1, run), await learnMixture([one, two], data, 1, run)];
    expect(b).toEqual(a);
    expect(await learnMixture([one, two], data, 2, run)).not.toEqual(a);
    const wild = modelOfParams(one, (length) => new Float64Array(length).fill(1e200));
    expect((await learnMixture([one, wild], data, 1, run)).status).toBe("breakdown");
  });
});
