/** Laws of representers: shares written out, what they sum to, and what is missing where a model is not stationary. */

import { describe, expect, test } from "vitest";
import { estimators } from "../../src/influence/index.ts";
import { interactionPlayers, makeNamed, measureOf } from "../../src/method/index.ts";
import { modelKinds } from "../../src/model/index.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { dot } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { type FactorizationSettings, factorization, placesOf } from "../../src/objective/factorization.ts";
import { squared } from "../../src/objective/loss.ts";
import { fitTarget, marginTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import {
  allRows,
  anyParams,
  expectNear,
  trainedAt as factorsAt,
  forms,
  objectiveOn,
  scraps,
  tastes,
  triplesOf,
} from "../support/small.ts";
import { closedOptimumOf, objectiveOf, optimum, ratings, trainedAt } from "../support/subjects.ts";
import { modelFrom, smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

const pairs = [
  [0, 1],
  [3, 7],
  [11, 0],
] as const;
const sides = ["user", "item"] as const;
const total = (values: Iterable<number>) => [...values].reduce((sum, x) => sum + x, 0);
const sharesOf = async (model: TrainedModel, target: Target, settings = {}, name = "representer-point") =>
  (await ask(name, model, target, allRows(model.interactions), { settings })).scores;
const notesOf = async (model: TrainedModel, target: Target, settings = {}, name = "representer-point") =>
  (
    await estimateBy(name, model, [measureOf(target, model.unit)], interactionPlayers(allRows(model.interactions)), {
      settings,
    })
  ).notes?.join("; ");

/** r_k(q_k·q_i/λ + 1/λ_b) on one side, written out; and what has no representer. */
function writtenOut(model: TrainedModel, settings: FactorizationSettings, side: "user" | "item", u: number, i: number) {
  const { objective, params } = smoothOf(model);
  const { interactions } = objective;
  const closed = factorization(settings, interactions);
  const { stride, itemsAt, meanAt } = placesOf(closed.shape);
  const d = settings.factors;
  const mean = settings.mean.kind === "fixed" ? settings.mean.value : params[meanAt];
  const own = side === "user" ? u : i;
  const triples = triplesOf(interactions);
  const isOwn = ([user, item]: readonly [number, number, number]) => (side === "user" ? user : item) === own;
  const scale = settings.regularizer === "interaction" ? triples.filter(isOwn).length : 1;
  const asked = side === "user" ? itemsAt + i * stride : u * stride;
  const shares = triples.map((triple) => {
    if (!isOwn(triple)) return 0;
    const [user, item, rating] = triple;
    const residual = rating - model.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) })[0];
    const other = side === "user" ? itemsAt + item * stride : user * stride;
    let alike = settings.biases ? 1 / (settings.l2Bias * scale) : 0;
    for (let f = 0; f < d; f++) alike += (params[other + f] * params[asked + f]) / (settings.l2 * scale);
    return residual * alike;
  });
  return { shares, without: mean + (settings.biases ? params[asked + d] : 0) };
}

describe.each(forms)("%s", (_, settings) => {
  test.each(sides)(
    "rows of the %s have r(q·q/λ + 1/λ_b), and sum to the score less the mean and the other bias",
    async (side) => {
      const model = await closedOptimumOf(differentiable(objectiveSettings(settings), tastes()));
      for (const [u, i] of pairs) {
        const { shares, without } = writtenOut(model, settings, side, u, i);
        const found = await sharesOf(model, scoreTarget(u, i), { side });
        expectNear(found, shares, 1e-12);
        expectNear([total(found)], [model.scores(scoreTarget(u, i).pairs)[0] - without], 1e-10);
      }
    },
  );

  test.each(sides)(
    "away from the optimum rows of the %s are the same, and a note tells what is missing",
    async (side) => {
      const closed = factorization(settings, scraps());
      const model = modelFrom(factorsAt(closed, anyParams(closed)));
      const [u, i] = [1, 2];
      const { shares, without } = writtenOut(model, settings, side, u, i);
      expectNear(await sharesOf(model, scoreTarget(u, i), { side }), shares, 1e-12);
      const whole = model.scores(scoreTarget(u, i).pairs)[0];
      const [, sum, lacking, missing] =
        /sum to (\S+); (\S+) has no representer .*; (\S+) is missing/.exec(
          (await notesOf(model, scoreTarget(u, i), { side })) ?? "",
        ) ?? [];
      expectNear([Number(sum), Number(lacking)], [total(shares), without], 1e-5);
      expectNear([Number(missing)], [whole - without - total(shares)], 1e-5);
      expect(Math.abs(Number(missing))).toBeGreaterThan(1e-3);
    },
  );
});

