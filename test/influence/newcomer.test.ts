/** Laws of somebody new: their scores are those of training with the items held, and what one more answer is worth is what it turns out to be, on average. */

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { leaveOneOutFixedItems } from "../../src/influence/leave-one-out-fixed-items.ts";
import { type Newcomers, newcomersOf } from "../../src/influence/newcomer/newcomer.ts";
import { errorsWithOneMore, expectedError, type Prior, rowFrom } from "../../src/influence/newcomer/risk.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { train } from "../../src/training/index.ts";
import { itemScoresOf, type TrainedModel } from "../../src/training/trained-model.ts";
import { run } from "../support/run.ts";
import { expectNear, kernels, objectiveOn, tastes } from "../support/small.ts";
import { influenceOf, modelFrom } from "../support/trained.ts";

const itemCount = 5;

/** A prior whose people are some rows, and those rows. */
function drawn(
  seed: number,
  order: number,
  byRow: boolean,
): { readonly prior: Prior; readonly people: Float64Array[] } {
  const random = randomOf(seed, "prior");
  const some = (length: number) => Float64Array.from({ length }, () => random.normal());
  const people = Array.from({ length: 3 }, () => some(order));
  const regressors = some(itemCount * order);
  const moment = (rows: readonly Float64Array[]) =>
    Float64Array.from({ length: order * order }, (_, at) =>
      rows.reduce((sum, row) => sum + (row[Math.floor(at / order)] * row[at % order]) / rows.length, 0),
    );
  const items = Array.from({ length: itemCount }, (_, i) => regressors.slice(i * order, (i + 1) * order));
  const prior = {
    ...{ order, regressors, noise: 0.5 + random.uniform(), people: moment(people), wanted: moment(items) },
    penalties: Float64Array.from({ length: order }, () => 0.5 + random.uniform()),
    shares: (answers: number) => (byRow ? Math.max(1, answers) : 1),
  };
  return { prior, people };
}

const design = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  order: fc.integer({ min: 1, max: 4 }),
  byRow: fc.boolean(),
  items: fc.uniqueArray(fc.integer({ min: 0, max: itemCount - 1 }), { maxLength: 4 }),
});

describe("what one more answer is worth", () => {
  test("is the mean squared error over all people and all signs of the noise", () => {
    fc.assert(
      fc.property(design, ({ seed, order, byRow, items }) => {
        const { prior, people } = drawn(seed, order, byRow);
        const { regressors, noise } = prior;
        const at = (row: Float64Array, i: number) => row.reduce((sum, p, f) => sum + p * regressors[i * order + f], 0);
        const patterns = 2 ** items.length;
        let sum = 0;
        for (const person of people)
          for (let signs = 0; signs < patterns; signs++) {
            const answers = items.map((i, k) => at(person, i) + (signs & (1 << k) ? 1 : -1) * Math.sqrt(noise));
            const row = rowFrom(prior, items, answers);
            for (let i = 0; i < itemCount; i++) sum += (at(row, i) - at(person, i)) ** 2 / itemCount;
          }
        expectNear([expectedError(prior, items)], [sum / (people.length * patterns)], 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  test("by rank-one changes is what the error is with the answer among the others", async () => {
    await fc.assert(
      fc.asyncProperty(design, async ({ seed, order, byRow, items }) => {
        const { prior } = drawn(seed, order, byRow);
        const found = await errorsWithOneMore(prior, items, run);
        for (let i = 0; i < itemCount; i++)
          if (!items.includes(i)) expectNear([found[i]], [expectedError(prior, [...items, i])], 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(["table", "interaction"] as const)("scores from answers, %s L2", (regularizer) => {
  const l2 = regularizer === "table" ? { l2: 3, l2Bias: 1 } : { l2: 0.2, l2Bias: 0.1 };
  const { interactions } = objectiveOn(tastes());
  const user = 4;
  const rows = interactions.byUser.rows.slice(interactions.byUser.start[user], interactions.byUser.start[user + 1]);
  let model: TrainedModel;
  let newcomers: Newcomers;
  const scoresFrom = (some: Uint32Array) =>
    newcomers.scores(
      some.map((row) => interactions.items[row]),
      Float64Array.from(some, (row) => interactions.ratings[row]),
    );

  beforeAll(async () => {
    const objective = objectiveOn(interactions, { regularizer, ...l2 });
    model = modelFrom(await train(objective, { kernels, seed: 1, tolerance: 1e-11 }));
    newcomers = newcomersOf(model, "ratings");
  });

  test("are those of a user of the model who answered the same", () => {
    expectNear(scoresFrom(rows), itemScoresOf(model, user), 1e-8);
  });

  test("differ by an answer as leave-one-out with the items held differs", async () => {
    const all = scoresFrom(rows);
    const { scores } = await influenceOf(leaveOneOutFixedItems, model, scoreTarget(user, 2), rows);
    const without = Array.from(rows, (row) => all[2] - scoresFrom(rows.filter((other) => other !== row))[2]);
    expectNear(without, scores, 1e-8);
    expect(Math.max(...without.map(Math.abs))).toBeGreaterThan(0.01);
  });
});
