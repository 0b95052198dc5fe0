/** Laws of what surrounds a trained model: slow modes, smallest curvature, and rank recovery. */

import { beforeAll, describe, expect, test } from "vitest";
import { canonicalise, rotationProjection } from "../../../src/model/gauge.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { addScaled, dot, norm } from "../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../../src/objective/hessian.ts";
import { smallestCurvature } from "../../../src/training/factors/curvature.ts";
import { blockPreconditioner } from "../../../src/training/factors/preconditioner.ts";
import { deflated, type SlowModes, slowModesOf } from "../../../src/training/factors/slow-modes.ts";
import { certifyFactors, reoptimise, type Trained, train } from "../../../src/training/index.ts";
import { run } from "../../support/run.ts";
import {
  evaluate,
  expectNear,
  forms,
  kernels,
  normals,
  objectiveOn,
  rowsWhere,
  settingsOf,
  tastes,
  trainedAt,
} from "../../support/small.ts";
import { predictions } from "./trainer.contract.ts";

describe("slow modes", () => {
  const objective = objectiveOn(tastes(), { l2: 1.5 });
  let trained: Trained;
  let modes: SlowModes;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
    modes = await slowModesOf(objective, trained.params, run);
  });

  test("are pairs of S·v = w·M·v, with vᵀMv = 1, slow, and off the rotations", () => {
    const session = kernels.open(objective.problem);
    session.setPoint(trained.params);
    session.factorise("user");
    session.factorise("item");
    const m = blockPreconditioner(objective.problem, session);
    expect(modes.vectors.length).toBeGreaterThan(2);
    const project = rotationProjection(
      trained.params,
      session.parameterCount - session.reducedCount,
      20,
      3,
      session.stride,
    );
    modes.vectors.forEach((v, k) => {
      const w = modes.values[k];
      expect(w).toBeGreaterThan(0);
      expect(w).toBeLessThan(0.35);
      const product = new Float64Array(v.length);
      session.schurProduct(v, product);
      project(product);
      // M·v is not at hand, M⁻¹ is: M⁻¹·S·v = w·v, and vᵀ·S·v = w.
      expectNear([dot(v, product)], [w], 1e-6);
      const back = new Float64Array(v.length);
      m.apply(product, back);
      addScaled(back, -w, v);
      expect(norm(back)).toBeLessThan(0.3 * w * norm(v));
    });
  });

  test("make a preconditioner that is still symmetric and positive definite", () => {
    const session = kernels.open(objective.problem);
    session.setPoint(trained.params);
    session.factorise("item");
    const both = deflated(blockPreconditioner(objective.problem, session), modes);
    const { values, order } = denseOf(both);
    for (let r = 0; r < order; r++)
      for (let c = 0; c < r; c++) expect(Math.abs(values[r * order + c] - values[c * order + r])).toBeLessThan(1e-10);
    expect(symmetricEigen(values, order).values[order - 1]).toBeGreaterThan(0);
  });
});

