/** MovieLens-1M: seeds agree, and exact forgetting agrees with training again from another seed. */

import { expect } from "vitest";
import { readInteractions } from "../../src/data/reading.ts";
import { scores } from "../../src/model/matrix-factorization.ts";
import { difference, largest } from "../../src/numeric/vector.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { train } from "../../src/training/train.ts";
import { modelOf, type Trained } from "../../src/training/trained.ts";
import { exact } from "../../src/unlearning/index.ts";
import { testOn } from "../data-sets.ts";

// The other forget sets, and 16 factors, are in the bench "forget": each takes two trainings.
testOn(["ml-1m/ratings.dat"], "8 factors: two seeds, and 2.5 % of the users forgotten", async (file) => {
  const { interactions } = (await readInteractions(file)).dataset;
  const objective = factorization(
    { factors: 8, biases: true, mean: { kind: "learned" }, l2: 15, l2Bias: 5, regularizer: "table" },
    interactions,
  );
  const predictions = (trained: Trained) => scores(modelOf(trained), interactions.users, interactions.items);
  const gap = (a: Trained, b: Trained) => largest(difference(predictions(a), predictions(b)));
  const [one, two] = [await train(objective, { seed: 1 }), await train(objective, { seed: 2 })];
  expect([one.status, two.status]).toEqual(["converged", "converged"]);
  expect(Math.abs(one.value / two.value - 1)).toBeLessThan(1e-9);
  expect(gap(one, two)).toBeLessThan(1e-6);
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter(
    (k) => interactions.users[k] % 40 === 7,
  );
  const ours = await exact().forget(one, rows);
  const again = await train(objective.without(rows), { seed: 9 });
  expect([ours.trained.status, again.status]).toEqual(["converged", "converged"]);
  expect(gap(ours.trained, again)).toBeLessThan(1e-6);
});
