/** DataInf against its formula on dense matrices, and against the inverse of the block where that is its limit. */

import { describe, expect, test } from "vitest";
import { placesOfRows } from "../../src/model/tensors.ts";
import { sigmoid } from "../../src/numeric/logistic.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { penaltyWeights } from "../../src/objective/penalty.ts";
import { marginTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import { at, blockAt, hessianAt, lossGradient, ownGradient, solve, targetSlope } from "../support/dense.ts";
import { allRows, expectNear, interactionsFrom } from "../support/small.ts";
import { objectiveOf, optimum, trainedOn } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask } from "./asking.ts";

type Inverse = (places: Uint32Array, tau: Float64Array) => Float64Array;

/** −Σ over the blocks of the users and items of τᵀ(inverse of the block)g. */
function throughBlocks(objective: Objective, params: Float64Array, target: Target, rows: Uint32Array, by: Inverse) {
  const slope = targetSlope(objective, params, target);
  const direction = new Float64Array(params.length);
  for (const [side, who] of [
    ["user", target.pairs.users],
    ["item", target.pairs.items],
  ] as const)
    for (const own of new Set(who)) {
      const places = placesOfRows(objective.tensors, side, [own]);
      by(places, at(slope, places)).forEach((x, f) => {
        direction[places[f]] = x;
      });
    }
  return Array.from(rows, (row) => -ownGradient(objective, params, row).reduce((s, x, k) => s + x * direction[k], 0));
}

/** The curvature's terms: of every example p(1 − p), or 1, times the square of the gradient of its score or margin; printed: of every row its gradient's square. */
function termsOf(objective: Objective, params: Float64Array, form: "corrected" | "printed"): number[][][] {
  const square = (g: Float64Array, weight: number) => Array.from(g, (x) => Array.from(g, (y) => weight * x * y));
  if (form === "printed") return Array.from(objective.units, (row) => square(lossGradient(objective, params, row), 1));
  const { loss } = objective.settings;
  const { pairs, owners, start } = objective.examplesOf(objective.units);
  const point = objective.model.at(params, pairs);
  return Array.from(owners, (_, g) => {
    const seeds = new Float64Array(point.scores.length);
    seeds[start[g]] = 1;
    if (loss.form === "pairwise") seeds[start[g] + 1] = -1;
    const p = sigmoid(dot(seeds, point.scores));
    const gradient = new Float64Array(params.length);
    point.addVjp(seeds, gradient);
    return square(gradient, loss.name === "squared" ? 1 : p * (1 - p));
  });
}

describe.each([
  ["mf", "corrected"],
  ["mf-interaction", "corrected"],
  ["mf-squared", "corrected"],
  ["mf-bpr", "corrected"],
  ["mf", "printed"],
  ["mf-squared", "printed"],
  ["gmf", "printed"],
  ["mf-bpr", "printed"],
] as const)("on %s, the %s form", (name, form) => {
  test("is the mean of the inverses of dense blocks, one a term", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const order = params.length;
    const weights = penaltyWeights(objective.penalty, order);
    const terms = termsOf(objective, params, form);
    const rows = allRows(model.interactions).filter((row) => row % 3 === 0);
    for (const target of [scoreTarget(3, 1), marginTarget(5, 8, 0)]) {
      const wanted = throughBlocks(objective, params, target, rows, (places, tau) => {
        const blocks = terms.map((term) => Array.from(places, (r) => Array.from(places, (c) => term[r][c])));
        const own = blocks.filter((block) => block.some((line) => line.some((x) => x !== 0)));
        const n = own.length;
        const sum = new Float64Array(places.length);
        for (const block of own) {
          const one = block.map((line, r) => line.map((x, c) => x + (r === c ? weights[places[r]] / n : 0)));
          solve(one, tau).forEach((x, f) => {
            sum[f] += x / n ** 2;
          });
        }
        return sum;
      });
      const found = await ask("data-inf", model, target, rows, { settings: { form } });
      expect(found.status).toBe("converged");
      expectNear(found.scores, wanted, 1e-9, { floor: 1e-3 });
    }
  });
});

test("with one row for every user and item it is the inverse of the blocks; with more it is too large", async () => {
  const set = interactionsFrom(
    [0, 1, 2, 3, 4].map((u) => [u, u, 1 + u]),
    5,
    5,
  );
  const alone = await trainedOn("mf-squared", objectiveOf("mf-squared", { l2: 0.3, model: { factors: 2 } }, set));
  const cases = [
    [alone, scoreTarget(2, 3)],
    [await optimum("mf-squared"), scoreTarget(3, 1)],
  ] as const;
  for (const [model, target] of cases) {
    const { objective, params } = smoothOf(model);
    const matrix = hessianAt(objective, params, "gauss-newton");
    const rows = allRows(model.interactions);
    const wanted = throughBlocks(objective, params, target, rows, (places, tau) =>
      solve(blockAt(matrix, params.length, places), tau),
    );
    const { scores } = await ask("data-inf", model, target, rows);
    if (model === alone) expectNear(scores, wanted, 1e-9, { floor: 1e-6 });
    else expect(norm(scores)).toBeGreaterThan(1.5 * norm(Float64Array.from(wanted)));
  }
});

test("a user without rows is asked about by the item's block alone", async () => {
  const model = await optimum("mf-squared");
  const { scores, status } = await ask("data-inf", model, scoreTarget(2, 1), allRows(model.interactions));
  expect(status).toBe("converged");
  expect(scores.every(Number.isFinite)).toBe(true);
});