test("a margin shares out a difference, a fit by its slope", async () => {
  const model = await optimum("mf");
  const [one, other] = [await sharesOf(model, scoreTarget(3, 5)), await sharesOf(model, scoreTarget(3, 0))];
  expectNear(
    await sharesOf(model, marginTarget(3, 5, 0)),
    one.map((x, k) => x - other[k]),
  );
  const [slope] = fitTarget(3, 5, 4).slopes(model.scores(scoreTarget(3, 5).pairs));
  expectNear(
    await sharesOf(model, fitTarget(3, 5, 4)),
    one.map((x) => slope * x),
  );
});

/** p·q + the bias of one side: what has representers there. */
function partOf(model: TrainedModel, side: "user" | "item", [u, i]: readonly [number, number]): number {
  const { objective, params } = smoothOf(model);
  const row = (name: string, r: number) => {
    const tensor = objective.tensors.find((one) => one.name === name);
    return tensor ? params.subarray(rowAt(tensor, r), rowAt(tensor, r) + tensor.width) : Float64Array.of(0);
  };
  const product = dot(row("user_factors", u), row("item_factors", i));
  return product + row(`${side}_bias`, side === "user" ? u : i)[0];
}

test.each(["mf-bpr", "mf-logistic", "mf-squared", "mf-items"] as const)(
  "of %s, drawn negatives and all, the shares sum to the dot product and the own bias",
  async (name) => {
    const model = await optimum(name);
    for (const pair of [
      [3, 1],
      [0, 9],
    ] as [number, number][])
      for (const side of sides) {
        const shares = await sharesOf(model, scoreTarget(...pair), { side });
        expectNear([total(shares)], [partOf(model, side, pair)], 1e-8);
      }
  },
);

test.each(["ials", "ials-interaction"] as const)(
  "of %s a note tells what pairs without an interaction have",
  async (name) => {
    const model = await optimum(name);
    const [u, i] = [3, 1];
    const note = (await notesOf(model, scoreTarget(u, i))) ?? "";
    const [, sum, zeros] = /sum to (\S+); pairs without an interaction have (\S+)$/.exec(note) ?? [];
    expectNear([Number(sum)], [total(await sharesOf(model, scoreTarget(u, i)))], 1e-5);
    expectNear([Number(sum) + Number(zeros)], [model.scores(scoreTarget(u, i).pairs)[0]], 1e-5);
    // −Σ_j s_uj·q_j·q_i/λ, λ as often as the user has liked pairs under interaction L2.
    const { settings, interactions, serving } = smoothOf(model).objective;
    const { itemFactors, factors } = serving.asFactors?.(smoothOf(model).params) ?? { itemFactors: [], factors: 0 };
    const times =
      settings.regularizer === "table" ? 1 : interactions.byUser.start[u + 1] - interactions.byUser.start[u];
    let wanted = 0;
    for (let j = 0; j < interactions.itemCount; j++)
      for (let f = 0; f < factors; f++)
        wanted -=
          (model.scores(scoreTarget(u, j).pairs)[0] * itemFactors[j * factors + f] * itemFactors[i * factors + f]) /
          (settings.l2 * times);
    expectNear([Number(zeros)], [wanted], 1e-5);
  },
);

/** Features of pairs by moving the output's weights: a score is linear in them. */
function featuresBy(model: TrainedModel, users: ArrayLike<number>, items: ArrayLike<number>): number[][] {
  const { objective, params } = smoothOf(model);
  const { lastLayer } = objective.model;
  if (lastLayer === undefined) throw new Error("no last layer");
  const all = { users: Uint32Array.from(users), items: Uint32Array.from(items) };
  const columns = Array.from({ length: lastLayer.width }, (_, f) => {
    const only = params.slice();
    only.fill(0, lastLayer.weightsAt, lastLayer.weightsAt + lastLayer.width);
    only[lastLayer.biasAt] = 0;
    only[lastLayer.weightsAt + f] = 1;
    return objective.model.at(only, all).scores;
  });
  return Array.from(all.users, (_, n) => [...columns.map((column) => column[n]), 1]);
}

