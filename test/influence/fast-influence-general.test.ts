/** Fast influence of any local model against dense blocks of the Hessian, for rows and for groups of them, and where it is refused. */

import { describe, expect, test } from "vitest";
import { estimators } from "../../src/influence/index.ts";
import { groupPlayers, makeNamed, measureOf, unmetNeed, userPlayers } from "../../src/method/index.ts";
import { mlp } from "../../src/model/mlp.ts";
import { type ModelKind, supportOf } from "../../src/model/model.ts";
import { sharedPlaces } from "../../src/model/tensors.ts";
import { choleskyInPlace } from "../../src/numeric/dense.ts";
import { dot } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { multinomial } from "../../src/objective/loss.ts";
import { noItem } from "../../src/objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import { addPenalty } from "../../src/objective/penalty.ts";
import { fitTarget, scoreTarget } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { solved } from "../model/graph/weighted.ts";
import { smoothPoint } from "../model/subject.ts";
import { gradientOf, unitOf } from "../objective/subject.ts";
import { at, blockAt, hessianAt, ownGradient, solve, targetSlope } from "../support/dense.ts";
import { allRows, expectNear, interactionsFrom, normals, rowsWhere, triplesOf } from "../support/small.ts";
import { cases, objectiveOf, optimum, optimumOf, type SubjectName, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

const [block, leverage, network] = ["fast-influence-block", "fast-influence", "fast-influence-network"];

/** Those with shared weights, and those without. */
const localNames: SubjectName[] = ["mf-bpr", "mf-logistic", "mf-items", "gmf", "mlp"];

/** In training and not, and of a user without rows. */
const pairs: readonly (readonly [number, number])[] = [
  [3, 1],
  [0, 9],
  [10, 2],
  [2, 7],
];

/** What some rows' Gauss-Newton terms have on the block, and under interaction L2 their share of it. */
function rowsPart(model: TrainedModel, rows: Uint32Array, support: Uint32Array): number[][] {
  const { objective, params } = smoothOf(model);
  const columns = Array.from(support, (place) => {
    const out = new Float64Array(params.length);
    objective.addLossProduct(params, rows, unitOf(place, params.length), out, "gauss-newton");
    if (objective.settings.regularizer === "interaction")
      addPenalty(objective.select(rows).penalty, sharedAtZero(objective, unitOf(place, params.length)), out);
    return at(out, support);
  });
  return columns.map((_, r) => columns.map((column) => column[r]));
}

/** What users and items share has an L2 of its own, which stays. */
function sharedAtZero({ tensors }: Objective, vector: Float64Array): Float64Array {
  for (const place of sharedPlaces(tensors)) vector[place] = 0;
  return vector;
}

/** −τᵀA⁻¹g with A the block of this user and item, less the rows' part where asked, and g what the rows' terms have together. */
function denseInfluence(
  model: TrainedModel,
  [user, item]: readonly [number, number],
  rows: Uint32Array,
  corrected: boolean,
): number {
  const { objective, params } = smoothOf(model);
  const support = supportOf(objective.model, user, item);
  const gradient = new Float64Array(support.length);
  for (const row of rows)
    at(ownGradient(objective, params, row), support).forEach((x, k) => {
      gradient[k] += x;
    });
  const slope = at(targetSlope(objective, params, scoreTarget(user, item)), support);
  const whole = blockAt(hessianOf(model), params.length, support);
  return -dot(slope, solve(corrected ? blockWithout(model, [user, item], rows) : whole, gradient));
}

/** The block of this user and item, less the rows' part. */
function blockWithout(model: TrainedModel, [user, item]: readonly [number, number], rows: Uint32Array): number[][] {
  const { objective, params } = smoothOf(model);
  const support = supportOf(objective.model, user, item);
  const part = rowsPart(model, rows, support);
  return blockAt(hessianOf(model), params.length, support).map((line, r) => line.map((x, c) => x - part[r][c]));
}

const isDefinite = (block: number[][]) => choleskyInPlace(Float64Array.from(block.flat()), block.length);

const hessians = new WeakMap<TrainedModel, Float64Array>();

function hessianOf(model: TrainedModel): Float64Array {
  const { objective, params } = smoothOf(model);
  const known = hessians.get(model) ?? hessianAt(objective, params);
  hessians.set(model, known);
  return known;
}

const forms: [string, SubjectName, Partial<ObjectiveSettings>][] = localNames.flatMap((name) => [
  [name, name, {}],
  [`${name}, interaction L2`, name, { regularizer: "interaction", l2: l2Of(name) }],
]);

function l2Of(name: SubjectName): number {
  return name === "gmf" ? 0.03 : name === "mlp" ? 0.005 : 0.08;
}

describe.each(forms)("%s", (_, name, over) => {
  const trainedOnce = Object.keys(over).length === 0 ? optimum(name) : optimumOf(objectiveOf(name, over));
  /** Under interaction L2 nothing holds a user without rows: the twin has no inverse there. */
  const held = pairs.filter(([user]) => over.regularizer === undefined || user !== 2);

  for (const corrected of [false, true])
    test(`${corrected ? "with each row out of it" : "first order"}, it is −τᵀA⁻¹g on the block of the user and the item`, async () => {
      const model = await trainedOnce;
      const rows = allRows(model.interactions);
      for (const pair of held) {
        const wanted = Array.from(rows, (row) => denseInfluence(model, pair, Uint32Array.of(row), corrected));
        const found = await ask(corrected ? leverage : block, model, scoreTarget(...pair), rows);
        expect(found.status).toBe("converged");
        if (pair[0] !== 2) expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
        expectNear(found.scores, wanted, 1e-9, { floor: 1e-3, what: pair.join(", ") });
      }
    });

  test("rows whose examples read neither the user nor the item count for nothing", async () => {
    const model = await trainedOnce;
    const { interactions, negatives, settings } = smoothOf(model).objective;
    const perRow = settings.sampling?.perRow ?? 0;
    const far = allRows(interactions).filter((row) => {
      const drawn = negatives.subarray(row * perRow, (row + 1) * perRow);
      return interactions.users[row] !== 3 && interactions.items[row] !== 1 && !drawn.includes(1);
    });
    expect(far.length).toBeGreaterThan(5);
    for (const name of [block, leverage])
      expect((await ask(name, model, scoreTarget(3, 1), far)).scores.every((x) => x === 0)).toBe(true);
  });

  test("a group is out of the block as a whole", async () => {
    const model = await trainedOnce;
    for (const pair of held) {
      const [user, item] = pair;
      const mine = rowsWhere(model.interactions, ([u]) => u === user);
      const near = rowsWhere(model.interactions, ([u, i]) => u === user || i === item);
      const groups = [
        near.filter((_, k) => k % 2 === 0),
        mine.subarray(1),
        allRows(model.interactions).subarray(5, 15),
      ];
      const measure = measureOf(scoreTarget(user, item), model.unit);
      const found = await estimateBy(leverage, model, [measure], groupPlayers(groups));
      const definite = groups.map((rows) => isDefinite(blockWithout(model, pair, rows)));
      expect(definite.filter(Boolean).length).toBeGreaterThan(1);
      expect(found.statuses).toEqual(definite.map((is) => (is ? "converged" : "negative-curvature")));
      groups.forEach((rows, k) => {
        if (!definite[k]) return;
        expectNear([found.values[k]], [denseInfluence(model, pair, rows, true)], 1e-9, {
          floor: 1e-3,
          what: pair.join(", "),
        });
      });
    }
  });
});

/** Whose scores have no second derivative on the block but that of the pair itself, and no L2 goes along with a row. */
const bilinear: SubjectName[] = ["mf-bpr", "mf-logistic", "mf-items", "gmf"];

test.each(bilinear)(
  "on %s, a group of a user's rows away from the pair leaves the true block of what remains",
  async (name) => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const { interactions, negatives, settings } = objective;
    const perRow = settings.sampling?.perRow ?? 0;
    for (const [user, item] of [
      [3, 0],
      [0, 9],
      [10, 2],
    ]) {
      const rows = rowsWhere(interactions, ([u, i], row) => {
        const drawn = negatives.subarray(row * perRow, (row + 1) * perRow);
        return u === user && i !== item && !drawn.includes(item) && !drawn.includes(noItem);
      });
      expect(rows.length).toBeGreaterThan(1);
      const left = objective.without(rows);
      const support = supportOf(objective.model, user, item);
      const lines = blockAt(hessianAt(left, params), params.length, support);
      // At an optimum what remains pulls the other way.
      const pull = at(gradientOf(left, params), support);
      const slope = at(targetSlope(objective, params, scoreTarget(user, item)), support);
      const measure = measureOf(scoreTarget(user, item), model.unit);
      const found = await estimateBy(leverage, model, [measure], groupPlayers([rows]));
      expect(found.statuses).toEqual(["converged"]);
      expect(Math.abs(found.values[0])).toBeGreaterThan(1e-3);
      expectNear(found.values, [dot(slope, solve(lines, pull))], 1e-8, { floor: 1e-3 });
    }
  },
);

