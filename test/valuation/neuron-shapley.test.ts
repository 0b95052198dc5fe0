/** Laws of the units of a model: closed forms of factor models, plain forward passes of networks, and drawn orders. */

import { describe, expect, test } from "vitest";
import { interactionPlayers, type Measure, makeNamed, measureOf, metric, unitPlayers } from "../../src/method/index.ts";
import { valuesOf } from "../../src/model/tensors.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { alsNewton, sharded, type TrainedModel, usualSharding } from "../../src/training/index.ts";
import { unitNames, valuers } from "../../src/valuation/index.ts";
import { type BanditSettings, truncatedBandit } from "../../src/valuation/semivalues/bandit.ts";
import { shapleyOf } from "../../src/valuation/shapley.ts";
import { expectStops, run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { objectiveOf, optimum, type SubjectName, trainedAt, turned } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { additive, gameOf, unanimity } from "./games.ts";

async function unitsOf(model: TrainedModel, measures: readonly Measure[], settings = {}, context = run) {
  const prepared = await makeNamed(valuers, "neuron-shapley", model, settings).prepare(model, context);
  return prepared.estimate(measures, unitPlayers(unitNames(model).length));
}

/** A subject with other settings of its model, at parameters drawn at random. */
async function randomModel(name: SubjectName, settings: Record<string, unknown>): Promise<TrainedModel> {
  const objective = objectiveOf(name, { model: settings as never });
  const random = randomOf(8, "any parameters");
  const params = Float64Array.from({ length: objective.parameterCount }, () => 0.7 * random.normal());
  return trainedAt(objective, params, await optimum(name));
}

describe.each(["mf", "ials", "mf-bpr", "light-gcn"] as const)("dimensions of %s", async (name) => {
  const model = await optimum(name);
  const { factors = 0, userFactors = [], itemFactors = [] } = model.factors ?? {};
  const { users, items, size, itemCount } = model.interactions;
  const measures = [measureOf(scoreTarget(3, 1), model.unit), measureOf(scoreTarget(5, 2), model.unit)];
  /** Σ over some dimensions: all that a rotation leaves alone. */
  const whole = (user: number, item: number) =>
    Array.from({ length: factors }, (_, d) => userFactors[user * factors + d] * itemFactors[item * factors + d]).reduce(
      (sum, x) => sum + x,
      0,
    );
  const meanWhole = Array.from(users, (user, row) => whole(user, items[row])).reduce((sum, x) => sum + x, 0) / size;

  test("sum to the dot product, and at the mean to that less its mean", async () => {
    const zero = await unitsOf(model, measures);
    const mean = await unitsOf(model, measures, { ablation: "mean" });
    const sum = (values: Float64Array, m: number) =>
      values.subarray(m * factors, (m + 1) * factors).reduce((total, x) => total + x, 0);
    expectNear([sum(zero.values, 0), sum(zero.values, 1)], [whole(3, 1), whole(5, 2)], 1e-10);
    expectNear([sum(mean.values, 0), sum(mean.values, 1)], [whole(3, 1) - meanWhole, whole(5, 2) - meanWhole], 1e-10);
  });

  test("are those of the canonical gauge, however the model is turned", async () => {
    if (name === "light-gcn") return;
    const { objective, params } = smoothOf(model);
    const { values } = await unitsOf(model, measures);
    const other = await unitsOf(trainedAt(objective, turned(objective, params), model), measures);
    expectNear(other.values, values, 1e-8);
  });

  test("are p·q dimension by dimension where the parameters are canonical", async () => {
    if (name !== "mf" && name !== "ials") return;
    const product = (user: number, item: number, d: number) =>
      userFactors[user * factors + d] * itemFactors[item * factors + d];
    const means = Array.from({ length: factors }, (_, d) =>
      Array.from(users, (user, row) => product(user, items[row], d) / size).reduce((sum, x) => sum + x, 0),
    );
    expect(itemCount).toBeGreaterThan(0);
    const pairs = [
      [3, 1],
      [5, 2],
    ] as const;
    const zero = pairs.flatMap(([user, item]) => means.map((_, d) => product(user, item, d)));
    const mean = pairs.flatMap(([user, item]) => means.map((x, d) => product(user, item, d) - x));
    expectNear((await unitsOf(model, measures)).values, zero, 1e-8);
    expectNear((await unitsOf(model, measures, { ablation: "mean" })).values, mean, 1e-8);
  });
});

/** A network's score of a pair by plain loops; `says(k, x)` is what unit k says that would say x. */
type Says = (unit: number, value: number) => number;

function networkScore(model: TrainedModel, user: number, item: number, says: Says): number {
  const { objective, params } = smoothOf(model);
  const tensor = (name: string) => {
    const found = objective.tensors.find((one) => one.name === name);
    return found && { shape: found.shape, values: valuesOf(found, params) };
  };
  const row = (name: string, index: number) => {
    const found = tensor(name);
    return found ? [...found.values.subarray(index * found.shape[1], (index + 1) * found.shape[1])] : [];
  };
  const [p, q] = [row("user_factors", user), row("item_factors", item)];
  let layer = [...row("user_embedding", user), ...row("item_embedding", item)];
  let unit = 0;
  for (let l = 1; ; l++) {
    const [weights, bias] = [tensor(`layer${l}_weights`), tensor(`layer${l}_bias`)];
    if (!weights || !bias) break;
    const outputs = weights.shape[1];
    layer = Array.from(bias.values, (b, c) => {
      const sum = layer.reduce((total, x, j) => total + x * weights.values[j * outputs + c], b);
      return Math.max(0, sum);
    });
    const isLast = tensor(`layer${l + 1}_weights`) === undefined;
    if (!isLast) layer = layer.map((x) => says(unit++, x));
  }
  const inputs = [...p.map((x, d) => x * q[d]), ...layer].map((x) => says(unit++, x));
  const output = tensor("output_weights")?.values ?? [];
  return inputs.reduce((sum, x, j) => sum + x * output[j], tensor("output_bias")?.values[0] ?? 0);
}

/** An autoencoder's score of an item by plain loops, without noise. */
function autoencoderScore(model: TrainedModel, user: number, item: number, says: Says): number {
  const { objective, params } = smoothOf(model);
  const values = new Map(objective.tensors.map((tensor) => [tensor.name, valuesOf(tensor, params)]));
  const of = (name: string) => values.get(name) ?? new Float64Array(0);
  const hidden = of("encoder_bias").length;
  const latent = of("decoder_weights").length / hidden;
  const { users, items, ratings, itemCount } = model.interactions;
  const input = new Float64Array(itemCount);
  users.forEach((u, row) => {
    if (u === user) input[items[row]] += ratings[row];
  });
  const length = Math.hypot(...input) || 1;
  const encoder = Array.from({ length: hidden }, (_, j) =>
    says(
      j,
      Math.tanh(
        input.reduce((sum, x, i) => sum + (x / length) * of("encoder_items")[i * hidden + j], of("encoder_bias")[j]),
      ),
    ),
  );
  const code = Array.from({ length: latent }, (_, f) =>
    encoder.reduce((sum, x, j) => sum + x * of("code_weights")[j * 2 * latent + f], of("code_bias")[f]),
  );
  const decoder = Array.from({ length: hidden }, (_, j) =>
    says(
      hidden + j,
      Math.tanh(code.reduce((sum, z, f) => sum + z * of("decoder_weights")[f * hidden + j], of("decoder_bias")[j])),
    ),
  );
  return decoder.reduce((sum, x, j) => sum + x * of("output_items")[item * hidden + j], of("output_bias")[item]);
}

const networks = [
  ["mlp", "mlp", { layers: [4, 3], embedding: 2, activation: "relu" }, 7, networkScore],
  ["mlp of three layers", "mlp", { layers: [3, 2, 2], embedding: 1, activation: "relu" }, 7, networkScore],
  ["gmf", "gmf", { factors: 3 }, 3, networkScore],
  ["mlp without layers", "mlp", { layers: [], embedding: 2, activation: "relu" }, 4, networkScore],
  ["mult-vae", "mult-vae", { latent: 2, hidden: 3, seed: 4, noise: true }, 6, autoencoderScore],
] as const;

describe.each(networks)("units of %s", async (_, name, settings, count, scoreBy) => {
  const model = await randomModel(name, settings);
  const { users, items, size, byUser, userCount } = model.interactions;
  const [user, item] = [3, 1];
  const measures = [measureOf(scoreTarget(user, item), "score")];
  /** What the units say on average: over rows, of an autoencoder over users with rows. */
  const means = new Float64Array(count);
  const watch =
    (weight: number): Says =>
    (unit, x) => {
      means[unit] += weight * x;
      return x;
    };
  const those = Array.from({ length: userCount }, (_, u) => u).filter((u) => byUser.start[u + 1] > byUser.start[u]);
  if (name === "mult-vae") for (const u of those) scoreBy(model, u, 0, watch(1 / those.length));
  else for (let row = 0; row < size; row++) scoreBy(model, users[row], items[row], watch(1 / size));

  test("have names, one each", () => {
    expect(new Set(unitNames(model)).size).toBe(count);
  });

  test.each(["zero", "mean"])("at %s are those of a plain forward pass, over all subsets", async (ablation) => {
    const worth = (present: Uint8Array) =>
      scoreBy(model, user, item, (unit, x) => (present[unit] === 1 ? x : ablation === "zero" ? 0 : means[unit]));
    expectNear(
      [worth(new Uint8Array(count).fill(1))],
      model.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) }),
      1e-12,
    );
    const { values } = await shapleyOf(gameOf(count, worth), run);
    const before = smoothOf(model).params.slice();
    expectNear((await unitsOf(model, measures, { ablation })).values, values, 1e-11);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1e-3);
    expect(smoothOf(model).params).toEqual(before);
  });
});