const networks = {
  gmf: { kind: modelKinds.gmf, model: { factors: 3 } },
  mlp: { kind: modelKinds.mlp, model: { layers: [4, 3], embedding: 2, activation: "squareplus" } },
  neumf: { kind: modelKinds.neumf, model: { factors: 2, layers: [3], embedding: 2, activation: "squareplus" } },
} as const;

describe.each(["gmf", "mlp", "neumf"] as const)("the last layer of %s under squared loss", (name) => {
  const over = { ...networks[name], loss: squared, sampling: undefined, l2: 0.4, l2Shared: 0.7 };
  const objective = objectiveOf("gmf", over, ratings());
  // Not trained: its last layer is far from its optimum.
  const params = Float64Array.from({ length: objective.parameterCount }, (_, k) => Math.sin(3 * k + 1));

  test("reads features: what a score moves by with the layer's weights", () => {
    const { interactions, model } = objective;
    const all = { users: interactions.users, items: interactions.items };
    const point = model.at(params, all);
    const width = model.lastLayer?.width ?? 0;
    const found = point.features?.() ?? [];
    const direction = new Float64Array(params.length);
    for (let f = 0; f < width; f++) {
      direction[(model.lastLayer?.weightsAt ?? 0) + f] = 1;
      expectNear(
        Array.from(all.users, (_, n) => found[n * width + f]),
        point.jvp(direction),
        1e-14,
      );
      direction.fill(0);
    }
    expect(found.length).toBe(width * interactions.size);
  });

  test("is the ridge of its features, and each row has its share of that, to 1e-10", async () => {
    const model = trainedAt(objective, params, await optimum("gmf"));
    const { users, items, ratings: given, size } = model.interactions;
    const x = featuresBy(model, users, items);
    const order = x[0].length;
    const gram = Array.from({ length: order }, (_, f) =>
      Array.from({ length: order }, (_, g) => (f === g ? 0.7 : 0) + total(x.map((row) => row[f] * row[g]))),
    );
    const moment = Array.from({ length: order }, (_, f) => total(x.map((row, k) => row[f] * given[k])));
    const layer = eliminate(gram, moment);
    const along = (a: readonly number[], b: readonly number[]) => total(a.map((value, f) => value * b[f]));
    for (const [u, i] of [
      [3, 1],
      [0, 9],
    ]) {
      const [asked] = featuresBy(model, [u], [i]);
      const wanted = Array.from(
        { length: size },
        (_, k) => ((given[k] - along(layer, x[k])) / 0.7) * along(x[k], asked),
      );
      const found = await sharesOf(model, scoreTarget(u, i));
      expectNear(found, wanted, 1e-10);
      expectNear([total(found)], [along(layer, asked)], 1e-10);
      expect(await notesOf(model, scoreTarget(u, i))).toMatch(
        /^the last layer was re-optimised first, which took what is asked from .* to .*; the shares of all rows sum to [^;]*$/,
      );
    }
  });
});

test.each(["gmf", "mlp"] as const)(
  "at an optimum of %s the last layer does not move, and the shares sum to the score",
  async (name) => {
    const model = await optimum(name);
    for (const pair of [
      [3, 1],
      [0, 9],
    ] as [number, number][]) {
      const target = scoreTarget(...pair);
      expectNear([total(await sharesOf(model, target))], model.scores(target.pairs), 1e-8);
      expect(await notesOf(model, target)).toMatch(/^the shares of all rows sum to [^;]*$/);
    }
  },
);

