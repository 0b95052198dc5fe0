/** Laws of re-optimisation: from any nearby start it ends where training from scratch ends. */

import { describe, expect, test } from "vitest";
import { norm } from "../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { reoptimise, train } from "../../../src/training/index.ts";
import { anyParams, evaluate, expectNear, forms, kernels, rowsWhere, tastes, trainedAt } from "../../support/small.ts";
import { predictions } from "./trainer.contract.ts";

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, tastes());

  const forgotten: [string, (user: number, item: number, row: number) => boolean][] = [
    ["one row", (_u, _i, row) => row === 17],
    ["a user", (user) => user === 4],
    ["an item", (_, item) => item === 2],
    ["every third row", (_u, _i, row) => row % 3 === 0],
  ];
  test.each(forgotten)("without %s it equals training from scratch with another seed", async (_, wanted) => {
    const before = await train(objective, { kernels });
    const retain = objective.without(rowsWhere(objective.interactions, ([user, item], row) => wanted(user, item, row)));
    const warm = await reoptimise(retain, before.params, { kernels });
    const cold = await train(retain, { kernels, seed: 9 });
    expect(warm.status).toBe("converged");
    expect(norm(evaluate(retain, warm.params).gradient)).toBeLessThanOrEqual(1e-8);
    expectNear([warm.value], [cold.value], 1e-11);
    expectNear(predictions(trainedAt(retain, warm.params)), predictions(cold), 1e-6);
  });

  test("from a bad start it still ends at the optimum", async () => {
    const cold = await train(objective, { kernels });
    const warm = await reoptimise(objective, anyParams(objective), { kernels });
    expect(warm.status).toBe("converged");
    expectNear([warm.value], [cold.value], 1e-11);
  });

  test("at the optimum it stays, and the start is not written to", async () => {
    const { params } = await train(objective, { kernels });
    const kept = params.slice();
    const again = await reoptimise(objective, params, { kernels });
    expect(params).toEqual(kept);
    expectNear(again.params, params, 1e-7);
  });

  test("rows without ratings become zero, whatever they were", async () => {
    const retain = objective.without(rowsWhere(objective.interactions, ([user, item]) => user === 3 || item === 7));
    const { params } = await reoptimise(retain, anyParams(objective), { kernels });
    const { stride, itemsAt } = placesOf(objective.shape);
    for (const at of [3 * stride, itemsAt + 7 * stride])
      expect(params.subarray(at, at + stride).every((x) => x === 0)).toBe(true);
  });
});