describe("more than ten units", () => {
  const usual: BanditSettings = { truncation: 0, top: 0, evaluations: 4000, seed: 1 };
  const weights = Array.from({ length: 14 }, (_, k) => k / 4);
  const worth = (present: Uint8Array) => additive(weights)(present) + 2 * unanimity([1, 4, 13])(present);
  const exact = weights.map((x, k) => x + ([1, 4, 13].includes(k) ? 2 / 3 : 0));

  test("of a network are drawn, sum to all beyond none, and come near to all subsets", async () => {
    const model = await randomModel("mlp", { layers: [9, 3], embedding: 2, activation: "relu" });
    const measures = [measureOf(scoreTarget(3, 1), "score")];
    const found = await unitsOf(model, measures, { truncation: 0, evaluations: 3000 });
    const worthOf = (present: Uint8Array) => networkScore(model, 3, 1, (unit, x) => x * present[unit]);
    const { values } = await shapleyOf(gameOf(12, worthOf), run);
    found.values.forEach((x, k) => {
      expect(Math.abs(x - values[k])).toBeLessThan(4.5 * (found.standardErrors?.[k] ?? 0) + 1e-12);
    });
    expectNear([found.values.reduce((sum, x) => sum + x, 0)], [values.reduce((sum, x) => sum + x, 0)], 1e-11);
    expect(found.evaluations).toBeLessThanOrEqual(3000);
    expect(found.evaluations).toBeGreaterThan(2900);
  });

  test("drawn orders are right on average, exact where units add up", async () => {
    const found = await truncatedBandit(gameOf(14, worth, additive(weights)), usual, run);
    found.values.subarray(0, 14).forEach((x, k) => {
      expect(Math.abs(x - exact[k])).toBeLessThan(4 * (found.standardErrors?.[k] ?? 0) + 1e-12);
    });
    expectNear(found.values.subarray(14), weights, 1e-12);
  });

  test("the bandit finds the first ones with fewer sets, and says so", async () => {
    // The third is 3.0 and the fourth 2.9.
    const pairs = (present: Uint8Array) => 0.8 * unanimity([10, 11])(present) + 2 * unanimity([1, 4])(present);
    const game = gameOf(14, (present) => additive(weights)(present) + pairs(present));
    const all = await truncatedBandit(game, { ...usual, evaluations: 100_000, top: 3 }, run);
    const first = [...all.values.keys()].sort((a, b) => all.values[b] - all.values[a]).slice(0, 3);
    expect(first.sort((a, b) => a - b)).toEqual([11, 12, 13]);
    expect(all.evaluations).toBeLessThan(6000);
    expect(all.notes?.[0]).toContain("the first 3 were told apart");
    // Those that are far from the third are drawn least: their error stays as it was.
    const alike = await truncatedBandit(game, { ...usual, evaluations: all.evaluations }, run);
    expect(all.standardErrors?.[1]).toBeGreaterThan((alike.standardErrors?.[1] ?? 0) * 1.2);
  });

  test("orders are cut near the end, which biases values and is told", async () => {
    const cut = await truncatedBandit(gameOf(14, worth), { ...usual, truncation: 0.2 }, run);
    expect(cut.notes?.[1]).toMatch(/followed for \d+ % of their length/);
    const sum = cut.values.reduce((total, x) => total + x, 0);
    const total = exact.reduce((all, x) => all + x, 0);
    // What is not followed is less than a fifth of the whole.
    expect(sum).toBeLessThan(total * 0.99);
    expect(sum).toBeGreaterThan(total * 0.8);
  });
});

