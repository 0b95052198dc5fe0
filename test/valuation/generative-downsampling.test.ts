/** Laws of Generative Downsampling: a linear Gaussian autoencoder's closed form, the training's own loss, folds by hand, and who is memorised. */

import { describe, expect, test } from "vitest";
import { groupPlayers, makeNamed, measureOf, userPlayers } from "../../src/method/index.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { byBatches, refit, standardRecipe, type TrainedModel } from "../../src/training/index.ts";
import { logDensity } from "../../src/valuation/generative-downsampling.ts";
import { historiesOf } from "../../src/valuation/history/history-density.ts";
import { importanceWeighted, lowerBound } from "../../src/valuation/history/log-density.ts";
import { valuers } from "../../src/valuation/index.ts";
import { overFolds } from "../../src/valuation/sampling/folds.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear, interactionsFrom, normals, type Triple } from "../support/small.ts";
import { cases, optimum } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

describe("a linear Gaussian autoencoder", () => {
  // x = W·z + b + noise, with columns of W at right angles: the code's posterior is independent normals.
  const [b, variance] = [normals(4, 1), 0.3];
  const columns = [Float64Array.of(1, 1, 1, 1).map((x) => 0.4 * x), Float64Array.of(1, -1, 1, -1).map((x) => 0.9 * x)];
  const x = normals(4, 2);
  const dot = (u: Float64Array, v: Float64Array) => u.reduce((sum, y, k) => sum + y * v[k], 0);
  const logNormal = (square: number, of: number, count: number) =>
    -0.5 * (square / of + count * Math.log(2 * Math.PI * of));
  const likelihood = (code: Float64Array) => {
    const left = x.map((y, k) => y - b[k] - columns.reduce((sum, column, f) => sum + code[f] * column[k], 0));
    return logNormal(dot(left, left), variance, 4);
  };
  const centred = x.map((y, k) => y - b[k]);
  const squares = columns.map((column) => dot(column, column));
  const posterior = {
    mean: Float64Array.from(columns, (column, f) => dot(column, centred) / (variance + squares[f])),
    logVariance: Float64Array.from(squares, (s) => -Math.log(1 + s / variance)),
  };
  // WWᵀ + σ²I has the eigenvalues s + σ² along the columns and σ² elsewhere.
  const along = columns.map((column, f) => dot(column, centred) ** 2 / squares[f]);
  const rest = dot(centred, centred) - along[0] - along[1];
  const exact =
    logNormal(rest, variance, 2) + along.reduce((sum, a, f) => sum + logNormal(a, variance + squares[f], 1), 0);
  const drawsOf = (belief: typeof posterior, noises: readonly Float64Array[]) =>
    noises.map((noise) => ({
      noise,
      logLikelihood: likelihood(belief.mean.map((m, f) => m + Math.exp(belief.logVariance[f] / 2) * noise[f])),
    }));
  const other = { mean: posterior.mean.map((m) => m + 0.2), logVariance: posterior.logVariance.map((v) => v + 0.3) };

  test("importance weights give log p(x) from any code where the encoder is exact", () => {
    for (let k = 0; k < 5; k++)
      expectNear([importanceWeighted(posterior, drawsOf(posterior, [normals(2, k)]))], [exact], 1e-12);
  });

  test("and come near to it with codes where it is not", () => {
    const many = Array.from({ length: 20_000 }, (_, k) => normals(2, 100 + k));
    expectNear([importanceWeighted(other, drawsOf(other, many))], [exact], 1e-2, { floor: 1 });
  });

  test("the lower bound is log p(x) less the divergence from the exact posterior", () => {
    // Two points a dimension have the mean and the variance of a normal one, and the likelihood is quadratic.
    const points = [Math.SQRT2, -Math.SQRT2].flatMap((t) => [Float64Array.of(t, 0), Float64Array.of(0, t)]);
    const gap = other.mean.reduce((sum, m, f) => {
      const [v, w] = [other.logVariance[f], posterior.logVariance[f]];
      return sum + 0.5 * (Math.exp(v - w) + (m - posterior.mean[f]) ** 2 / Math.exp(w) - 1 + w - v);
    }, 0);
    expect(gap).toBeGreaterThan(0.01);
    expectNear([lowerBound(other, drawsOf(other, points))], [exact - gap], 1e-12);
    expectNear([lowerBound(posterior, drawsOf(posterior, points))], [exact], 1e-12);
  });
});

