/** A hundred forgets and ten thousand explanations in one process leave memory flat. */

import { expect, test } from "vitest";
import { plantedFactors } from "../src/data/synthetic.ts";
import { fastInfluence } from "../src/influence/index.ts";
import { wasmKernels } from "../src/kernel/wasm.ts";
import { factorization } from "../src/objective/factorization.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/train.ts";
import { exact } from "../src/unlearning/index.ts";

/** Bytes of typed arrays and of the process, after what garbage there is has been collected as far as it can be asked for. */
function used(): { buffers: number; resident: number } {
  globalThis.gc?.();
  const { arrayBuffers, rss } = process.memoryUsage();
  return { buffers: arrayBuffers, resident: rss };
}

const mebibyte = 2 ** 20;

test("memory is flat over forgets and explanations", async () => {
  const { interactions } = plantedFactors({ users: 400, items: 200, ratings: 12_000, factors: 4, seed: 1 });
  const kernels = wasmKernels({ threads: 2 });
  const objective = factorization(
    { factors: 6, biases: true, mean: { kind: "learned" }, l2: 8, l2Bias: 3, regularizer: "table" },
    interactions,
  );
  const trained = await train(objective, { kernels });
  const forget = async (times: number) => {
    for (let k = 0; k < times; k++) await exact().forget(trained, Uint32Array.of(k, k + 1000), { kernels });
  };
  const explain = async (times: number) => {
    const prepared = await fastInfluence().prepare(trained);
    for (let k = 0; k < times; k++)
      await prepared.influence(scoreTarget(k % 400, (7 * k) % 200), interactions.byUser.rows.subarray(0, 30));
  };
  await forget(10);
  await explain(500);
  const before = used();
  await forget(100);
  await explain(10_000);
  const after = used();
  expect(after.buffers - before.buffers).toBeLessThan(64 * mebibyte);
  expect(after.resident - before.resident).toBeLessThan(128 * mebibyte);
  await kernels.close();
});
