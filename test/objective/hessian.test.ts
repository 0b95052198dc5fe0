/** Laws of the Hessian as an operator: the slope of the gradient, symmetry, and Gauss-Newton as a sum of squares. */

import { describe, expect, test } from "vitest";
import { factorization, placesOf } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { addScoreGradient, penaltyOf } from "../../src/objective/row-gradient.ts";
import { anyParams, evaluate, expectNear, forms, kernels, normals, scraps } from "../support/small.ts";

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, scraps());
  const params = anyParams(objective);
  const n = params.length;
  const session = kernels.open(objective.problem);
  session.setPoint(params);
  const full = denseOf(hessianOperator(session, "full"));

  test("the dense twin multiplies like the operator", () => {
    const v = normals(n, 3);
    const out = new Float64Array(n);
    hessianOperator(session, "full").apply(v, out);
    const wanted = Float64Array.from({ length: n }, (_, r) =>
      v.reduce((sum, x, c) => sum + full.values[r * n + c] * x, 0),
    );
    expectNear(out, wanted);
  });

  test("it is symmetric, and the slope of the gradient", () => {
    const h = 1e-5;
    for (let c = 0; c < n; c++) {
      const moved = (by: number) =>
        evaluate(
          objective,
          params.map((x, k) => (k === c ? x + by : x)),
        ).gradient;
      const after = moved(h);
      const slope = moved(-h).map((x, k) => (after[k] - x) / (2 * h));
      expectNear(full.values.slice(c * n, (c + 1) * n), slope, 1e-8, { what: `row ${c}` });
    }
    for (let r = 0; r < n; r++)
      for (let c = 0; c < r; c++) expect(Math.abs(full.values[r * n + c] - full.values[c * n + r])).toBeLessThan(1e-13);
  });

  test("Gauss-Newton is Σ ∇score ∇scoreᵀ and the penalty", () => {
    const wanted = new Float64Array(n * n);
    const { users, items, size } = objective.interactions;
    for (let row = 0; row < size; row++) {
      const slope = new Float64Array(n);
      addScoreGradient(objective, params, users[row], items[row], 1, slope);
      for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) wanted[r * n + c] += slope[r] * slope[c];
    }
    const { stride, itemsAt, meanAt } = placesOf(objective.shape);
    const { byUser, byItem } = objective.interactions;
    for (let k = 0; k < n; k++) {
      if (k === meanAt) continue;
      const { start } = k < itemsAt ? byUser : byItem;
      const at = Math.floor((k < itemsAt ? k : k - itemsAt) / stride);
      const scale = settings.regularizer === "table" ? 1 : start[at + 1] - start[at];
      wanted[k * n + k] += scale * penaltyOf(objective, k % stride);
    }
    expectNear(denseOf(hessianOperator(session, "gauss-newton")).values, wanted);
  });
});