test("the density of a history is the loss that training minimises, with its own noise and a divergence that counts once", async () => {
  const { objective, params } = smoothOf(await optimum("mult-vae"));
  const once = differentiable({ ...objective.settings, extraWeight: 1 }, objective.interactions, objective.keys);
  const { latent, seed } = objective.settings.model as { latent: number; seed: number };
  for (const user of [0, 3, 7]) {
    const stream = randomOf(seed, "code noise", objective.keys.users[user]);
    const noise = Float64Array.from({ length: latent }, () => stream.normal());
    const found = logDensity(historiesOf(objective), params, user, [noise], "elbo");
    expectNear([found], [-once.addLoss(params, Uint32Array.of(user))], 1e-11);
  }
});

test("folds: the mean of models that have seen a player less the one that has not, over repeats", async () => {
  const trained: (readonly number[])[][] = [[], []];
  const worth = (gone: readonly number[], k: number, repeat: number) =>
    (gone.includes(k) ? 0 : 2 + k) + gone.length * 0.1 + repeat * (gone.includes(0) ? 0.5 : 0);
  const found = await overFolds(
    { players: 5, measures: 1, place: (_, k) => k },
    { folds: 3, repeats: 2, seed: 4 },
    run,
    async (gone, repeat) => {
      trained[repeat].push(gone);
      return { values: Float64Array.from({ length: 5 }, (_, k) => worth(gone, k, repeat)), status: "converged" };
    },
  );
  for (const folds of trained) {
    expect(folds.flat().sort()).toEqual([0, 1, 2, 3, 4]);
    expect(folds.map(({ length }) => length).sort()).toEqual([1, 2, 2]);
  }
  expect(trained[0]).not.toEqual(trained[1]);
  for (let k = 0; k < 5; k++) {
    const each = trained.map((folds, repeat) => {
      const [own] = folds.filter((gone) => gone.includes(k));
      const others = folds.filter((gone) => !gone.includes(k));
      return (worth(others[0], k, repeat) + worth(others[1], k, repeat)) / 2 - worth(own, k, repeat);
    });
    expectNear([found.values[k]], [(each[0] + each[1]) / 2], 1e-12);
    expectNear([found.standardErrors?.[k] ?? 0], [Math.abs(each[0] - each[1]) / 2], 1e-12);
  }
  expect(found.evaluations).toBe(6);
});

/** Two kinds of users, each with its own items; the last two are odd alike: they like what nobody else does together. */
function planted(odd: number): Triple[] {
  const triples: Triple[] = [];
  for (let user = 0; user < 16; user++)
    for (let j = 0; j < 5; j++) if ((user + 2 * j) % 4 > 0) triples.push([user, (user % 2) * 5 + j, 1]);
  for (let copy = 0; copy < odd; copy++) for (const item of [10, 11, 3]) triples.push([16 + copy, item, 1]);
  return triples;
}

async function trainedOn(triples: readonly Triple[]): Promise<TrainedModel> {
  const interactions = interactionsFrom(triples, 18, 12);
  const settings = {
    ...cases["mult-vae"].settings,
    model: { latent: 2, hidden: 6, seed: 4, noise: true },
    l2: 0.02,
    l2Shared: 0.02,
  };
  const keys = {
    users: Uint32Array.from({ length: 18 }, (_, u) => u),
    items: Uint32Array.from({ length: 12 }, (_, i) => i),
  };
  const trainer = byBatches(settings, {
    ...standardRecipe,
    optimizer: "adam",
    learningRate: 0.03,
    batch: 6,
    epochs: 60,
  });
  return trainer.train({ interactions, keys }, 1, run);
}

