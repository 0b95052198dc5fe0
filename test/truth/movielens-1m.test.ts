/** MovieLens-1M: seeds agree, and exact forgetting agrees with training again from another seed. */

import { expect } from "vitest";
import { readInteractions } from "../../src/data/reading.ts";
import { difference, largest } from "../../src/numeric/vector.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { type TrainedModel, train } from "../../src/training/index.ts";
import { exact } from "../../src/unlearning/index.ts";
import { testOn } from "../support/data-sets.ts";
import { forgetBy, modelFrom, smoothOf } from "../support/trained.ts";
import { fastRun } from "./kernels.ts";

// The other forget sets, and 16 factors, are in the bench "forget": each takes two trainings.
testOn(["ml-1m/ratings.dat"], "8 factors: two seeds, and 2.5 % of the users forgotten", async (file) => {
  const { interactions } = (await readInteractions(file)).dataset;
  const objective = factorization(
    { factors: 8, biases: true, mean: { kind: "learned" }, l2: 15, l2Bias: 5, regularizer: "table" },
    interactions,
  );
  const predictions = (model: TrainedModel) => model.scores(interactions);
  const gap = (a: TrainedModel, b: TrainedModel) => largest(difference(predictions(a), predictions(b)));
  const { context, close } = fastRun();
  const trained = async (seed: number, on = objective) =>
    modelFrom(await train(on, { kernels: context.kernels.factors, seed }));
  const [one, two] = [await trained(1), await trained(2)];
  expect([smoothOf(one).status, smoothOf(two).status]).toEqual(["converged", "converged"]);
  expect(Math.abs(smoothOf(one).value / smoothOf(two).value - 1)).toBeLessThan(1e-9);
  expect(gap(one, two)).toBeLessThan(1e-6);
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter(
    (k) => interactions.users[k] % 40 === 7,
  );
  const ours = (await forgetBy(exact, one, rows, {}, {}, context)).model;
  const again = await trained(9, objective.without(rows));
  await close();
  expect([smoothOf(ours).status, smoothOf(again).status]).toEqual(["converged", "converged"]);
  expect(gap(ours, again)).toBeLessThan(1e-6);
});
