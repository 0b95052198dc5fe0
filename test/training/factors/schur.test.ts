/** Laws of solving with the Hessian: the dense pseudo-inverse off the rotations, and the null modes, counted. */

import { beforeAll, describe, expect, test } from "vitest";
import type { FactorSession } from "../../../src/kernel/kernels.ts";
import { pseudoInverse } from "../../../src/linear/pseudo-inverse.ts";
import { rotationProjection } from "../../../src/model/gauge.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { dot, norm } from "../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../../src/objective/hessian.ts";
import { addRowGradient, addScoreGradient } from "../../../src/objective/row-gradient.ts";
import { blockPreconditioner } from "../../../src/training/factors/preconditioner.ts";
import { solveHessian } from "../../../src/training/factors/schur.ts";
import { modelOf, type Trained, train } from "../../../src/training/index.ts";
import { run } from "../../support/run.ts";
import { expectNear, forms, interactionsFrom, kernels, normals, tastes, triplesOf } from "../../support/small.ts";

// A dozen users and ten items of the set, so that the dense twin is small.
const few = interactionsFrom(
  triplesOf(tastes()).filter(([user, item]) => user < 12 && item < 10),
  12,
  10,
);

describe.each(forms)("%s", (_, form) => {
  // A dozen users carry less signal: a third of the L2 keeps factors alive.
  const settings = { ...form, l2: form.regularizer === "table" ? form.l2 / 3 : form.l2 / 2 };
  const objective = factorization(settings, few);
  const n = objective.parameterCount;
  let trained: Trained;
  let session: FactorSession;
  let dense: { order: number; values: Float64Array };
  let project: (vector: Float64Array) => void;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-11 });
    session = kernels.open(objective.problem);
    session.setPoint(trained.params);
    session.factorise("user");
    session.factorise("item");
    dense = denseOf(hessianOperator(session, "full"));
    const { userCount, itemCount, factors } = objective.shape;
    project = rotationProjection(trained.params, 0, userCount + itemCount, factors, session.stride);
  });

  test("H has r·d − r(r + 1)/2 null modes at an optimum of rank r, and no negative ones", () => {
    const { stride } = placesOf(objective.shape);
    const size = (f: number) => norm(trained.params.filter((_, k) => k % stride === f && k < 22 * stride));
    const rank = [0, 1, 2].filter((f) => size(f) > 1e-5).length;
    const { values } = symmetricEigen(dense.values, n);
    const zeros = Array.from(values).filter((x) => Math.abs(x) < 1e-8 * values[0]).length;
    expect(rank).toBeGreaterThan(0);
    expect(zeros).toBe(rank * 3 - (rank * (rank + 1)) / 2);
    expect(values[n - 1]).toBeGreaterThan(-1e-8);
  });

  test("solves like the dense pseudo-inverse, for gradients of scores and of rows", async () => {
    const exact = pseudoInverse().prepare(dense);
    const sides = [0, 5, 11].map((user) => {
      const gradient = new Float64Array(n);
      addScoreGradient(objective, trained.params, user, (3 * user) % 10, 1, gradient);
      return gradient;
    });
    for (const row of [0, 20]) {
      const gradient = new Float64Array(n);
      addRowGradient(objective, modelOf(trained), row, 1, gradient);
      sides.push(gradient);
    }
    for (const side of sides) {
      const kept = side.slice();
      const { value, status, residual } = await solveHessian(objective, session, side, run, { tolerance: 1e-12 });
      expect(status).toBe("converged");
      expect(residual).toBeLessThanOrEqual(1e-12);
      expect(side).toEqual(kept);
      const product = new Float64Array(n);
      session.hessianProduct(value, product, "full");
      expectNear(product, side, 1e-9);
      const wanted = (await exact.solve(side)).value;
      project(value);
      expectNear(value, wanted, 1e-7);
      // What influence is made of does not see the rotations at all.
      for (const other of sides) expectNear([dot(value, other)], [dot(wanted, other)], 1e-9);
    }
  });

  test("off the optimum too, H·x is the right-hand side where the rotations are not asked", async () => {
    const away = trained.params.map((x, k) => x + 1e-3 * normals(n, 3)[k]);
    const other = kernels.open(objective.problem);
    other.setPoint(away);
    other.factorise("user");
    other.factorise("item");
    const side = new Float64Array(n);
    addScoreGradient(objective, away, 2, 3, 1, side);
    const { value, status } = await solveHessian(objective, other, side, run, { tolerance: 1e-12 });
    expect(status).toBe("converged");
    const left = new Float64Array(n);
    other.hessianProduct(value, left, "full");
    for (let k = 0; k < n; k++) left[k] -= side[k];
    const { itemsAt } = placesOf(objective.shape);
    // Users are eliminated exactly; the items' equations hold off the rotations of the items.
    expect(norm(left.subarray(0, itemsAt))).toBeLessThan(1e-10);
    const rest = left.slice(itemsAt);
    rotationProjection(away, itemsAt, 10, 3, other.stride)(rest);
    expect(norm(rest)).toBeLessThan(1e-9);
  });

  test("the preconditioner is symmetric and positive definite", () => {
    const m = blockPreconditioner(objective.problem, session);
    const [x, y] = [normals(m.size, 1), normals(m.size, 2)];
    const [mx, my] = [new Float64Array(m.size), new Float64Array(m.size)];
    m.apply(x, mx);
    m.apply(y, my);
    expectNear([dot(mx, y)], [dot(x, my)], 1e-12);
    expect(dot(mx, x)).toBeGreaterThan(0);
    const { values } = symmetricEigen(denseOf(m).values, m.size);
    expect(values[m.size - 1]).toBeGreaterThan(0);
  });
});
