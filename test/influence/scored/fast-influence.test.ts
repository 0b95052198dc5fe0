/** Fast influence of any local model against dense blocks of the Hessian, and where it is refused. */

import { describe, expect, test } from "vitest";
import { scoredFastInfluence } from "../../../src/influence/index.ts";
import { supportOf } from "../../../src/model/model.ts";
import { dot } from "../../../src/numeric/vector.ts";
import { multinomial } from "../../../src/objective/loss.ts";
import type { ScoredSettings } from "../../../src/objective/scored.ts";
import { fitTarget, scoreTarget } from "../../../src/objective/target.ts";
import type { TrainedScored } from "../../../src/training/trained.ts";
import { solved } from "../../model/graph/weighted.ts";
import { smoothPoint } from "../../model/subject.ts";
import { unitOf } from "../../objective/subject.ts";
import { allRows, expectNear, normals } from "../../small.ts";
import { at, blockAt, hessianAt, ownGradient, solve, targetSlope } from "./dense.ts";
import { ask, type CaseName, cases, localNames, objectiveOf, optimum, optimumOf, trainedAt } from "./subjects.ts";

const block = scoredFastInfluence({ leverage: false });
const leverage = scoredFastInfluence();
const network = scoredFastInfluence({ network: true });

/** In training and not, and of a user without rows. */
const pairs = [
  [3, 1],
  [0, 9],
  [10, 2],
  [2, 7],
] as const;

/** What a row's Gauss-Newton term has on the block; its L2 stays. */
function rowPart({ objective, params }: TrainedScored, row: number, support: Uint32Array): number[][] {
  const columns = Array.from(support, (place) => {
    const out = new Float64Array(params.length);
    objective.addLossProduct(params, Uint32Array.of(row), unitOf(place, params.length), out, "gauss-newton");
    return at(out, support);
  });
  return columns.map((_, r) => columns.map((column) => column[r]));
}

/** −τᵀA⁻¹g with A the block of this user and item, less the row's part where asked. */
function denseInfluence(trained: TrainedScored, user: number, item: number, row: number, corrected: boolean): number {
  const { objective, params } = trained;
  const support = supportOf(objective.model, user, item);
  const gradient = at(ownGradient(objective, params, row), support);
  const slope = at(targetSlope(objective, params, scoreTarget(user, item)), support);
  const whole = blockAt(hessianOf(trained), params.length, support);
  const part = corrected ? rowPart(trained, row, support) : undefined;
  const left = part ? whole.map((line, r) => line.map((x, c) => x - part[r][c])) : whole;
  return -dot(slope, solve(left, gradient));
}

const hessians = new WeakMap<TrainedScored, Float64Array>();

function hessianOf(trained: TrainedScored): Float64Array {
  const known = hessians.get(trained) ?? hessianAt(trained.objective, trained.params);
  hessians.set(trained, known);
  return known;
}

const forms: [string, CaseName, Partial<ScoredSettings>][] = localNames.flatMap((name) => [
  [name, name, {}],
  [`${name}, interaction L2`, name, { regularizer: "interaction", l2: name === "gmf" ? 0.03 : 0.08 }],
]);

describe.each(forms)("%s", (_, name, over) => {
  const trainedOnce = Object.keys(over).length === 0 ? optimum(name) : optimumOf(objectiveOf(name, over));
  /** Under interaction L2 nothing holds a user without rows. */
  const held = ([user]: readonly [number, number]) => over.regularizer === undefined || user !== 2;

  for (const corrected of [false, true])
    test(`${corrected ? "with each row out of it" : "first order"}, it is −τᵀA⁻¹g on the block of the user and the item`, async () => {
      const trained = await trainedOnce;
      const rows = allRows(trained.objective.interactions);
      for (const [user, item] of pairs.filter(held)) {
        const wanted = Array.from(rows, (row) => denseInfluence(trained, user, item, row, corrected));
        const found = await ask(corrected ? leverage : block, trained, scoreTarget(user, item), rows);
        expect(found.status).toBe("converged");
        if (user !== 2) expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(1e-3);
        expectNear(found.scores, wanted, 1e-9, { floor: 1e-3, what: `${user}, ${item}` });
      }
    });

  test("rows whose examples read neither the user nor the item count for nothing", async () => {
    const trained = await trainedOnce;
    const { interactions, negatives, settings } = trained.objective;
    const perRow = settings.sampling?.perRow ?? 0;
    const far = allRows(interactions).filter((row) => {
      const drawn = negatives.subarray(row * perRow, (row + 1) * perRow);
      return interactions.users[row] !== 3 && interactions.items[row] !== 1 && !drawn.includes(1);
    });
    expect(far.length).toBeGreaterThan(5);
    for (const estimator of [block, leverage])
      expect((await ask(estimator, trained, scoreTarget(3, 1), far)).scores.every((x) => x === 0)).toBe(true);
  });
});