test("without L2 on what is represented there are none, and the refusal names the field", async () => {
  const mf = objectiveOf("mf-squared", { l2: 0 });
  const like = await optimum("mf-squared");
  const plain = trainedAt(mf, smoothOf(like).params, like);
  expect(() => makeNamed(estimators, "representer-point", plain)).toThrow(
    expect.objectContaining({
      code: "unsupported",
      message: expect.stringContaining("`l2` is 0 here: train with `l2` above 0"),
    }),
  );
  const gmf = objectiveOf("gmf", { l2Shared: 0 });
  const network = trainedAt(gmf, smoothOf(await optimum("gmf")).params, like);
  expect(() => makeNamed(estimators, "representer-point", network)).toThrow(
    expect.objectContaining({ message: expect.stringContaining("`l2Shared` is 0 here") }),
  );
});

test("a user without rows has no shares, and nothing is missing at the optimum", async () => {
  const model = await closedOptimumOf(
    differentiable(objectiveSettings({ ...objectiveOn(scraps()).settings, l2: 5, l2Bias: 3 }), scraps()),
  );
  expect((await sharesOf(model, scoreTarget(6, 2))).every((share) => share === 0)).toBe(true);
  expect(await notesOf(model, scoreTarget(6, 2))).toMatch(
    /^the shares of all rows sum to 0; \S+ has no representer[^;]*$/,
  );
});

/** √(XᵀX) and √(XXᵀ) of the matrix of dot products, by the eigenvalues of the whole. */
function roots(model: TrainedModel) {
  const { userFactors, itemFactors, factors } =
    smoothOf(model).objective.serving.asFactors?.(smoothOf(model).params) ?? none;
  const [users, items] = [userFactors.length / factors, itemFactors.length / factors];
  const x = (u: number, i: number) =>
    dot(userFactors.subarray(u * factors, (u + 1) * factors), itemFactors.subarray(i * factors, (i + 1) * factors));
  const rootOf = (order: number, terms: number, at: (k: number, r: number) => number) => {
    const square = Float64Array.from({ length: order * order }, (_, place) =>
      total(Array.from({ length: terms }, (_, k) => at(k, Math.floor(place / order)) * at(k, place % order))),
    );
    const { values, vectors } = symmetricEigen(square, order);
    // What is beyond the rank is rounding, whose root is not.
    const root = values.map((value, k) => (k < factors ? Math.sqrt(Math.max(0, value)) : 0));
    return (r: number, c: number) =>
      total(Array.from(root, (value, k) => value * vectors[r * order + k] * vectors[c * order + k]));
  };
  return { ofItems: rootOf(items, users, (u, i) => x(u, i)), ofUsers: rootOf(users, items, (i, u) => x(u, i)), x };
}

const none = { userFactors: new Float64Array(), itemFactors: new Float64Array(), factors: 1 };
const high = "high-dimensional-representer";

