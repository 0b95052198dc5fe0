/** Laws of what surrounds a trained model: slow modes, smallest curvature, and rank recovery. */

import { beforeAll, describe, expect, test } from "vitest";
import type { FactorKernels } from "../../../src/kernel/kernels.ts";
import { canonicalise, rotationProjection } from "../../../src/model/gauge.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { addScaled, dot, norm } from "../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../../src/objective/hessian.ts";
import type { Progress } from "../../../src/run.ts";
import { smallestCurvature } from "../../../src/training/factors/curvature.ts";
import { blockPreconditioner } from "../../../src/training/factors/preconditioner.ts";
import { recoverRank } from "../../../src/training/factors/rank-recovery.ts";
import { descend, finish } from "../../../src/training/factors/reoptimise.ts";
import { deflated, type SlowModes, slowModesOf } from "../../../src/training/factors/slow-modes.ts";
import { certifyFactors, reoptimise, type Trained, train } from "../../../src/training/index.ts";
import { eliminate } from "../../support/dense.ts";
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

  test("are off the rotations where the model is not quite at an optimum, too", async () => {
    // Off the optimum rotations have curvature of the gradient's size.
    const away = trained.params.map((x, k) => x + 0.02 * normals(trained.params.length, 3)[k]);
    const { vectors } = await slowModesOf(objective, away, run);
    const session = kernels.open(objective.problem);
    session.setPoint(away);
    session.factorise("item");
    const { values, order } = denseOf(blockPreconditioner(objective.problem, session));
    const inverse = Array.from({ length: order }, (_, r) => Array.from(values.subarray(r * order, (r + 1) * order)));
    const itemsAt = session.parameterCount - session.reducedCount;
    const project = rotationProjection(away, itemsAt, 20, 3, session.stride);
    expect(vectors.length).toBeGreaterThan(2);
    for (const v of vectors) {
      const weighed = Float64Array.from(eliminate(inverse, Array.from(v)));
      const off = weighed.slice();
      project(off);
      // The last steps of Lanczos, where the space is exhausted, are rounding in part.
      expectNear(off, weighed, 1e-4);
    }
  });

  test.each([[[17]], [[40, 41, 42, 43, 100, 200]]])("make the way shorter without rows %j", async (rows) => {
    const passes = async (slowModes?: SlowModes) => {
      let count = 0;
      const onProgress = ({ phase }: Progress) => {
        if (phase === "relaxing") count++;
      };
      const retain = objective.without(Uint32Array.from(rows));
      const found = await reoptimise(retain, trained.params, { kernels, slowModes, onProgress });
      expect(found.status).toBe("converged");
      return count;
    };
    expect(await passes(modes)).toBeLessThan(0.9 * (await passes()));
  });

  test("are taken by the preconditioner for the most part, and not beyond", () => {
    const session = kernels.open(objective.problem);
    session.setPoint(trained.params);
    session.factorise("user");
    session.factorise("item");
    const both = deflated(blockPreconditioner(objective.problem, session), modes);
    expect(Math.max(...modes.values)).toBeGreaterThan(0.25);
    modes.vectors.forEach((v, k) => {
      const [product, step] = [new Float64Array(v.length), new Float64Array(v.length)];
      session.schurProduct(v, product);
      both.apply(product, step);
      // vᵀSv = w: this is the share of v that one step takes, which without the modes is w.
      const share = dot(step, product) / modes.values[k];
      expect(share).toBeLessThan(1.05);
      expect(share).toBeGreaterThan(Math.min(0.7, 8 * modes.values[k]));
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

  test.each([
    ["table", undefined],
    ["interaction", undefined],
    ["table", { base: 1, alpha: 2 }],
    ["interaction", { base: 1, alpha: 2 }],
  ] as const)("come back in the length at which J is least: %s L2, confidence %o", async (regularizer, confidence) => {
    const l2 = regularizer === "table" ? 2 : 0.2;
    const plain = { biases: false, mean: { kind: "fixed", value: 0 }, confidence } as const;
    const objective = objectiveOn(tastes(), { regularizer, l2, l2Bias: l2, ...(confidence ? plain : {}) });
    const { stride, meanAt } = placesOf(objective.shape);
    const { factors } = objective.shape;
    const points: Float64Array[] = [];
    const recording: FactorKernels = {
      ...kernels,
      open(problem) {
        const session = kernels.open(problem);
        const setPoint = (params: Float64Array) => {
          points.push(params.slice());
          session.setPoint(params);
        };
        return { ...session, setPoint };
      },
    };
    const start = new Float64Array(objective.parameterCount);
    if (meanAt >= 0) start[meanAt] = 3;
    await descend(objective, { kernels: recording }, async (descent) => {
      descent.session.setPoint(start);
      await recoverRank(descent);
      return finish(descent);
    });
    const isRevived = (k: number) => k < 50 * stride && k % stride === factors - 1;
    // The first point of all is nothing, so is the second, turned; the third has the factor.
    expect(points[1].every((x, k) => x === 0 || k === meanAt)).toBe(true);
    const valueAt = (scale: number) =>
      evaluate(
        objective,
        points[2].map((x, k) => (isRevived(k) ? scale * x : x)),
      ).value;
    expect(norm(points[2].filter((_, k) => isRevived(k)))).toBeGreaterThan(0.5);
    const [less, best, more] = [1 - 1e-3, 1, 1 + 1e-3].map(valueAt);
    expect(best).toBeLessThan(valueAt(0) - 0.1);
    // At a minimum the slope is nothing beside the curvature.
    expect(less + more - 2 * best).toBeGreaterThan(0);
    expect(Math.abs(more - less)).toBeLessThan(0.01 * (less + more - 2 * best));
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