describe("of a Mult-VAE", async () => {
  const model = await trainedOn(planted(2));
  const open = (settings = {}, context = run) =>
    makeNamed(valuers, "generative-downsampling", model, settings).prepare(model, context);
  const users = userPlayers(model.interactions);
  const twins = Uint32Array.from([...users.rows(16), ...users.rows(17)]).sort();
  const few = { folds: 4, repeats: 2, draws: 16 };

  test.each(["importance", "elbo"])("an odd user who is there twice is memorised (%s)", async (density) => {
    const players = groupPlayers([twins, ...Array.from({ length: 16 }, (_, k) => users.rows(k))]);
    const own = await (await open({ ...few, folds: 6, density })).own?.(players);
    const [odd, ...others] = own?.values ?? [];
    // How far the bound is below log p differs from model to model, and hides single users.
    const mean = others.reduce((sum, x) => sum + x / others.length, 0);
    expect(odd).toBeGreaterThan(density === "elbo" ? 3 * mean : 3 * Math.max(...others));
    expect(odd).toBeGreaterThan(1);
    expect(own?.evaluations).toBe(12);
    expect(own?.standardErrors?.every((error) => error > 0)).toBe(true);
  });

  test("one of the two alone is less so: the other tells of it", async () => {
    const alone = await (await open({ ...few, folds: 18 })).own?.(users);
    const both = await (await open(few)).own?.(groupPlayers([twins, users.rows(0), users.rows(1), users.rows(2)]));
    expect(alone?.values[16]).toBeLessThan(0.7 * (both?.values[0] ?? 0));
  });

  test("values are trainings with and without the fold, one by one; a player alone has an empty fold beside it", async () => {
    const players = groupPlayers([users.rows(3)]);
    const own = await (await open({ repeats: 1, draws: 3, density: "elbo", seed: 2 })).own?.(players);
    const histories = historiesOf(smoothOf(model).objective);
    const stream = randomOf(2, "history density", 3);
    const noises = Array.from({ length: 3 }, () => Float64Array.from({ length: 2 }, () => stream.normal()));
    const density = async (rows: Uint32Array) =>
      logDensity(histories, smoothOf(await refit(model, rows, model.seed + 1, run)).params, 3, noises, "elbo");
    expectNear(own?.values ?? [], [(await density(new Uint32Array())) - (await density(users.rows(3)))], 1e-12);
    expect(own?.evaluations).toBe(2);
  });

  test("any measure is answered by the same folds", async () => {
    const players = groupPlayers([users.rows(3), new Uint32Array(), users.rows(4)]);
    const measures = [measureOf(scoreTarget(3, 1), "score"), measureOf(scoreTarget(4, 6), "score")];
    const found = await (await open({ repeats: 1 })).estimate(measures, players);
    const score = async (rows: Uint32Array, m: number) =>
      (await refit(model, rows, model.seed + 1, run)).scores(scoreTarget(3 + m, m === 0 ? 1 : 6).pairs)[0];
    for (const m of [0, 1]) {
      const change = (await score(users.rows(4), m)) - (await score(users.rows(3), m));
      expectNear(found.values.subarray(3 * m, 3 * m + 3), [change, 0, -change], 1e-12);
    }
  });

  test("it can be stopped and runs out of time and trainings; other models are refused", async () => {
    const players = groupPlayers([users.rows(3), users.rows(4)]);
    await expectStops(async (context) => (await open({ repeats: 1, draws: 2 }, context)).own?.(players));
    const late = await (await open({}, { ...run, secondsLeft: () => 0 } as typeof run)).own?.(players);
    expect([late?.evaluations, late?.notes?.[0]]).toEqual([2, expect.stringContaining("1 of 3 repeats")]);
    await expect((await open({ trainings: 3, folds: 9 })).estimate([], users)).rejects.toMatchObject({
      code: "bad-input",
    });
    expect((await (await open()).own?.(groupPlayers([new Uint32Array()])))?.values).toEqual(Float64Array.of(0));
    const mf = await optimum("mf");
    expect(() => makeNamed(valuers, "generative-downsampling", mf)).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
});
