/** The error of drawn values falls with the root of the trainings. */

import { expect, test } from "vitest";
import { valuesOf, type Worth } from "./asking.ts";

const n = 200;

/** Two hundred players who add less to those who are many, and some of whom quarrel. */
const worth: Worth = (present) => {
  let [sum, quarrels] = [0, 0];
  for (let k = 0; k < n; k++) {
    sum += present[k] * (1 + (k % 7));
    quarrels += present[k] * present[(7 * k + 3) % n];
  }
  return Math.log1p(sum) - 0.002 * quarrels;
};

test.each([
  ["tmc-shapley", { tolerance: 0 }, n],
  ["beta-shapley", { alpha: 4, beta: 1, sampler: "permutations" }, n],
  ["banzhaf", { sampler: "reuse" }, 40],
] as const)("%s %o: slope −½ against a run of ten times the budget", async (name, settings, cost) => {
  const values = async (samples: number, seed: number) =>
    (await valuesOf(name, n, [worth], { settings: { ...settings, seed, trainings: 2 + samples * cost } })).values;
  const reference = await values(160, 1000);
  const errorOf = async (samples: number) => {
    let squares = 0;
    for (let seed = 1; seed <= 4; seed++)
      squares += (await values(samples, seed)).reduce((sum, x, k) => sum + (x - reference[k]) ** 2, 0);
    return Math.sqrt(squares);
  };
  const slope = Math.log((await errorOf(16)) / (await errorOf(4))) / Math.log(4);
  expect(slope).toBeGreaterThan(-0.6);
  expect(slope).toBeLessThan(-0.4);
});