describe("representers of the nuclear norm", () => {
  const tableForms = forms.filter(([, { regularizer }]) => regularizer === "table");

  test.each(tableForms)("are written out with √(XᵀX) and √(XXᵀ), at any parameters: %s", async (_, settings) => {
    const closed = factorization(settings, tastes());
    const model = modelFrom(factorsAt(closed, anyParams(closed)));
    const { ofItems, ofUsers } = roots(model);
    for (const [u, i] of pairs) {
      const residuals = triplesOf(model.interactions).map(
        ([user, item, rating]) => rating - model.scores(scoreTarget(user, item).pairs)[0],
      );
      const byUser = triplesOf(model.interactions).map(([user, item], k) =>
        user === u ? (residuals[k] * ofItems(item, i)) / settings.l2 : 0,
      );
      const byItem = triplesOf(model.interactions).map(([user, item], k) =>
        item === i ? (residuals[k] * ofUsers(user, u)) / settings.l2 : 0,
      );
      expectNear(await sharesOf(model, scoreTarget(u, i), { side: "user" }, high), byUser, 1e-9);
      expectNear(await sharesOf(model, scoreTarget(u, i), { side: "item" }, high), byItem, 1e-9);
      expectNear(
        await sharesOf(model, scoreTarget(u, i), {}, high),
        byUser.map((x, k) => (x + byItem[k]) / 2),
        1e-9,
      );
    }
  });

  test.each(tableForms)(
    "sum to the dot product on either side at the optimum, where QQᵀ = √(XᵀX): %s",
    async (_, settings) => {
      const model = await closedOptimumOf(differentiable(objectiveSettings(settings), tastes()));
      const { ofItems, x } = roots(model);
      const { itemFactors, factors } = smoothOf(model).objective.serving.asFactors?.(smoothOf(model).params) ?? none;
      const row = (i: number) => itemFactors.subarray(i * factors, (i + 1) * factors);
      for (const [u, i] of pairs) {
        for (const side of ["user", "item", "both"])
          expectNear([total(await sharesOf(model, scoreTarget(u, i), { side }, high))], [x(u, i)], 1e-8);
        for (let j = 0; j < 5; j++) expectNear([ofItems(i, j)], [dot(row(i), row(j))], 1e-7);
      }
    },
  );

  test("depend on the matrix alone: other factors of it have the same shares, unlike representer points", async () => {
    const closed = objectiveOn(tastes(), { biases: false });
    const params = anyParams(closed);
    const model = modelFrom(factorsAt(closed, params));
    const { itemsAt, stride } = placesOf(closed.shape);
    // P·G and Q·G⁻ᵀ with G = [[2, 1, 0], [0, 1, 0], [0, 0, 3]].
    const other = params.slice();
    for (let at = 0; at < itemsAt; at += stride) {
      const [a, b, c] = params.subarray(at, at + 3);
      other.set([2 * a, a + b, 3 * c], at);
    }
    for (let at = itemsAt; at < itemsAt + closed.shape.itemCount * stride; at += stride) {
      const [a, b, c] = params.subarray(at, at + 3);
      other.set([(a - b) / 2, b, c / 3], at);
    }
    const same = modelFrom(factorsAt(closed, other));
    expectNear(same.scores(scoreTarget(3, 7).pairs), model.scores(scoreTarget(3, 7).pairs), 1e-12);
    expectNear(
      await sharesOf(same, scoreTarget(3, 7), {}, high),
      await sharesOf(model, scoreTarget(3, 7), {}, high),
      1e-10,
    );
    const points = await sharesOf(model, scoreTarget(3, 7));
    expect(
      Math.max(...(await sharesOf(same, scoreTarget(3, 7))).map((x, k) => Math.abs(x - points[k]))),
    ).toBeGreaterThan(0.01);
  });

  test("need table L2", async () => {
    const interaction = await optimum("mf-interaction");
    expect(() => makeNamed(estimators, high, interaction)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("train with `regularizer` table") }),
    );
  });
});

