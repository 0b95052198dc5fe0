/** Laws of J without the larger side: it is J at the larger side's optimum, its gradient is that of J there, its blocks are those of its Hessian. */

import { describe, expect, test } from "vitest";
import { choleskyInPlace, invertFromCholesky } from "../../../../src/numeric/dense.ts";
import { factorization, placesOf } from "../../../../src/objective/factorization.ts";
import { ownBlocks } from "../../../../src/training/factors/thin/own-blocks.ts";
import { reducedObjective } from "../../../../src/training/factors/thin/reduced.ts";
import { thinRows, transposed } from "../../../../src/training/factors/thin/rows.ts";
import { run } from "../../../support/run.ts";
import { anyParams, evaluate, expectNear, forms, kernels } from "../../../support/small.ts";
import { exchanged, thinSet } from "./support.ts";

describe.each(forms)("%s", async (_, settings) => {
  const objective = factorization(settings, thinSet());
  const reduced = reducedObjective(await thinRows(objective.problem, run.yieldToEventLoop), run.yieldToEventLoop);
  const { stride, itemsAt } = placesOf(objective.shape);
  // Zeros where nothing else holds a row: under interaction L2 a row without ratings is free.
  const point = anyParams(objective).slice(itemsAt);
  point.fill(0, 8 * stride, 9 * stride);

  test("its value and gradient are those of J where the users stand at their optima", async () => {
    const gradient = new Float64Array(reduced.size);
    const value = await reduced.evaluate(point, gradient);
    const params = new Float64Array([...(await reduced.expand(point)), ...point]);
    const whole = evaluate(objective, params);
    expectNear([value], [whole.value], 1e-12);
    expectNear(gradient, whole.gradient.subarray(itemsAt), 1e-11);
    expectNear(whole.gradient.subarray(0, itemsAt), new Float64Array(itemsAt), 1e-11);
  });

  test("exchanging the sides of the set and of the problem changes nothing", async () => {
    const other = factorization(settings, exchanged(thinSet()));
    const again = reducedObjective(
      await thinRows(transposed(other.problem), run.yieldToEventLoop),
      run.yieldToEventLoop,
    );
    const [one, two] = [new Float64Array(reduced.size), new Float64Array(reduced.size)];
    expectNear([await again.evaluate(point, two)], [await reduced.evaluate(point, one)], 1e-12);
    expectNear(two, one, 1e-11);
  });

  test("its own blocks are 0.99 of the Schur complement's and 0.01 of the Hessian's", async () => {
    const blocks = await ownBlocks(reduced, point);
    const session = kernels.open(objective.problem);
    session.setPoint(new Float64Array([...(await reduced.expand(point)), ...point]));
    session.factorise("user");
    const unit = new Float64Array(reduced.size);
    const [schur, plain] = [new Float64Array(reduced.size), new Float64Array(objective.parameterCount)];
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
