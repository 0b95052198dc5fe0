/** Pushed items: each row's push against a refit of its item, planted profiles against everybody else, and sets without an attack. */

import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { pushedItems } from "../../src/influence/cleaning/pushed-items.ts";
import { pushesOf } from "../../src/influence/cleaning/pushes.ts";
import { auc } from "../../src/numeric/statistics.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { type Factorization, placesOf } from "../../src/objective/factorization.ts";
import { attacks } from "../../src/requests/index.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { solve } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { smoothOf } from "../support/trained.ts";

const set = plantedFactors({ users: 200, items: 300, ratings: 10_000, factors: 3, seed: 8, noise: 0.4 });
const wishes = { model: "mf", factors: 3, l2: 10, l2Bias: 2 } as const;
const trainedOn = (data: Dataset, more: object = {}) => trainOn(data, planOf({ ...wishes, ...more }), run);

/** The item's row solved again on some of its rows: every user held fixed. */
function itemAgain({ interactions, shape, settings }: Factorization, params: Float64Array, rows: number[]) {
  const { stride, meanAt } = placesOf(shape);
  const at = (user: number) => [...params.subarray(user * stride, user * stride + shape.factors), 1];
  const share = settings.regularizer === "table" ? 1 : rows.length;
  const matrix = Array.from({ length: stride }, (_, f) =>
    Array.from({ length: stride }, (_, g) =>
      f === g ? share * (f < shape.factors ? settings.l2 : settings.l2Bias) : 0,
    ),
  );
  const right = new Array<number>(stride).fill(0);
  for (const row of rows) {
    const user = interactions.users[row];
    const x = at(user);
    const wanted = interactions.ratings[row] - params[meanAt] - params[user * stride + shape.factors];
    for (let f = 0; f < stride; f++) {
      right[f] += x[f] * wanted;
      for (let g = 0; g < stride; g++) matrix[f][g] += x[f] * x[g];
    }
  }
  return { value: solve(matrix, right), at };
}

describe("the push of a row", () => {
  test.each(["table", "interaction"] as const)(
    "is the mean score of its item, less that of the item solved without the row: L2 by %s",
    async (regularizer) => {
      const l2 = regularizer === "table" ? {} : { l2: 0.1, l2Bias: 0.05 };
      const { params, objective } = smoothOf((await trainedOn(set, { regularizer, ...l2 })).trained);
      const closed = closedFormsOf(objective) as Factorization;
      const pushes = await pushesOf(closed, params, run);
      const { byItem, userCount } = closed.interactions;
      for (const item of [0, 7, 60]) {
        const rows = Array.from(byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]));
        const meanOf = (some: number[]) => {
          const { value, at } = itemAgain(closed, params, some);
          let sum = 0;
          for (let user = 0; user < userCount; user++) sum += at(user).reduce((score, x, f) => score + x * value[f], 0);
          return sum / userCount;
        };
        for (const row of rows.slice(0, 4))
          expect(pushes[row]).toBeCloseTo(meanOf(rows) - meanOf(rows.filter((other) => other !== row)), 6);
      }
    },
  );
});

/** The place of the attacked item, and how well rows of planted profiles tell their users from others. */
async function found(attack: string) {
  const base = await trainedOn(set);
  const method = attacks.methods.find(({ name }) => name === attack);
  const victim = { trained: base.trained, dataset: base.dataset };
  const planted = await method?.make({ profiles: 0.05 }).plant(victim, run);
  if (planted === undefined) throw new Error(`no ${attack}`);
  const { trained } = await trainedOn(planted.dataset);
  const { statistics, rows } = await pushedItems(smoothOf(trained), run);
  const { users, userCount } = trained.interactions;
  const scores = new Float64Array(userCount);
  users.forEach((user, row) => {
    scores[user] = Math.max(scores[user], rows[row]);
  });
  const real = set.interactions.userCount;
  return {
    place: statistics.filter((t) => t > statistics[planted.item]).length,
    area: auc(scores.subarray(real), scores.subarray(0, real)),
  };
}

describe("an item that is pushed", () => {
  test.each(["average-attack", "random-attack", "bandwagon-attack", "influence-push"])(
    "by the %s comes first, and those who push it",
    async (attack) => {
      const { place, area } = await found(attack);
      expect(place).toBe(0);
      expect(area).toBeGreaterThan(0.95);
    },
  );

  test("is not found where nobody pushes", async () => {
    const { byChance, rows } = await pushedItems(smoothOf((await trainedOn(set)).trained), run);
    expect(Math.min(...byChance)).toBeGreaterThan(0.05);
    expect(rows.every((row) => row >= 0)).toBe(true);
  });

  test("does not depend on the order of the rows", async () => {
    const model = smoothOf((await trainedOn(set)).trained);
    const { size } = set.interactions;
    const back = set.interactions.select(Uint32Array.from({ length: size }, (_, row) => size - 1 - row));
    const other = await pushedItems(smoothOf((await trainedOn({ ...set, interactions: back })).trained), run);
    const one = await pushedItems(model, run);
    for (const [item, t] of one.statistics.entries()) expect(other.statistics[item]).toBeCloseTo(t, 5);
  });
});
