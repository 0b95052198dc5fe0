/** Laws of the preconditioner: on each of its blocks it is the inverse of that block of the Gauss-Newton Hessian. */

import { describe, expect, test } from "vitest";
import { modelKinds } from "../../../src/model/index.ts";
import type { ModelSettings } from "../../../src/model/model.ts";
import { placesOfRows, sharedPlaces } from "../../../src/model/tensors.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import { bpr, logistic } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { preconditionerOf } from "../../../src/training/newton/preconditioner.ts";
import { additiveObjective, around } from "../../support/additive.ts";
import { run } from "../../support/run.ts";
import { expectNear, normals, tastes } from "../../support/small.ts";

const damping = 0.25;

function objectiveOf(name: string): Objective {
  if (name === "mf by bpr") {
    const sampling = { perRow: 3, seed: 2, semantics: "frozen" } as const;
    const model = { factors: 3, biases: false };
    return differentiable({ ...around(modelKinds.mf, bpr, { model, l2: 1, l2Shared: 1 }), sampling }, tastes());
  }
  const tower = { layers: [4, 3], embedding: 2, activation: "squareplus" };
  const model: ModelSettings = name === "gmf" ? { factors: 3 } : tower;
  return differentiable(around(modelKinds[name], logistic, { model, l2: 1, l2Shared: 2 }), tastes());
}

/** Places of the vector that belong together: one row of a user or item in all tables, or everything that is shared. */
function blocksOf({ tensors }: Objective): number[][] {
  const places = (side: "user" | "item", row: number) => [...placesOfRows(tensors, side, [row])];
  return [places("user", 0), places("user", 3), places("item", 1), [...sharedPlaces(tensors)]];
}

describe.each(["gmf", "mlp", "neumf", "mf by bpr"])("%s", (name) => {
  test("H·x on a block, preconditioned, is x there", async () => {
    const objective = objectiveOf(name);
    const params = normals(objective.parameterCount, 5).map((x) => 0.5 * x);
    const apply = await preconditionerOf(objective, params, damping, run);
    for (const [k, block] of blocksOf(objective).entries()) {
      const x = new Float64Array(params.length);
      const values = normals(block.length, 10 + k);
      block.forEach((place, j) => {
        x[place] = values[j];
      });
      const product = new Float64Array(params.length);
      objective.hessianProduct(params, x, product, "gauss-newton");
      const own = new Float64Array(params.length);
      for (const place of block) own[place] = product[place] + damping * x[place];
      const back = new Float64Array(params.length);
      apply(own, back);
      // The ridge against rounding is 1e-10 of the block's trace.
      expectNear(back, x, 1e-7);
    }
  });

  test("is symmetric and positive", async () => {
    const objective = objectiveOf(name);
    const params = normals(objective.parameterCount, 6);
    const apply = await preconditionerOf(objective, params, damping, run);
    const [x, y] = [normals(params.length, 7), normals(params.length, 8)];
    const [ax, ay] = [new Float64Array(params.length), new Float64Array(params.length)];
    apply(x, ax);
    apply(y, ay);
    const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k], 0);
    expectNear([product(ax, y)], [product(x, ay)], 1e-10);
    expect(product(ax, x)).toBeGreaterThan(0);
  });
});

test("without blocks, damping is added to the one number of every tensor", async () => {
  const objective = additiveObjective(tastes(), logistic, { model: { local: false } });
  const params = normals(objective.parameterCount, 5);
  const inverses = async (damping: number) => {
    const apply = await preconditionerOf(objective, params, damping, run);
    const out = new Float64Array(params.length);
    apply(new Float64Array(params.length).fill(1), out);
    return out;
  };
  const [plain, damped] = [await inverses(0), await inverses(damping)];
  expectNear(
    damped.map((x, k) => 1 / x - 1 / plain[k]),
    new Float64Array(params.length).fill(damping),
    1e-10,
  );
});
