/** A thousand requests of one user each, in turn, leave what one request for all of them leaves. */

import { expect, test } from "vitest";
import type { Rows } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { dataOf, planOf } from "../../src/study/choosing/plan.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { exact } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { allScores } from "../support/subjects.ts";

const requests = 1000;
const lookedAt = [1, 10, 100, requests];

const dataset = plantedFactors({ users: 1200, items: 50, ratings: 8000, factors: 2, seed: 3 });

/** Forgets all rows of users `from` … `to` − 1. */
async function forget(model: TrainedModel, from: number, to: number): Promise<TrainedModel> {
  const { users } = model.interactions;
  const rows: Rows = Uint32Array.from(users.keys()).filter((row) => users[row] >= from && users[row] < to);
  return (await exact.make({}).forget(model, rows, run)).model;
}

test("one by one or all at once: predictions differ by 1e-8 at most, and no more after a thousand requests than after ten", async () => {
  const plan = planOf({ model: "mf", settings: { factors: 2 }, l2: 8 });
  const whole = await plan.trainer.train(dataOf(dataset), 1, run);
  let model = whole;
  const differences: number[] = [];
  for (let user = 0; user < requests; user++) {
    model = await forget(model, user, user + 1);
    if (!lookedAt.includes(user + 1)) continue;
    const once = allScores(await forget(whole, 0, user + 1));
    differences.push(allScores(model).reduce((most, score, k) => Math.max(most, Math.abs(score - once[k])), 0));
  }
  expect(model.smooth?.status).toBe("converged");
  expect(model.interactions.users.every((user) => user >= requests)).toBe(true);
  for (const difference of differences) expect(difference).toBeLessThan(1e-8);
  // Every request ends at the optimum of what remains, wherever it began: errors do not add up.
  expect(differences[3]).toBeLessThan(10 * Math.max(...differences.slice(0, 3)) + 1e-10);
}, 240_000);