test("players that are no units, too few sets and models without units are refused; measures without slopes are not", async () => {
  const model = await optimum("mf");
  const measures = [measureOf(scoreTarget(3, 1), "rating")];
  const prepared = await makeNamed(valuers, "neuron-shapley", model).prepare(model, run);
  for (const players of [interactionPlayers(Uint32Array.of(1, 2, 3)), unitPlayers(2)])
    await expect(prepared.estimate(measures, players)).rejects.toMatchObject({
      code: "bad-input",
      advice: expect.stringContaining("unitPlayers(3)"),
    });
  const vae = await randomModel("mult-vae", { latent: 2, hidden: 6, seed: 4, noise: true });
  await expect(unitsOf(vae, measures, { evaluations: 13 })).rejects.toMatchObject({ code: "bad-input" });
  const best = metric("best", "rating", async (scores) =>
    Math.max(...(await scores({ users: new Uint32Array(20), items: Uint32Array.from({ length: 20 }, (_, i) => i) }))),
  );
  expect((await unitsOf(model, [best])).values.some((x) => x !== 0)).toBe(true);
  await expectStops((context) => unitsOf(model, measures, {}, context));
  expect(() =>
    makeNamed(valuers, "neuron-shapley", { ...model, kind: "other", factors: undefined, smooth: undefined }),
  ).toThrow(expect.objectContaining({ code: "unsupported", message: expect.stringContaining("other has none") }));
  const { settings, interactions, keys } = smoothOf(model).objective;
  const members = await sharded(alsNewton(settings), usualSharding).train({ interactions, keys }, 1, run);
  expect(() => makeNamed(valuers, "neuron-shapley", members)).toThrow(expect.objectContaining({ code: "unsupported" }));
});