describe.each(forms)("the smallest curvature: %s", (_, form) => {
  const objective = factorization(
    { ...form, l2: 0.7 * form.l2 },
    tastes().select(rowsWhere(tastes(), ([u]) => u < 14)),
  );
  const inside = factorization(objective.settings, objective.interactions);

  test("is the smallest eigenvalue of H off the rotations, or a little above", async () => {
    const { params } = await train(inside, { kernels, tolerance: 1e-11 });
    const session = kernels.open(inside.problem);
    session.setPoint(params);
    const { values } = denseOf(hessianOperator(session, "full"));
    const n = inside.parameterCount;
    const { stride } = placesOf(inside.shape);
    const project = rotationProjection(params, 0, 50, 3, stride);
    // Empty rows have no curvature of their own under interaction L2: they are in no term.
    const { byUser, byItem } = inside.interactions;
    const empty = (k: number) => {
      const row = Math.floor(k / stride);
      if (row >= 50) return false;
      const [start, at] = row < 30 ? [byUser.start, row] : [byItem.start, row - 30];
      return start[at] === start[at + 1];
    };
    const columns = Array.from({ length: n }, (_, c) => {
      const column = Float64Array.from({ length: n }, (_, r) => values[r * n + c]);
      return column;
    });
    // Lift the rotations and the empty rows out of the way: H + 1e3·(I − P).
    const lifted = new Float64Array(n * n);
    for (let c = 0; c < n; c++) {
      const unit = new Float64Array(n);
      unit[c] = 1;
      const off = unit.slice();
      project(off);
      for (let r = 0; r < n; r++) lifted[r * n + c] = columns[c][r] + 1e3 * (unit[r] - off[r]);
      if (empty(c)) lifted[c * n + c] += 1e3;
    }
    const { values: eigenvalues } = symmetricEigen(lifted, n);
    const kappa = eigenvalues[n - 1];
    const found = await smallestCurvature(inside, params, run, 12);
    expect(kappa).toBeGreaterThan(0);
    expect(found).toBeGreaterThan(kappa * (1 - 1e-4));
    expect(found).toBeLessThan(kappa * 1.1);
  });
});

test("the local distance is about how far the optimum is", async () => {
  const objective = objectiveOn(tastes());
  const { params } = await train(objective, { kernels, tolerance: 1e-11 });
  const push = normals(params.length, 4);
  rotationProjection(params, 0, 50, 3, placesOf(objective.shape).stride)(push);
  const moved = params.map((x, k) => x + (1e-6 * push[k]) / norm(push));
  const { localDistance, curvature } = await certifyFactors(objective, moved, 1e-3, run, { curvature: true });
  expect(curvature).toBeGreaterThan(0);
  // ‖g‖ ≤ (largest eigenvalue)·‖Δ‖ and ≥ κ·‖Δ‖: never less than the truth, by more than the estimate of κ is off.
  expect(localDistance).toBeGreaterThan(0.9e-6);
  expect(localDistance).toBeLessThan(1e-6 * 1e3);
});

describe("factors that died out", () => {
  const strong = settingsOf({ regularizer: "interaction", l2: 0.36, l2Bias: 0.1 });

  test("come back where the data that remain have room for them", async () => {
    const objective = factorization(strong, tastes());
    const before = await train(objective, { kernels });
    const { stride } = placesOf(objective.shape);
    const size = (params: Float64Array, f: number) =>
      norm(params.filter((_, k) => k < 50 * stride && k % stride === f));
    // The premise: two factors, and three when three rows in ten have gone.
    expect(size(before.params, 2)).toBeLessThan(1e-6);
    const retain = objective.without(rowsWhere(objective.interactions, (_, row) => row % 10 < 3));
    const cold = await train(retain, { kernels, seed: 5 });
    expect(size(cold.params, 2)).toBeGreaterThan(0.1);
    const warm = await reoptimise(retain, before.params, { kernels });
    expect(warm.status).toBe("converged");
    expectNear([warm.value], [cold.value], 1e-10);
    expectNear(predictions(trainedAt(retain, warm.params)), predictions(cold), 1e-6);
  });

  test("come back all at once, from nothing", async () => {
    const objective = objectiveOn(tastes());
    const cold = await train(objective, { kernels });
    const { params, value } = await reoptimise(objective, new Float64Array(objective.parameterCount), { kernels });
    expectNear([value], [cold.value], 1e-10);
    expectNear(predictions(trainedAt(objective, params)), predictions(cold), 1e-6);
  });

  test("stay dead where there is no room: the start was the optimum, and remains it", async () => {
    const objective = factorization({ ...strong, l2: 0.44 }, tastes());
    const { params, value } = await train(objective, { kernels });
    const again = await reoptimise(objective, params, { kernels });
    expectNear([again.value], [value], 1e-12);
    const canonical = again.params.slice();
    canonicalise(objective.shape, canonical);
    expectNear(canonical, params, 1e-6);
    expect(evaluate(objective, again.params).value).toBe(again.value);
  });
});
