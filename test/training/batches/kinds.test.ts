/** Training of every kind of model: with small batches and by Newton's method, on any number of threads. */

import { describe, expect, test } from "vitest";
import type { MatrixKernels } from "../../../src/kernel/matrices/matrices.ts";
import { wasmMatrices } from "../../../src/kernel/matrices/wasm.ts";
import { wasmTriples } from "../../../src/kernel/triples/wasm.ts";
import { modelKinds } from "../../../src/model/index.ts";
import type { ModelSettings } from "../../../src/model/model.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import { bpr, logistic, multinomial } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { type Recipe, standardRecipe } from "../../../src/training/batches/recipe.ts";
import { trainByBatches } from "../../../src/training/batches/train.ts";
import { newtonMinimise } from "../../../src/training/newton/newton.ts";
import { smallSettings } from "../../model/small-settings.ts";
import { around } from "../../support/additive.ts";
import { matrices, run, runWith } from "../../support/run.ts";
import { tastes } from "../../support/small.ts";

const recipe: Recipe = { ...standardRecipe, learningRate: 0.02, batch: 16, epochs: 2 };

/** BPR goes to kernels of its own where there are no biases. */
const cases: readonly (readonly [string, string, ModelSettings])[] = [
  ["mf without biases", "mf", { factors: 3, biases: false }],
  ["mf with the items' biases", "mf", { factors: 3, biases: "items" }],
  ...Object.keys(modelKinds)
    .filter((name) => name !== "mf")
    .map((name) => [name, name, smallSettings[name][0]] as const),
];

function objectiveOf(name: string, model: ModelSettings, using: MatrixKernels = matrices): Objective {
  const loss = name === "mult-vae" ? multinomial : name === "light-gcn" || name === "mf" ? bpr : logistic;
  return differentiable(around(modelKinds[name], loss, { model, l2: 1, l2Shared: 1 }), tastes(), undefined, {
    matrices: using,
  });
}

describe.each(cases)("%s", (_, name, model) => {
  test("trains to the same bytes on one thread and on two", async () => {
    const results: Uint8Array[] = [];
    for (const threads of [1, 2]) {
      const [own, triples] = [wasmMatrices({ threads, serialBelow: 0 }), wasmTriples({ threads, serialBelow: 0 })];
      while (threads > 1 && !(own.ready() && triples.ready())) await new Promise((resolve) => setTimeout(resolve, 2));
      const context = runWith({ matrices: own, triples });
      const { params } = await trainByBatches(objectiveOf(name, model, own), recipe, context, { seed: 1 });
      const { params: better } = await newtonMinimise(objectiveOf(name, model, own), params, context, { maxSteps: 2 });
      await Promise.all([own.close(), triples.close()]);
      results.push(new Uint8Array(params.buffer), new Uint8Array(better.buffer));
    }
    expect(Buffer.from(results[0]).equals(results[2])).toBe(true);
    expect(Buffer.from(results[1]).equals(results[3])).toBe(true);
  });

  test("comes down by epochs and then by Newton's method, to a stationary point where J is smooth", async () => {
    const objective = objectiveOf(name, model);
    const start = (await trainByBatches(objective, { ...recipe, epochs: 0 }, run, { seed: 1 })).value;
    const trained = await trainByBatches(objective, { ...recipe, epochs: 20 }, run, { seed: 1 });
    const found = await newtonMinimise(objective, trained.params, run, { maxSteps: 60 });
    expect(trained.value).toBeLessThan(start);
    expect(found.value).toBeLessThan(trained.value);
    const gradient = new Float64Array(found.params.length);
    objective.evaluate(found.params, gradient);
    // Kernels of its own add in another order.
    if (name === "mf" && model.biases === false)
      expect(Math.abs(norm(gradient) - found.gradientNorm)).toBeLessThan(1e-12);
    else expect(norm(gradient)).toBe(found.gradientNorm);
    // With ReLU the minimum may lie in a kink, where no gradient vanishes.
    if (name !== "mlp" && name !== "neumf") expect(found.status).toBe("converged");
  });
});