/** A model with shared weights at a minimum, or for ReLU at a point between kinks. */
async function withShared(name: "gmf" | "mlp"): Promise<TrainedModel> {
  const model = await optimum("gmf");
  if (name === "gmf") return model;
  const objective = objectiveOf("gmf", {
    kind: mlp as unknown as ModelKind,
    model: { layers: [3], embedding: 2 },
    l2: 2,
    l2Shared: 40,
  });
  const { pairs: read } = objective.examplesOf(objective.units);
  const weights = normals(read.users.length, 1);
  const start = smoothPoint(objective.model, read, weights, [normals(objective.parameterCount, 3)]);
  return trainedAt(objective, start, model);
}

describe.each(["gmf", "mlp"] as const)("through the network of %s", (name) => {
  test("adds −∇targetᵀH⁻¹g over the weights that all share, for rows and for groups", async () => {
    const model = await withShared(name);
    const { objective, params } = smoothOf(model);
    const shared = sharedPlaces(objective.tensors);
    const lines = blockAt(hessianOf(model), params.length, shared);
    const rows = allRows(objective.interactions);
    for (const target of [scoreTarget(0, 9), fitTarget(3, 1, 2)]) {
      const slope = at(targetSlope(objective, params, target), shared);
      const s = solved(Float64Array.from(lines.flat()), slope);
      const added = Array.from(rows, (row) => -dot(s, at(ownGradient(objective, params, row), shared)));
      const through = await ask(leverage, model, target, rows);
      const found = await ask(network, model, target, rows);
      expect(found.status).toBe("converged");
      expect(Math.max(...added.map(Math.abs))).toBeGreaterThan(1e-4);
      expectNear(
        found.scores.map((x, k) => x - through.scores[k]),
        added,
        1e-6,
        { floor: 1e-3 },
      );
      const players = userPlayers(objective.interactions, [0, 5, 11]);
      const measures = [measureOf(target, model.unit)];
      const [alone, all] = [
        await estimateBy(leverage, model, measures, players),
        await estimateBy(network, model, measures, players),
      ];
      const sums = [0, 1, 2].map((k) => players.rows(k).reduce((sum, row) => sum + added[row], 0));
      expectNear(
        all.values.map((x, k) => x - alone.values[k]),
        sums,
        1e-6,
        { floor: 1e-3 },
      );
    }
  });
});

