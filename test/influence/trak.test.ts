/** TRAK against the influence function with Gauss-Newton's curvature, of which it is the sketch. */

import { describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { groupPlayers, interactionPlayers, measureOf } from "../../src/method/index.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { sigmoid } from "../../src/numeric/logistic.ts";
import { keyedUniform, randomOf } from "../../src/numeric/random.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { penaltyWeights } from "../../src/objective/penalty.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { refit } from "../../src/training/refit.ts";
import type { Smooth } from "../../src/training/trained-model.ts";
import { ownGradient, solve, targetSlope } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, relabelled, reordered, shuffle } from "../support/small.ts";
import { movedRows, objectiveOf, optimum, trainedAt, trainedOn, turned } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

const target = scoreTarget(3, 1);

describe.each(["mf", "mf-bpr", "mf-logistic", "mf-squared", "gmf", "mlp", "light-gcn", "mult-vae", "ials"] as const)(
  "on %s",
  (name) => {
    test("without collisions it is the influence function with Gauss-Newton's curvature", async () => {
      const model = await optimum(name);
      const rows = allRows(model.interactions);
      const settings = { curvature: "gauss-newton", tolerance: 1e-11 };
      const { scores: wanted } = await ask("influence-function", model, target, rows, { settings });
      const found = await ask("trak", model, target, rows, { settings: { size: 4096, seed: 7 } });
      expect(found.status).toBe("converged");
      expectNear(found.scores, wanted, 1e-8, { floor: 1e-3 });
    });
  },
);

/** −(Sᵀτ)ᵀ(SᵀGS + ridge)⁻¹Sᵀg on dense matrices, S drawn by outside ids as the page says. */
function twin({ objective, params }: Smooth, rows: Uint32Array, size: number, form: "corrected" | "printed") {
  const { loss } = objective.settings;
  const weights = penaltyWeights(objective.penalty, params.length);
  const stream = randomOf(1, "trak").integer(2 ** 53);
  const columns: Float64Array[] = [];
  const ridge: number[] = [];
  for (const [n, tensor] of objective.tensors.entries()) {
    const ids = tensor.rowsOf && objective.keys[`${tensor.rowsOf}s`];
    const buckets = ids ? Math.min(tensor.rows, Math.max(1, Math.floor(size / tensor.width))) : tensor.rows;
    const first = columns.length;
    for (let k = 0; k < buckets * tensor.width; k++) {
      columns.push(new Float64Array(params.length));
      ridge.push(ids && form === "corrected" ? 1 : 0);
    }
    for (let r = 0; r < tensor.rows; r++) {
      const draw = 2 * keyedUniform(stream, ids?.[r] ?? r, n, 0);
      const bucket = buckets === tensor.rows ? r : Math.floor((draw % 1) * buckets);
      for (let f = 0; f < tensor.width; f++) {
        const place = rowAt(tensor, r) + f;
        const root = ids && form === "corrected" ? Math.sqrt(weights[place]) : 1;
        columns[first + bucket * tensor.width + f][place] = (draw < 1 ? -1 : 1) / root;
      }
    }
  }
  const all = objective.examplesOf(objective.units);
  const point = objective.model.at(params, all.pairs);
  const outputs = Array.from(all.owners, (_, g) => {
    const seeds = new Float64Array(point.scores.length);
    seeds[all.start[g]] = 1;
    if (loss.form === "pairwise") seeds[all.start[g] + 1] = -1;
    const p = sigmoid(seeds.reduce((sum, s, n) => sum + s * point.scores[n], 0));
    const gradient = new Float64Array(params.length);
    point.addVjp(seeds, gradient);
    const weight = form === "printed" || loss.name === "squared" ? 1 : p * (1 - p);
    return { weight, on: columns.map((column) => dot(column, gradient)) };
  });
  const matrix = columns.map((_, r) =>
    columns.map((_, c) =>
      outputs.reduce((sum, { weight, on }) => sum + weight * on[r] * on[c], r === c ? ridge[r] : 0),
    ),
  );
  const tau = targetSlope(objective, params, target);
  const solved = solve(
    matrix,
    columns.map((column) => dot(column, tau)),
  );
  return Array.from(rows, (row) => {
    const gradient = ownGradient(objective, params, row);
    return -columns.reduce((sum, column, k) => sum + solved[k] * dot(column, gradient), 0);
  });
}

test.each([
  ["mf", 12, "corrected"],
  ["mf-interaction", 9, "corrected"],
  ["mf-interaction", 4096, "corrected"],
  ["mf-logistic", 6, "corrected"],
  ["mf-bpr", 6, "corrected"],
  ["mf", 3, "printed"],
  ["mf-logistic", 4, "printed"],
  ["mf-bpr", 6, "printed"],
] as const)("on %s at size %d the %s form is that of dense matrices", async (name, size, form) => {
  const model = await optimum(name);
  const rows = allRows(model.interactions).filter((row) => row % 5 === 0);
  const found = await ask("trak", model, target, rows, { settings: { size, form } });
  expect(found.status).toBe("converged");
  expectNear(found.scores, twin(smoothOf(model), rows, size, form), 1e-8, { floor: 1e-3 });
});

