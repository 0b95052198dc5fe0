/** Influence as a derivative and as a difference: an independent weighted solver, dense Newton steps, and real retraining. */

import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { influenceFunction, leaveOneOut, newtonStep } from "../../src/influence/index.ts";
import { pseudoInverse } from "../../src/linear/index.ts";
import { score, scorer } from "../../src/model/factor-model.ts";
import { rotationProjection } from "../../src/model/gauge.ts";
import { median } from "../../src/numeric/statistics.ts";
import { norm } from "../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { fitTarget, scoreTarget, targetValue } from "../../src/objective/target.ts";
import { modelOf, type Trained, train } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import {
  allRows,
  evaluate,
  expectNear,
  forms,
  kernels,
  rowsWhere,
  settingsOf,
  tastes,
  triplesOf,
} from "../support/small.ts";
import { influenceOf, modelFrom } from "../support/trained.ts";
import { minimise, twinScore, type WeightedProblem } from "./dense-twin.ts";

/** Nine users and seven items, two ratings in three: nobody is left without rows when one goes. */
const few = plantedFactors({ users: 9, items: 7, ratings: 42, factors: 2, seed: 5 }).interactions;

describe.each(forms)("%s", (_, form) => {
  const settings = { ...form, factors: 2, l2: form.regularizer === "table" ? form.l2 / 3 : form.l2 / 2 };
  const objective = factorization(settings, few);
  const twin: WeightedProblem = { settings, triples: triplesOf(few), users: 9, items: 7 };
  const ones = new Array<number>(few.size).fill(1);
  let trained: Trained;
  let best: number[];
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-11 });
    best = minimise(twin, ones, trained.params);
  });

  test("the twin stands at the same optimum, factors and all", () => {
    const { stride } = placesOf(objective.shape);
    expect(norm(trained.params.filter((_, k) => k % stride < 2 && k < 16 * stride))).toBeGreaterThan(0.5);
    expectNear(best, trained.params, 1e-8);
    expect(twinScore(twin, best, 3, 2)).toBeCloseTo(score(modelOf(trained), 3, 2), 8);
  });

  test("the influence function is the slope of the re-optimised target in the row's weight", async () => {
    const rows = Uint32Array.of(0, 7, 13, few.size - 1);
    const pairs = [
      [few.users[7], few.items[7]],
      [0, 5],
      [8, 1],
    ] as const;
    const slopes = pairs.map(() => new Float64Array(rows.length));
    rows.forEach((row, k) => {
      const at = (weight: number) => {
        const weights = ones.slice();
        weights[row] = weight;
        return minimise(twin, weights, best);
      };
      // Central differences at two steps, extrapolated: the error is of the fourth order.
      const [a, b, c, d] = [at(1.02), at(0.98), at(1.01), at(0.99)];
      pairs.forEach(([u, i], n) => {
        const value = (theta: number[]) => twinScore(twin, theta, u, i);
        slopes[n][k] = (4 * ((value(c) - value(d)) / 0.02) - (value(a) - value(b)) / 0.04) / 3;
      });
    });
    for (const [n, [u, i]] of pairs.entries()) {
      const found = await influenceOf(influenceFunction, modelFrom(trained), scoreTarget(u, i), rows);
      expect(found.status).toBe("converged");
      expectNear(found.scores, slopes[n], 1e-5, { floor: 1e-3 });
    }
  });

  test("by conjugate gradients and by the dense pseudo-inverse it is the same", async () => {
    for (const target of [scoreTarget(2, 3), fitTarget(7, 0, 5)]) {
      const rows = allRows(few);
      const wanted = await influenceOf(influenceFunction, modelFrom(trained), target, rows, {
        solver: "pseudo-inverse",
      });
      const found = await influenceOf(influenceFunction, modelFrom(trained), target, rows, { tolerance: 1e-12 });
      expectNear(found.scores, wanted.scores, 1e-8, { floor: 1e-3 });
    }
  });

  test("with Gauss-Newton it is the dense solve without the residuals' curvature", async () => {
    const session = kernels.open(objective.problem);
    session.setPoint(trained.params);
    const { values, order } = denseOf(hessianOperator(session, "gauss-newton"));
    const solver = pseudoInverse().prepare({ order, values });
    const target = scoreTarget(2, 3);
    const gradient = (row: number) => {
      const without = objective.without(Uint32Array.of(row));
      const [all, less] = [evaluate(objective, trained.params), evaluate(without, trained.params)];
      return all.gradient.map((g, k) => g - less.gradient[k]);
    };
    const slope = new Float64Array(order);
    const h = 1e-6;
    for (let k = 0; k < order; k++) {
      const value = (by: number) => {
        const params = trained.params.map((x, at) => (at === k ? x + by : x));
        return targetValue(target, scorer({ ...modelOf(trained), params }));
      };
      slope[k] = (value(h) - value(-h)) / (2 * h);
    }
    const { value } = await solver.solve(slope);
    const rows = Uint32Array.of(1, 8, 20);
    const settings = { solver: "pseudo-inverse", curvature: "gauss-newton" };
    const found = await influenceOf(influenceFunction, modelFrom(trained), target, rows, settings);
    expectNear(
      found.scores,
      Array.from(rows, (row) => -gradient(row).reduce((sum, g, k) => sum + g * value[k], 0)),
      1e-7,
      { floor: 1e-3 },
    );
  });

  test("a Newton step is the dense one, the items' rotations projected out", async () => {
    const { itemsAt, stride } = placesOf(objective.shape);
    const n = objective.parameterCount;
    const target = scoreTarget(4, 4);
    const rows = Uint32Array.of(2, 9, 17);
    const found = await influenceOf(newtonStep, modelFrom(trained), target, rows, { tolerance: 1e-12 });
    expect(found.status).toBe("converged");
    for (const [k, row] of rows.entries()) {
      const retain = objective.without(Uint32Array.of(row));
      const session = kernels.open(retain.problem);
      session.setPoint(trained.params);
      const { values } = denseOf(hessianOperator(session, "full"));
      const { gradient } = evaluate(retain, trained.params);
      const block = (rowsFrom: number, rowsTo: number, from: number, to: number) =>
        Array.from({ length: rowsTo - rowsFrom }, (_, r) =>
          Array.from({ length: to - from }, (_, c) => values[(rowsFrom + r) * n + from + c]),
        );
      const [huu, hur] = [block(0, itemsAt, 0, itemsAt), block(0, itemsAt, itemsAt, n)];
      const hrr = block(itemsAt, n, itemsAt, n);
      const m = n - itemsAt;
      // S = H_rr − H_ru·H_uu⁻¹·H_ur and its right-hand side, column by column.
      const eliminated = Array.from({ length: m }, (_, c) =>
        eliminate(
          huu,
          hur.map((r) => r[c]),
        ),
      );
      const own = eliminate(huu, Array.from(gradient.subarray(0, itemsAt)));
      const schur = Array.from({ length: m }, (_, r) =>
        Array.from({ length: m }, (_, c) => hrr[r][c] - hur.reduce((sum, h, u) => sum + h[r] * eliminated[c][u], 0)),
      );
      const side = Array.from(
        { length: m },
        (_, r) => gradient[itemsAt + r] - hur.reduce((s, h, u) => s + h[r] * own[u], 0),
      );
      const project = rotationProjection(trained.params, itemsAt, 7, 2, stride);
      const projected = schur.map((r) => {
        const line = Float64Array.from(r);
        project(line);
        return line;
      });
      const both = new Float64Array(m * m);
      for (let c = 0; c < m; c++) {
        const column = Float64Array.from(projected, (r) => r[c]);
        project(column);
        column.forEach((x, r) => {
          both[r * m + c] = x;
        });
      }
      const rhs = Float64Array.from(side);
      project(rhs);
      const { value } = await pseudoInverse(1e-10).prepare({ order: m, values: both }).solve(rhs);
      const back = eliminate(
        huu,
        Array.from(gradient.subarray(0, itemsAt), (g, u) => g - hur[u].reduce((s, h, c) => s + h * value[c], 0)),
      );
      const params = trained.params.map((x, at) => x - (at < itemsAt ? back[at] : value[at - itemsAt]));
      const after = targetValue(target, scorer({ ...modelOf(trained), params }));
      expectNear([found.scores[k]], [targetValue(target, scorer(modelOf(trained))) - after], 1e-8, { floor: 1e-3 });
    }
  });
});