test("the way through the network says how its own solve ended, and how near it came", async () => {
  // Much L2 on the rows and next to none on what they share: there alone the curvature is negative.
  const objective = objectiveOf("mlp", { l2: 20, l2Shared: 1e-3 });
  const params = normals(objective.parameterCount, 8);
  const model = trainedAt(objective, params, await optimum("gmf"));
  const shared = sharedPlaces(objective.tensors);
  expect(isDefinite(blockAt(hessianOf(model), params.length, shared))).toBe(false);
  const rows = Uint32Array.of(0, 11);
  const through = await ask(leverage, model, scoreTarget(0, 9), rows);
  expect([through.status, through.residual]).toEqual(["converged", 0]);
  const found = await ask(network, model, scoreTarget(0, 9), rows);
  expect(found.status).toBe("negative-curvature");
  expect(found.residual).toBeGreaterThan(0);
  expect(found.residual).toBeLessThanOrEqual(1e-8);
});

test("a block that has no inverse even by Gauss-Newton is a breakdown, and nothing is said of its rows", async () => {
  // No L2, all items alike, user 0 at zero: their block is x·xᵀ times a power of two.
  const likes = interactionsFrom(
    [
      [0, 0, 1],
      [0, 1, 1],
      [1, 2, 1],
      [2, 3, 1],
    ],
    3,
    6,
  );
  const sampling = { perRow: 1, seed: 5, semantics: "frozen" as const };
  const objective = objectiveOf("mf-logistic", { l2: 0, l2Shared: 0, sampling }, likes);
  const params = new Float64Array(objective.parameterCount).fill(1);
  params.fill(0, 0, 2);
  const model = trainedAt(objective, params, await optimum("mf-logistic"));
  for (const name of [block, leverage]) {
    const found = await ask(name, model, scoreTarget(0, 0), allRows(likes));
    expect(found.status).toBe("breakdown");
    expect(found.scores).toEqual(new Float64Array(4));
  }
});

