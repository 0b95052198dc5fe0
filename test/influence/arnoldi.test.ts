/** Influence through dominant eigenvectors against the dense eigendecomposition, and against the influence function at full rank. */

import { describe, expect, test } from "vitest";
import { interactionPlayers, measureOf } from "../../src/method/index.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { dot } from "../../src/numeric/vector.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { hessianAt, ownGradient, targetSlope } from "../support/dense.ts";
import { allRows, expectNear } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

describe.each(["mf", "mf-interaction", "mf-logistic", "gmf", "mlp"] as const)("on %s", (name) => {
  test("a rank is the dense sum over as many eigenvalues, the largest in size", async () => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const order = params.length;
    const { values, vectors } = symmetricEigen(hessianAt(objective, params), order);
    const bySize = [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const rows = allRows(objective.interactions).filter((row) => row % 5 === 0);
    const target = scoreTarget(3, 7);
    const slope = targetSlope(objective, params, target);
    const gradients = Array.from(rows, (row) => ownGradient(objective, params, row));
    const wanted = new Float64Array(rows.length);
    for (const [n, c] of bySize.slice(0, 12).entries()) {
      const v = Float64Array.from({ length: order }, (_, r) => vectors[r * order + c]);
      for (let k = 0; k < rows.length; k++) wanted[k] -= (dot(v, slope) * dot(v, gradients[k])) / values[c];
      if (![1, 5, 12].includes(n + 1)) continue;
      const found = await ask("arnoldi", model, target, rows, { settings: { rank: n + 1 } });
      expect(found.status).toBe("converged");
      expectNear(found.scores, wanted, 1e-6, { floor: 1e-3, what: `rank ${n + 1}` });
    }
  });

  test("with all that rows reach it is the influence function, whatever the seed", async () => {
    const model = await optimum(name);
    const rows = allRows(model.interactions);
    const target = scoreTarget(model.interactions.users[5], model.interactions.items[5]);
    const { scores: wanted } = await ask("influence-function", model, target, rows, { settings: { tolerance: 1e-11 } });
    for (const seed of [1, 2]) {
      const settings = { rank: 1000, steps: 1000, seed };
      const { scores } = await ask("arnoldi", model, target, rows, { settings });
      expectNear(scores, wanted, 1e-6, { floor: 1e-3 });
    }
  });
});

test("eigenvalues that were not found are told of, and left out", async () => {
  const model = await optimum("mf");
  const measures = [measureOf(scoreTarget(3, 7), model.unit)];
  const players = interactionPlayers(Uint32Array.of(0, 5));
  const found = await estimateBy("arnoldi", model, measures, players, { settings: { rank: 30, steps: 40 } });
  expect(found.statuses).toEqual(["step-limit", "step-limit"]);
  expect(found.notes?.[0]).toMatch(/^\d+ of 30 eigenvalues were not found: set `steps` higher$/);
  expect(found.residual).toBeLessThanOrEqual(1e-8);
});

test("a rank that is no whole number is refused", async () => {
  const model = await optimum("mf");
  await expect(
    ask("arnoldi", model, scoreTarget(0, 0), new Uint32Array(), { settings: { rank: 2.5 } }),
  ).rejects.toMatchObject({
    code: "bad-input",
    message: "`rank` is 2.5; expected a whole number",
  });
});