describe("shares by a local Jacobian expansion", () => {
  /** ⟨θ†/n − H⁻¹(g_k + λθ†/n), f⟩ by dense algebra: x are the rows' features (several a row with negatives), each with a label. */
  function expanded(
    rows: readonly (readonly (readonly [readonly number[], number])[])[],
    start: readonly number[],
    l2: readonly number[],
    asked: readonly number[],
    step: number,
    logistic: boolean,
  ) {
    const n = rows.length;
    const along = (a: readonly number[], b: readonly number[]) => total(a.map((value, f) => value * b[f]));
    const mean = (s: number) => (logistic ? 1 / (1 + Math.exp(-s)) : s);
    const bend = (s: number) => (logistic ? mean(s) * (1 - mean(s)) : 1);
    // What every example has beside a linear layer is in its label for ratings, and nothing for likes.
    const gradientOf = (row: (typeof rows)[number], at: readonly number[]) =>
      at.map((_, f) => total(row.map(([x, label]) => (mean(along(x, at)) - label) * x[f])));
    const sumAt = (at: readonly number[]) =>
      at.map((value, f) => l2[f] * value + total(rows.map((row) => gradientOf(row, at)[f])));
    const moved = start.map((value, f) => value - (step / n) * sumAt(start)[f]);
    const hessian = moved.map((_, f) =>
      moved.map((_, g) => (f === g ? l2[f] : 0) + total(rows.flat().map(([x]) => bend(along(x, moved)) * x[f] * x[g]))),
    );
    const shares = rows.map((row) => {
      const rhs = gradientOf(row, moved).map((value, f) => value + (l2[f] * moved[f]) / n);
      return (
        along(
          moved.map((value) => value / n),
          asked,
        ) - along(eliminate(hessian, rhs), asked)
      );
    });
    const newton = eliminate(hessian, sumAt(moved)).map((value, f) => moved[f] - value);
    return { shares, newton: along(newton, asked) };
  }

  test.each([0, 0.05, 3])(
    "are dense algebra on the rows of a user with their negatives, after a step of %d",
    async (step) => {
      const objective = objectiveOf("mf-logistic");
      const params = Float64Array.from({ length: objective.parameterCount }, (_, k) => Math.sin(5 * k + 1));
      const model = trainedAt(objective, params, await optimum("mf-logistic"));
      const { itemFactors, userFactors, factors } = objective.serving.asFactors?.(params) ?? none;
      const row = (table: Float64Array, r: number) => [...table.subarray(r * factors, (r + 1) * factors)];
      const { interactions, negatives, settings } = objective;
      const { users, items, byUser } = interactions;
      const [u, i] = [3, 1];
      const own = [...byUser.rows.subarray(byUser.start[u], byUser.start[u + 1])];
      const examples = own.map((k) => [
        [row(itemFactors, items[k]), 1] as const,
        ...[...negatives.subarray(2 * k, 2 * k + 2)]
          .filter((j) => j < interactions.itemCount)
          .map((j) => [row(itemFactors, j), 0] as const),
      ]);
      const l2 = new Array<number>(factors).fill(settings.l2);
      const { shares, newton } = expanded(examples, row(userFactors, u), l2, row(itemFactors, i), step, true);
      const found = await sharesOf(model, scoreTarget(u, i), { step }, "rps-lje");
      expectNear(
        own.map((k) => found[k]),
        shares,
        1e-10,
      );
      found.forEach((share, k) => {
        if (users[k] !== u) expect(share).toBe(0);
      });
      expectNear([total(found)], [newton], 1e-10);
    },
  );

  test.each(["gmf", "mlp", "neumf"] as const)(
    "of a quadratic last layer of %s sum to its optimum's score, whatever the step",
    async (name) => {
      const over = { ...networks[name], loss: squared, sampling: undefined, l2: 0.4, l2Shared: 0.7 };
      const objective = objectiveOf("gmf", over, ratings());
      const params = Float64Array.from({ length: objective.parameterCount }, (_, k) => Math.sin(3 * k + 1));
      const model = trainedAt(objective, params, await optimum("gmf"));
      const { users, items, ratings: given } = model.interactions;
      const x = featuresBy(model, users, items);
      const { lastLayer } = objective.model;
      const start = [
        ...params.subarray(lastLayer?.weightsAt, (lastLayer?.weightsAt ?? 0) + (lastLayer?.width ?? 0)),
        params[lastLayer?.biasAt ?? 0],
      ];
      const [asked] = featuresBy(model, [3], [1]);
      const exact = total(await sharesOf(model, scoreTarget(3, 1)));
      for (const step of [0, 0.4]) {
        const { shares } = expanded(
          x.map((row, k) => [[row, given[k]]]),
          start,
          start.map(() => 0.7),
          asked,
          step,
          false,
        );
        const found = await sharesOf(model, scoreTarget(3, 1), { step }, "rps-lje");
        expectNear(found, shares, 1e-9);
        expectNear([total(found)], [exact], 1e-9);
      }
    },
  );

  test.each(["mf", "mf-interaction", "ials", "ials-interaction"] as const)(
    "of %s sum to the score of the user re-solved, as contributions do, zeros apart",
    async (name) => {
      const at = smoothOf(await optimum(name));
      const params = at.params.map((x, k) => x + 0.1 * Math.sin(k));
      const model = trainedAt(at.objective, params, await optimum(name));
      const target = scoreTarget(3, 1);
      const resolved = total(await sharesOf(model, target, {}, "contributions"));
      const found = total(await sharesOf(model, target, {}, "rps-lje"));
      const note = (await notesOf(model, target, {}, "rps-lje")) ?? "";
      const zeros = Number(/pairs without an interaction have (\S+?)(;|$)/.exec(note)?.[1] ?? 0);
      expectNear([found + zeros], [resolved], name.startsWith("ials") ? 1e-5 : 1e-9);
      expect(zeros !== 0).toBe(name.startsWith("ials"));
    },
  );
});