test.each([
  ["a user", (user: number, _item: number, of: readonly [number, number]) => user === of[0]],
  ["an item", (_user: number, item: number, of: readonly [number, number]) => item === of[1]],
  ["both", (user: number, item: number, of: readonly [number, number]) => user === of[0] || item === of[1]],
])("under interaction L2, %s that loses the last row goes to zero as closed forms have it", async (_, goes) => {
  const best = await optimum("mf-interaction");
  const { objective, params } = smoothOf(best);
  // Off the optimum, where a user's terms have a gradient all the same.
  const noise = normals(params.length, 6);
  const closed = trainedAt(
    objective,
    params.map((x, k) => x + 0.02 * noise[k]),
    best,
  );
  const { kind } = objective.settings;
  // The same model under a name of which no closed forms are known.
  const general = trainedAt(
    differentiable({ ...objective.settings, kind: { ...kind, name: "mf by another name" } }, objective.interactions),
    smoothOf(closed).params,
    best,
  );
  const rated = new Set(triplesOf(closed.interactions).map(([u, i]) => 20 * u + i));
  const pairs = [0, 7, 12, 23].flatMap((user) => [3, 11, 16].map((item) => [user, item] as const));
  const unrated = pairs.filter(([user, item]) => !rated.has(20 * user + item));
  expect(unrated.length).toBeGreaterThan(2);
  for (const pair of unrated) {
    const gone = rowsWhere(closed.interactions, ([user, item]) => goes(user, item, pair));
    const measures = [measureOf(scoreTarget(...pair), closed.unit)];
    const [wanted, found] = [
      await estimateBy(leverage, closed, measures, groupPlayers([gone])),
      await estimateBy(leverage, general, measures, groupPlayers([gone])),
    ];
    expect([found.statuses, wanted.statuses]).toEqual([["converged"], ["converged"]]);
    expectNear(found.values, wanted.values, 1e-9, { floor: 1e-3, what: pair.join(", ") });
    expect(Math.abs(found.values[0])).toBeGreaterThan(1e-3);
  }
});

test("without weights that all share, the way through the network is refused", async () => {
  const model = await optimum("mf-logistic");
  await expect(ask(network, model, scoreTarget(3, 1), Uint32Array.of(0))).rejects.toMatchObject({
    code: "unsupported",
    advice: "use fast-influence",
  });
});

describe.each([
  ["a graph", () => optimum("light-gcn")],
  ["an autoencoder", () => optimum("mult-vae")],
  [
    "a loss that reads all items",
    () => optimumOf(objectiveOf("mf-logistic", { loss: multinomial, sampling: undefined })),
  ],
] as const)("%s", (_, subject) => {
  test("is refused, with what to use instead", async () => {
    const model = await subject();
    const others = estimators.methods.filter((entry) => unmetNeed(entry, model) === undefined);
    for (const name of [block, leverage, network])
      expect(() => makeNamed(estimators, name, model)).toThrow(
        expect.objectContaining({
          code: "unsupported",
          advice: `for this model: ${others.map((entry) => entry.name).join(", ")}`,
        }),
      );
    expect(others.map((entry) => entry.name)).toContain("influence-function");
  });
});

test("a graph of no steps is a dot product, and is answered as one", async () => {
  const { kind } = cases["light-gcn"].settings;
  const graph = await optimumOf(objectiveOf("mf-bpr", { kind, model: { factors: 3, layers: 0 } }));
  const factors = trainedAt(objectiveOf("mf-bpr"), smoothOf(graph).params, graph);
  const rows = allRows(graph.interactions);
  for (const name of [block, leverage])
    expectNear(
      (await ask(name, graph, scoreTarget(3, 1), rows)).scores,
      (await ask(name, factors, scoreTarget(3, 1), rows)).scores,
      1e-9,
    );
});

test.each(["mf-squared", "mf-items"] as const)(
  "where the block of %s is not positive definite it takes Gauss-Newton, and says so",
  async (name) => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const away = trainedAt(
      objective,
      // Near zero, residuals are large against the Gauss-Newton part.
      params.map((x) => 0.05 * x),
      model,
    );
    const rows = allRows(objective.interactions);
    const { users, items, ratings } = objective.interactions;
    const worst = Array.from(ratings.keys()).sort((a, b) => Math.abs(ratings[b]) - Math.abs(ratings[a]))[0];
    const found = await ask(block, away, scoreTarget(users[worst], items[worst]), rows);
    expect(found.status).toBe("negative-curvature");
    expect(found.scores.every(Number.isFinite)).toBe(true);
  },
);
