/** Laws of J without the larger side: it is J at the larger side's optimum, its gradient is that of J there, its blocks are those of its Hessian. */

import { describe, expect, test } from "vitest";
import { choleskyInPlace, invertFromCholesky } from "../../../../src/numeric/dense.ts";
import { factorization, placesOf } from "../../../../src/objective/factorization.ts";
import { ownBlocks } from "../../../../src/training/factors/thin/own-blocks.ts";
import { thinRows, transposed, transposedPoint } from "../../../../src/training/factors/thin/rows.ts";
import { run } from "../../../support/run.ts";
import { anyParams, evaluate, expectNear, forms, kernels } from "../../../support/small.ts";
import { exchanged, thinSet } from "./support.ts";

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, thinSet());
  const { stride, itemsAt } = placesOf(objective.shape);
  // Zeros where nothing else holds a row: under interaction L2 a row without ratings is free.
  const point = anyParams(objective).slice(itemsAt);
  point.fill(0, 8 * stride, 9 * stride);

  test("at any point of the items users stand at their optima: J and its slope are those there, pairs rated twice and all", () => {
    const session = kernels.open(objective.problem);
    const gradient = new Float64Array(session.reducedCount);
    const value = session.optimiseUsers(point, gradient);
    const params = new Float64Array(session.parameterCount);
    session.getPoint(params);
    session.close();
    const whole = evaluate(objective, params);
    expectNear([value], [whole.value], 1e-12);
    expectNear(gradient, whole.gradient.subarray(itemsAt), 1e-11);
    expectNear(whole.gradient.subarray(0, itemsAt), new Float64Array(itemsAt), 1e-11);
  });

  test("exchanging the sides of the set and of the problem changes nothing", () => {
    const { problem } = factorization(settings, exchanged(thinSet()));
    const params = anyParams(objective);
    const turned = transposed(problem);
    const there = transposedPoint(turned, params);
    expect(transposedPoint(problem, there)).toEqual(params);
    const [one, two] = [objective.problem, turned].map((each) => {
      const session = kernels.open(each);
      const gradient = new Float64Array(session.parameterCount);
      session.setPoint(params);
      const value = session.evaluate(gradient);
      session.close();
      return { value, gradient };
    });
    const back = kernels.open(problem);
    back.setPoint(there);
    const slopes = new Float64Array(back.parameterCount);
    expectNear([two.value, back.evaluate(slopes)], [one.value, one.value], 1e-12);
    back.close();
    expectNear(two.gradient, one.gradient, 1e-11);
    expectNear(transposedPoint(problem, slopes), one.gradient, 1e-11);
  });

  test("its own blocks are 0.99 of the Schur complement's and 0.01 of the Hessian's", async () => {
    const session = kernels.open(objective.problem);
    const [schur, plain] = [new Float64Array(session.reducedCount), new Float64Array(objective.parameterCount)];
    session.optimiseUsers(point, schur);
    session.getPoint(plain);
    const rows = await thinRows(objective.problem, run.yieldToEventLoop);
    const blocks = await ownBlocks(rows, { users: plain, reduced: point }, run.yieldToEventLoop);
    session.factorise("user");
    const unit = new Float64Array(session.reducedCount);
    let definite = 0;
    for (let i = 0; i < 8; i++) {
      const wanted = new Float64Array(stride * stride);
      for (let f = 0; f < stride; f++) {
        unit.fill(0)[i * stride + f] = 1;
        session.schurProduct(unit, schur);
        const whole = new Float64Array(objective.parameterCount);
        whole.set(unit, itemsAt);
        session.hessianProduct(whole, plain, "full");
        for (let g = 0; g < stride; g++)
          wanted[g * stride + f] = 0.99 * schur[i * stride + g] + 0.01 * plain[itemsAt + i * stride + g];
      }
      if (!choleskyInPlace(wanted, stride)) continue;
      definite++;
      invertFromCholesky(wanted, stride, new Float64Array(stride * stride));
      expectNear(blocks.subarray(i * stride * stride, (i + 1) * stride * stride), wanted, 1e-9);
    }
    session.close();
    expect(definite).toBeGreaterThan(2);
  });
});
