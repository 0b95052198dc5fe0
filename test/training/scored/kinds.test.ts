/** Training of every kind of model: with small batches and by Newton's method, on any number of threads. */

import { afterEach, describe, expect, test } from "vitest";
import { defaultMatrices, useMatrices } from "../../../src/kernel/default.ts";
import { wasmMatrices } from "../../../src/kernel/matrices/wasm.ts";
import { modelKinds } from "../../../src/model/index.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { bpr, logistic, multinomial } from "../../../src/objective/loss.ts";
import { type ScoredObjective, scoredObjective } from "../../../src/objective/scored.ts";
import { type Recipe, standardRecipe } from "../../../src/training/recipe.ts";
import { minimiseScored } from "../../../src/training/scored/newton.ts";
import { trainScored } from "../../../src/training/scored/train.ts";
import { smallSettings } from "../../model/small-settings.ts";
import { tastes } from "../../small.ts";
import { around } from "./additive.ts";

const recipe: Recipe = { ...standardRecipe, learningRate: 0.02, batch: 16, epochs: 2 };

function objectiveOf(name: string): ScoredObjective {
  const loss = name === "mult-vae" ? multinomial : name === "light-gcn" || name === "mf" ? bpr : logistic;
  const over = { model: smallSettings[name][0], l2: 1, l2Shared: 1 };
  return scoredObjective(around(modelKinds[name], loss, over), tastes());
}

describe.each(Object.keys(modelKinds))("%s", (name) => {
  const before = defaultMatrices();
  afterEach(() => useMatrices(before));

  test("trains to the same bytes on one thread and on two", async () => {
    const results: Uint8Array[] = [];
    for (const threads of [1, 2]) {
      const matrices = wasmMatrices({ threads, serialBelow: 0 });
      while (threads > 1 && !matrices.ready()) await new Promise((resolve) => setTimeout(resolve, 2));
      useMatrices(matrices);
      const { params } = await trainScored(objectiveOf(name), recipe, { seed: 1 });
      const { params: better } = await minimiseScored(objectiveOf(name), params, { maxSteps: 2 });
      await matrices.close();
      results.push(new Uint8Array(params.buffer), new Uint8Array(better.buffer));
    }
    expect(Buffer.from(results[0]).equals(results[2])).toBe(true);
    expect(Buffer.from(results[1]).equals(results[3])).toBe(true);
  });

  test("comes down by epochs and then by Newton's method, to a stationary point where J is smooth", async () => {
    const objective = objectiveOf(name);
    const start = (await trainScored(objective, { ...recipe, epochs: 0 }, { seed: 1 })).value;
    const trained = await trainScored(objective, { ...recipe, epochs: 20 }, { seed: 1 });
    const found = await minimiseScored(objective, trained.params, { maxSteps: 60 });
    expect(trained.value).toBeLessThan(start);
    expect(found.value).toBeLessThan(trained.value);
    const gradient = new Float64Array(found.params.length);
    objective.evaluate(found.params, gradient);
    expect(norm(gradient)).toBe(found.gradientNorm);
    // With ReLU the minimum may lie in a kink, where no gradient vanishes.
    if (name !== "mlp" && name !== "neumf") expect(found.status).toBe("converged");
  });
});
