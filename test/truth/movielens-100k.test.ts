/** MovieLens-100K against independent optima: training, and forgetting three sets, biases inside the objective and none. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { interactionsOf } from "../../src/data/interactions.ts";
import { readInteractions } from "../../src/data/reading.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import { type Factorization, factorization } from "../../src/objective/factorization.ts";
import { type TrainedModel, train } from "../../src/training/index.ts";
import { exact, retrain } from "../../src/unlearning/index.ts";
import { testOn } from "../support/data-sets.ts";
import { forgetBy, modelFrom, smoothOf } from "../support/trained.ts";
import { fastRun } from "./kernels.ts";

const set = "ml-100k/ml-100k.inter";

/** The set split as the truth says: file order, every tenth row from the third on held out. */
async function load(file: string) {
  const { dataset } = await readInteractions(file);
  const { interactions, userIds, itemIds } = dataset;
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter((k) => k % 10 !== 3);
  const rawUser = Float64Array.from(userIds.list, Number);
  return { interactions, training: interactions.select(rows), rawUser, userIds, itemIds };
}

type Loaded = Awaited<ReturnType<typeof load>>;

function expectPredictions(
  model: TrainedModel,
  data: Loaded,
  rows: readonly number[],
  wanted: readonly number[],
  offset: (row: number) => number = () => 0,
) {
  const { users, items } = data.interactions;
  const pairs = {
    users: Uint32Array.from(rows, (row) => users[row]),
    items: Uint32Array.from(rows, (row) => items[row]),
  };
  const scores = model.scores(pairs);
  rows.forEach((row, n) => {
    expect(Math.abs(scores[n] + offset(row) - wanted[n]), `row ${row}`).toBeLessThan(1e-6);
  });
}

/** Positions in the training list of the three forget sets of a truth. */
function forgetSets(data: Loaded, oneUser: number): Record<string, Uint32Array> {
  const { users, size } = data.training;
  const all = Uint32Array.from({ length: size }, (_, k) => k);
  return {
    users: all.filter((k) => data.rawUser[users[k]] % 40 === 7),
    ratings: all.filter((k) => k % 100 === 5),
    one: all.filter((k) => data.rawUser[users[k]] === oneUser),
  };
}

async function forgetBothWays(model: TrainedModel, rows: Uint32Array, context: RunContext): Promise<TrainedModel> {
  const ours = await forgetBy(exact, model, rows, {}, {}, context);
  const again = await forgetBy(retrain, model, rows, { seed: 9 }, {}, context);
  expect(ours.certificate.converged && again.certificate.converged).toBe(true);
  expect(Math.abs(smoothOf(ours.model).value / smoothOf(again.model).value - 1)).toBeLessThan(1e-12);
  return ours.model;
}

testOn(
  [set, "../truth/golden_joint_ml100k.json"],
  "biases in the objective, mean fixed and learned",
  async (file, golden) => {
    const truth = JSON.parse(readFileSync(golden, "utf8"));
    const data = await load(file);
    const { context, close } = fastRun();
    for (const { inputs, outputs } of truth.variants) {
      const mean = inputs.mean_rule.startsWith("learned")
        ? ({ kind: "learned" } as const)
        : ({ kind: "fixed", value: 3.5 } as const);
      const objective = factorization(
        { factors: inputs.d, biases: true, mean, l2: inputs.lam, l2Bias: inputs.lam_b, regularizer: "table" },
        data.training,
      );
      const model = modelFrom(await train(objective, { kernels: context.kernels.factors, seed: 1 }));
      expect(smoothOf(model).status).toBe("converged");
      expect(Math.abs(smoothOf(model).value / outputs.J_opt[0] - 1)).toBeLessThan(1e-9);
      expectPredictions(model, data, truth.test_rows, outputs.predictions);
      const sets = forgetSets(data, 106);
      for (const [name, key] of [
        ["users", "users"],
        ["ratings", "ratings"],
        ["one", "one_user"],
      ] as const) {
        const wanted = outputs.unlearning[key];
        expect(sets[name].length).toBe(wanted.n_forgotten);
        const after = await forgetBothWays(model, sets[name], context);
        expect(Math.abs(smoothOf(after).value / wanted.J_retrained_scratch_seed_9 - 1)).toBeLessThan(1e-9);
        expectPredictions(after, data, truth.test_rows, wanted.predictions_after_scratch_seed_9);
      }
    }
    await close();
  },
);

/** The residual of a ridge baseline, argmin Σ(r − μ − b − c)² + 4(Σb² + Σc²), alternated to convergence. */
function baseline(data: Loaded): { training: Factorization["interactions"]; offset: (row: number) => number } {
  const { users, items, ratings, size, userCount, itemCount } = data.training;
  const mu = ratings.reduce((sum, r) => sum + r, 0) / size;
  const b = new Float64Array(userCount);
  const c = new Float64Array(itemCount);
  const half = (keys: Uint32Array, own: Float64Array, others: Uint32Array, other: Float64Array) => {
    const sums = new Float64Array(own.length);
    const counts = new Float64Array(own.length);
    for (let k = 0; k < size; k++) {
      sums[keys[k]] += ratings[k] - mu - other[others[k]];
      counts[keys[k]]++;
    }
    for (let r = 0; r < own.length; r++) own[r] = sums[r] / (counts[r] + 4);
  };
  for (let sweep = 0; sweep < 500; sweep++) {
    half(users, b, items, c);
    half(items, c, users, b);
  }
  const residual = ratings.map((r, k) => r - mu - b[users[k]] - c[items[k]]);
  const all = data.interactions;
  return {
    training: interactionsOf({ userCount, itemCount, users, items, ratings: residual }),
    offset: (row) => mu + b[all.users[row]] + c[all.items[row]],
  };
}

testOn(
  [set, "../truth/golden_ml100k.json"],
  "the residual of a frozen baseline, no biases, mean zero",
  async (file, golden) => {
    const { inputs, outputs } = JSON.parse(readFileSync(golden, "utf8"));
    const data = await load(file);
    const { context, close } = fastRun();
    const { training, offset } = baseline(data);
    const objective = factorization(
      {
        factors: inputs.d,
        biases: false,
        mean: { kind: "fixed", value: 0 },
        l2: inputs.lam,
        l2Bias: 1,
        regularizer: "table",
      },
      training,
    );
    const model = modelFrom(await train(objective, { kernels: context.kernels.factors, seed: 1 }));
    expect(smoothOf(model).status).toBe("converged");
    expect(Math.abs(smoothOf(model).value / outputs.F_opt[0] - 1)).toBeLessThan(1e-9);
    const rows = outputs.test_rating_file_indices;
    expectPredictions(model, data, rows, outputs.predictions, offset);
    const sets = forgetSets(data, 18);
    const keys = { users: "users with rawId%40==7", ratings: "ratings with train index%100==5", one: "one user" };
    for (const [name, key] of Object.entries(keys)) {
      const wanted = outputs.unlearning[key];
      expect(sets[name].length).toBe(wanted.n_forgotten);
      const after = await forgetBothWays(model, sets[name], context);
      expect(Math.abs(smoothOf(after).value / wanted.F_retrained_scratch_other_seed - 1)).toBeLessThan(1e-9);
      expectPredictions(after, data, rows, wanted.predictions_after, offset);
    }
    await close();
  },
);