/** A model with shared weights at a minimum, or for ReLU at a point between kinks. */
async function withShared(name: "gmf" | "mlp"): Promise<TrainedScored> {
  const trained = await optimum("gmf");
  if (name === "gmf") return trained;
  const kind = (await import("../../../src/model/mlp.ts")).mlp;
  const objective = objectiveOf("gmf", {
    kind: kind as unknown as ScoredSettings["kind"],
    model: { layers: [3], embedding: 2 },
    l2: 2,
    l2Shared: 40,
  });
  const { pairs: read } = objective.examplesOf(objective.units);
  const weights = normals(read.users.length, 1);
  const start = smoothPoint(objective.model, read, weights, [normals(objective.parameterCount, 3)]);
  return trainedAt(objective, start, trained);
}

describe.each(["gmf", "mlp"] as const)("through the network of %s", (name) => {
  test("adds −∇targetᵀH⁻¹g over the weights that all share", async () => {
    const trained = await withShared(name);
    const { objective, params } = trained;
    const shared = objective.model.tensors
      .filter(({ rowsOf }) => rowsOf === undefined)
      .flatMap(({ shape, at: from }) => Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => from + k));
    const lines = blockAt(hessianOf(trained), params.length, shared);
    const rows = allRows(objective.interactions);
    for (const target of [scoreTarget(0, 9), fitTarget(3, 1, 2)]) {
      const slope = at(targetSlope(objective, params, target), shared);
      const s = solved(Float64Array.from(lines.flat()), slope);
      const added = Array.from(rows, (row) => -dot(s, at(ownGradient(objective, params, row), shared)));
      const through = await ask(leverage, trained, target, rows);
      const found = await ask(network, trained, target, rows);
      expect(found.status).toBe("converged");
      expect(Math.max(...added.map(Math.abs))).toBeGreaterThan(1e-4);
      expectNear(
        found.scores.map((x, k) => x - through.scores[k]),
        added,
        1e-6,
        { floor: 1e-3 },
      );
    }
  });
});

test("without weights that all share, the network adds nothing", async () => {
  const trained = await optimum("mf-logistic");
  const rows = allRows(trained.objective.interactions);
  const found = await ask(network, trained, scoreTarget(3, 1), rows);
  expect(found).toEqual(await ask(leverage, trained, scoreTarget(3, 1), rows));
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
    for (const estimator of [block, leverage, network])
      await expect(subject().then((trained) => estimator.prepare(trained))).rejects.toMatchObject({
        code: "unsupported",
        advice: "use influence-function",
      });
  });
});

test("a graph of no steps is a dot product, and is answered as one", async () => {
  const { kind } = cases["light-gcn"].settings;
  const graph = await optimumOf(objectiveOf("mf-bpr", { kind, model: { factors: 3, layers: 0 } }));
  const factors = trainedAt(objectiveOf("mf-bpr"), graph.params, graph);
  const rows = allRows(graph.objective.interactions);
  for (const estimator of [block, leverage])
    expectNear(
      (await ask(estimator, graph, scoreTarget(3, 1), rows)).scores,
      (await ask(estimator, factors, scoreTarget(3, 1), rows)).scores,
      1e-9,
    );
});

test("where the Hessian's block is not positive definite it takes Gauss-Newton, and says so", async () => {
  const trained = await optimum("mf-squared");
  const { objective, params } = trained;
  const away = trainedAt(
    objective,
    // Near zero, residuals are large against the Gauss-Newton part.
    params.map((x) => 0.05 * x),
    trained,
  );
  const rows = allRows(objective.interactions);
  const { users, items, ratings } = objective.interactions;
  const worst = Array.from(ratings.keys()).sort((a, b) => Math.abs(ratings[b]) - Math.abs(ratings[a]))[0];
  const found = await ask(block, away, scoreTarget(users[worst], items[worst]), rows);
  expect(found.status).toBe("negative-curvature");
  expect(found.scores.every(Number.isFinite)).toBe(true);
});