test("the printed form has no inverse without collisions, and says so", async () => {
  const found = await ask("trak", await optimum("mf-bpr"), target, Uint32Array.of(0), {
    settings: { form: "printed" },
  });
  expect(found.status).toBe("breakdown");
  await expect(
    ask("trak", await optimum("mult-vae"), target, Uint32Array.of(0), { settings: { form: "printed" } }),
  ).rejects.toMatchObject({ code: "unsupported", advice: "set `form` to corrected" });
});

test("the error falls as the sketch grows, and its mean over seeds is smaller than that of one", async () => {
  const model = await optimum("mf");
  const rows = allRows(model.interactions).filter((row) => row % 2 === 0);
  const { scores: exact } = await ask("trak", model, target, rows, { settings: { size: 4096 } });
  const errors: number[] = [];
  let ofMean = 0;
  for (const size of [12, 24, 48]) {
    let square = 0;
    const mean = exact.map((x) => -x);
    const seeds = 24;
    for (let seed = 1; seed <= seeds; seed++) {
      const { scores } = await ask("trak", model, target, rows, { settings: { size, seed } });
      square += norm(scores.map((x, k) => x - exact[k])) ** 2 / seeds;
      scores.forEach((x, k) => {
        mean[k] += x / seeds;
      });
    }
    errors.push(Math.sqrt(square) / norm(exact));
    ofMean = norm(mean) / norm(exact);
  }
  expect(errors[1]).toBeLessThan(0.9 * errors[0]);
  expect(errors[2]).toBeLessThan(0.9 * errors[1]);
  expect(ofMean).toBeLessThan(0.5 * errors[2]);
});

test("in a narrow sketch too, rotations, names and the order of rows do not matter", async () => {
  const model = await optimum("mf");
  const { objective, params } = smoothOf(model);
  const { interactions, keys } = objective;
  const settings = { size: 15 };
  const rows = allRows(interactions).filter((row) => row % 7 === 0);
  const { scores: wanted } = await ask("trak", model, target, rows, { settings });
  const other = trainedAt(objective, turned(objective, params), model);
  expectNear((await ask("trak", other, target, rows, { settings })).scores, wanted, 1e-9, { floor: 1e-3 });
  const { userCount, itemCount, size } = interactions;
  const [users, items, order] = [shuffle(userCount, 1), shuffle(itemCount, 2), shuffle(size, 3)];
  const moved = {
    users: keys.users.map((_, u) => keys.users[users.indexOf(u)]),
    items: keys.items.map((_, i) => keys.items[items.indexOf(i)]),
  };
  const there = differentiable(objective.settings, reordered(relabelled(interactions, users, items), order), moved);
  const named = trainedAt(there, movedRows(objective, params, users, items), model);
  const same = Uint32Array.from(rows, (row) => order.indexOf(row));
  const found = await ask("trak", named, scoreTarget(users[3], items[1]), same, { settings });
  expectNear(found.scores, wanted, 1e-9, { floor: 1e-3 });
});

test("of several models it is the mean, each from its own seed of training and of the sketch", async () => {
  const model = await optimum("gmf");
  const rows = Uint32Array.of(0, 3, 8, 11);
  const measures = [measureOf(target, model.unit)];
  const found = await estimateBy("trak", model, measures, interactionPlayers(rows), {
    settings: { models: 3, size: 6 },
  });
  const group = await estimateBy("trak", model, measures, groupPlayers([rows]), { settings: { models: 3, size: 6 } });
  const each: Float64Array[] = [];
  for (let k = 0; k < 3; k++) {
    const member = k === 0 ? model : await refit(model, new Uint32Array(0), model.seed + k, run);
    each.push((await ask("trak", member, target, rows, { settings: { seed: 1 + k, size: 6 } })).scores);
  }
  const mean = each[0].map((_, k) => (each[0][k] + each[1][k] + each[2][k]) / 3);
  expectNear(found.values, mean, 1e-12);
  const errors = mean.map((m, k) => Math.sqrt(each.reduce((s, one) => s + (one[k] - m) ** 2, 0) / 6));
  expectNear(found.standardErrors ?? [], errors, 1e-12);
  expect(Math.max(...errors)).toBeGreaterThan(1e-3);
  const sums = each.map((one) => one.reduce((s, x) => s + x, 0));
  const middle = (sums[0] + sums[1] + sums[2]) / 3;
  expectNear(group.values, [middle], 1e-12);
  expectNear(group.standardErrors ?? [], [Math.sqrt(sums.reduce((s, x) => s + (x - middle) ** 2, 0) / 6)], 1e-12);
});

test("a model without L2 is refused, with what to do", async () => {
  const model = await trainedOn("mf-squared", objectiveOf("mf-squared", { l2: 0 }));
  await expect(ask("trak", model, target, Uint32Array.of(0))).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("`l2` is 0 here: train with `l2` above 0"),
  });
});

test("a sketch of more dimensions than can be factored is refused", async () => {
  const { interactions } = plantedFactors({ users: 700, items: 300, ratings: 1000, factors: 1, seed: 1 });
  const objective = objectiveOf("mf", {}, interactions);
  const wide = trainedAt(objective, new Float64Array(objective.parameterCount).fill(0.1), await optimum("mf"));
  await expect(ask("trak", wide, target, Uint32Array.of(0), { settings: { size: 4096 } })).rejects.toMatchObject({
    code: "bad-input",
    message: expect.stringContaining("`size` is 4096, with which the sketch has"),
    advice: "set `size` lower",
  });
});