describe("on a set where one rating matters", () => {
  const objective = factorization(settingsOf({ l2: 5, l2Bias: 5 }), tastes());
  const target = scoreTarget(12, 13);
  const rows = rowsWhere(objective.interactions, ([u, i]) => u === 12 || i === 13);
  let trained: Trained;
  let truth: Float64Array;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
    truth = (await influenceOf(leaveOneOut, modelFrom(trained), target, rows)).scores;
  });

  test("leave-one-out is retraining from scratch with another seed", async () => {
    const before = targetValue(target, scorer(modelOf(trained)));
    for (const [k, row] of rows.subarray(0, 8).entries()) {
      const again = await train(objective.without(Uint32Array.of(row)), { kernels, seed: 23 });
      expectNear([truth[k]], [before - targetValue(target, scorer(modelOf(again)))], 1e-7);
    }
  });

  test("leave-one-out knows no order: a fit is asked exactly, not by its slope", async () => {
    const fit = fitTarget(12, 13, 5);
    const found = (await influenceOf(leaveOneOut, modelFrom(trained), fit, rows)).scores;
    const before = targetValue(target, scorer(modelOf(trained)));
    const wanted = truth.map((x) => fit.of(Float64Array.of(before)) - fit.of(Float64Array.of(before - x)));
    expectNear(found, wanted, 1e-8);
    const linear = truth.map((x) => fit.slopes(Float64Array.of(before))[0] * x);
    expect(Math.max(...found.map((x, k) => Math.abs(x - linear[k])))).toBeGreaterThan(1e-4);
  });

  test("a Newton step is nearer to it than the influence function, and that overshoots nothing but size", async () => {
    const errorsOf = async (estimator: typeof newtonStep) => {
      const { scores } = await influenceOf(estimator, modelFrom(trained), target, rows);
      return Array.from(scores, (x, k) => Math.abs(x - truth[k]));
    };
    const [newton, first] = [await errorsOf(newtonStep), await errorsOf(influenceFunction)];
    expect(median(newton)).toBeLessThan(0.2 * median(first));
    expect(newton.filter((x, k) => x < first[k]).length).toBeGreaterThan(0.8 * rows.length);
  });

  test("a solver that breaks down is heard", async () => {
    // The whole Hessian is singular along the rotations: undamped Cholesky must not pass for an answer.
    const found = await influenceOf(influenceFunction, modelFrom(trained), target, rows, { solver: "cholesky" });
    const wanted = await influenceOf(influenceFunction, modelFrom(trained), target, rows);
    const right = found.scores.every((x, k) => Math.abs(x - wanted.scores[k]) < 1e-5);
    expect(found.status === "breakdown" || right).toBe(true);
  });
});
