/** A hundred forgets and ten thousand explanations in one process leave memory flat: that of the kernels to the byte, the rest after its garbage has gone. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { plantedFactors } from "../src/data/synthetic.ts";
import { fastInfluence } from "../src/influence/index.ts";
import { wasmMatrices } from "../src/kernel/matrices/wasm.ts";
import { wasmTriples } from "../src/kernel/triples/wasm.ts";
import { wasmKernels } from "../src/kernel/wasm.ts";
import { interactionPlayers, measureOf } from "../src/method/index.ts";
import { modelKinds } from "../src/model/index.ts";
import type { ModelSettings } from "../src/model/model.ts";
import { objectiveSettings } from "../src/objective/factor-settings.ts";
import { bpr } from "../src/objective/loss.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../src/objective/objective.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { alsNewton, byBatches, standardRecipe, type TrainedModel } from "../src/training/index.ts";
import { exact } from "../src/unlearning/index.ts";
import { runWith } from "./support/run.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const factors = wasmKernels({ threads: 2 });
const matrices = wasmMatrices({ threads: 2 });
const triples = wasmTriples({ threads: 2 });
const context = runWith({ factors, matrices, triples });
afterAll(() => Promise.all([factors, matrices, triples].map((kernels) => kernels.close())));

/** Bytes that the kernels have given out, and how large their memories are. */
function ofKernels(): number[] {
  return [factors, matrices, triples].flatMap(({ memory }) => [memory.used, memory.size]);
}

/** Bytes of objects, of typed arrays and of the process, once garbage has been collected; arrays are swept on threads of their own. */
async function ofProcess(): Promise<{ objects: number; buffers: number; resident: number }> {
  for (let round = 0; round < 4; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { objects: heapUsed, buffers: arrayBuffers, resident: rss };
}

const mebibyte = 2 ** 20;

async function forget(model: TrainedModel, times: number): Promise<void> {
  for (let k = 0; k < times; k++) await exact.make({}).forget(model, Uint32Array.of(k, k + 1000), context);
}

async function explain(model: TrainedModel, times: number): Promise<void> {
  const { userCount, itemCount, byUser } = model.interactions;
  const players = interactionPlayers(byUser.rows.subarray(0, 30));
  const prepared = await fastInfluence.make({}).prepare(model, context);
  for (let k = 0; k < times; k++) {
    const target = scoreTarget(k % userCount, (7 * k) % itemCount);
    await prepared.estimate([measureOf(target, model.unit)], players);
  }
  prepared.close();
}

/** Does it as often as asked, and again: nothing may be left. Areas of the kernels are as large as the largest request, so both rounds ask alike. */
async function expectFlat(model: TrainedModel, forgets: number, explanations: number): Promise<void> {
  await forget(model, forgets);
  await explain(model, 100);
  const [kernels, before] = [ofKernels(), await ofProcess()];
  await forget(model, forgets);
  await explain(model, explanations);
  expect(ofKernels()).toEqual(kernels);
  const after = await ofProcess();
  expect(after.objects - before.objects).toBeLessThan(4 * mebibyte);
  expect(after.buffers - before.buffers).toBeLessThan(mebibyte);
  expect(after.resident - before.resident).toBeLessThan(128 * mebibyte);
}

test("closed forms", async () => {
  const { interactions } = plantedFactors({ users: 400, items: 200, ratings: 12_000, factors: 4, seed: 1 });
  const keys = indexKeys(interactions);
  const settings = objectiveSettings({
    ...{ factors: 6, biases: true, mean: { kind: "learned" }, l2: 8, l2Bias: 3, regularizer: "table" },
  });
  const idle = factors.memory.used;
  const model = await alsNewton(settings).train({ interactions, keys }, 1, context);
  expect(model.smooth?.status).toBe("converged");
  expect(factors.memory.used).toBe(idle);
  await expectFlat(model, 100, 10_000);
  expect(factors.memory.used).toBe(idle);
});

test.each<[string, ModelSettings]>([
  ["mf", { factors: 4, biases: false }],
  ["light-gcn", { factors: 4, layers: 2 }],
])("%s with BPR", async (name, model) => {
  const settings: ObjectiveSettings = {
    ...{ kind: modelKinds[name], model, loss: bpr, l2: 4, l2Shared: 4, regularizer: "table", extraWeight: 0 },
    sampling: { perRow: 1, seed: 5, semantics: "frozen" },
  };
  const { interactions } = plantedFactors({ users: 80, items: 60, ratings: 2000, factors: 3, seed: 1 });
  const keys = indexKeys(interactions);
  const recipe = { ...standardRecipe, optimizer: "newton", epochs: 2 } as const;
  const trained = await byBatches(settings, recipe).train({ interactions, keys }, 1, context);
  expect(trained.smooth?.status).toBe("converged");
  await expectFlat(trained, 100, 500);
});
