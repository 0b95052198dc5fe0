/** Relabelling: the closed form in one row against refits with other ratings, of its user alone and of the whole model. */

import { describe, expect, test } from "vitest";
import { interactionsOf } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { relabelled } from "../../src/influence/cleaning/relabel.ts";
import { median } from "../../src/numeric/statistics.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { type Factorization, placesOf } from "../../src/objective/factorization.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { refit } from "../../src/training/refit.ts";
import { solve } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { smoothOf } from "../support/trained.ts";

const set = plantedFactors({ users: 150, items: 120, ratings: 4000, factors: 2, seed: 4 });
const { users, items, ratings, size } = set.interactions;
const all = Array.from({ length: size }, (_, row) => row);
const isHeld = (row: number) => row % 6 === 1;
const training = set.interactions.select(Uint32Array.from(all.filter((row) => !isHeld(row))));
const heldOf = (rows: readonly number[]) => ({
  users: Uint32Array.from(rows, (row) => users[row]),
  items: Uint32Array.from(rows, (row) => items[row]),
  ratings: Float64Array.from(rows, (row) => ratings[row]),
});
const held = heldOf(all.filter(isHeld));
const factors = 2;
// From the same random start: the optimum near by.
const plan = planOf({ model: "mf", settings: { factors }, l2: 6, l2Bias: 2, begins: "random" });
const trained = trainOn({ ...set, interactions: training }, plan, run).then((named) => named.trained);
const rows = Uint32Array.from({ length: 8 }, (_, k) => 397 * k + 5);

/** The interactions with another rating in one row. */
const rated = (row: number, rating: number) =>
  interactionsOf({
    ...training,
    users: training.users,
    items: training.items,
    ratings: training.ratings.with(row, rating),
  });

describe("relabelling a row", () => {
  test("is the vertex of the held-out loss of its user, solved again for each rating with the items fixed", async () => {
    const model = await trained;
    const { params, objective } = smoothOf(model);
    const { stride, itemsAt, meanAt } = placesOf((closedFormsOf(objective) as Factorization).shape);
    const x = (item: number) => [...params.subarray(itemsAt + item * stride, itemsAt + item * stride + factors), 1];
    for (const row of rows) {
      const user = training.users[row];
      // Ratings of items that only the row's user is asked about: no other side has a part.
      const mine = all.filter((n) => isHeld(n) && users[n] === user && items[n] !== training.items[row]);
      if (mine.length === 0) continue;
      const loss = (rating: number) => {
        const own = Array.from(
          training.byUser.rows.subarray(training.byUser.start[user], training.byUser.start[user + 1]),
        );
        const A = Array.from({ length: stride }, (_, f) =>
          Array.from({ length: stride }, (_, g) => (f === g ? (f < factors ? 6 : 2) : 0)),
        );
        const b = new Array<number>(stride).fill(0);
        for (const n of own) {
          const q = x(training.items[n]);
          const wanted =
            (n === row ? rating : training.ratings[n]) -
            params[meanAt] -
            params[itemsAt + training.items[n] * stride + factors];
          q.forEach((one, f) => {
            b[f] += one * wanted;
            q.forEach((other, g) => {
              A[f][g] += one * other;
            });
          });
        }
        const p = solve(A, b);
        return mine.reduce((sum, n) => {
          const score =
            params[meanAt] +
            params[itemsAt + items[n] * stride + factors] +
            x(items[n]).reduce((s, q, f) => s + q * p[f], 0);
          return sum + (score - ratings[n]) ** 2;
        }, 0);
      };
      const at = training.ratings[row];
      const [low, middle, high] = [loss(at - 1), loss(at), loss(at + 1)];
      const vertex = at + (low - high) / (2 * (low - 2 * middle + high));
      const [found] = await relabelled(model, Uint32Array.of(row), heldOf(mine), run);
      expect(found.minimiser).toBeCloseTo(vertex, 3);
    }
  });

  test("has the slope of the held-out loss of its user and item in whole trainings, and the score of trainings without the row", async () => {
    const model = await trained;
    const found = await relabelled(model, rows, held, run);
    const { keys, trainer, seed } = model;
    const lossWith = async (row: number, rating: number) => {
      const other = await trainer.train({ interactions: rated(row, rating), keys }, seed, run);
      const near = (n: number) => held.users[n] === training.users[row] || held.items[n] === training.items[row];
      return other.scores(held).reduce((sum, score, n) => sum + (near(n) ? (score - held.ratings[n]) ** 2 / 2 : 0), 0);
    };
    const [slopes, truths, errors] = [[], [], []] as number[][];
    for (const [k, row] of rows.entries()) {
      const at = training.ratings[row];
      truths.push(((await lossWith(row, at + 0.05)) - (await lossWith(row, at - 0.05))) / 0.1);
      slopes.push((at - found[k].minimiser) / found[k].spread ** 2);
      const pair = { users: Uint32Array.of(training.users[row]), items: Uint32Array.of(training.items[row]) };
      const [without] = (await refit(model, Uint32Array.of(row), seed, run)).scores(pair);
      errors.push(Math.abs(found[k].leftOut - without) / Math.abs(model.scores(pair)[0] - without));
    }
    const dot = (a: number[], b: number[]) => a.reduce((sum, one, k) => sum + one * b[k], 0);
    expect(dot(slopes, truths) / Math.sqrt(dot(slopes, slopes) * dot(truths, truths))).toBeGreaterThan(0.8);
    expect(median(errors)).toBeLessThan(0.35);
  });

  test("without held-out ratings is what the model says without the row, which no rating of the row changes", async () => {
    const model = await trained;
    const none = heldOf([]);
    for (const { leftOut, minimiser, rating } of await relabelled(model, rows, none, run)) {
      expect(minimiser).toBeNaN();
      expect(rating).toBe(leftOut);
    }
  });
});
