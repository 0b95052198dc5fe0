/** G-Shapley against plain loops of gradient steps. */

import { describe, expect, test } from "vitest";
import { interactionPlayers, measureOf, metric } from "../../src/method/index.ts";
import { dot } from "../../src/numeric/vector.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { startOf } from "../../src/training/batches/train.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { expectNear } from "../support/small.ts";
import { optimum, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { valuesBy } from "./asking.ts";

/** All orders of some rows. */
function orders(rows: readonly number[]): number[][] {
  if (rows.length === 0) return [[]];
  return rows.flatMap((row) => orders(rows.filter((other) => other !== row)).map((rest) => [row, ...rest]));
}

const rate = 0.3;

/** A small model on a few rows alone, so that all of them can come in every order. */
async function fewRows(name: "mf-squared" | "mf-bpr"): Promise<TrainedModel> {
  const model = await optimum(name);
  const objective = smoothOf(model).objective.select(Uint32Array.of(0, 3, 9, 14, 20));
  return trainedAt(objective, startOf(objective, { seed: model.seed }), model);
}

/** What the score gains by each row's step, on average over all orders: θ − η·(∇ℓ + the row's share of the L2), by finite loops. */
function byLoop(model: TrainedModel, user: number, item: number): Float64Array {
  const { objective, params: start } = smoothOf(model);
  const { interactions, counts, tensors, negatives, settings } = objective;
  const rows = [...interactions.users.keys()];
  const score = (params: Float64Array) =>
    objective.serving.at(params, { users: Uint32Array.of(user), items: Uint32Array.of(item) }).scores[0];
  const step = (params: Float64Array, row: number): Float64Array => {
    const gradient = new Float64Array(params.length);
    objective.addLoss(params, Uint32Array.of(row), gradient);
    const perRow = settings.sampling?.perRow ?? 0;
    const own = settings.loss.form === "pairwise" ? 0 : 1;
    const others = [...negatives.subarray(row * perRow, (row + 1) * perRow)].filter((other) => other !== 0xffffffff);
    const touches = { user: new Map<number, number>(), item: new Map<number, number>() };
    touches.user.set(interactions.users[row], own + others.length);
    touches.item.set(interactions.items[row], own === 1 ? 1 : others.length);
    for (const other of others) touches.item.set(other, (touches.item.get(other) ?? 0) + 1);
    for (const { rowsOf, at, rowStride, width, penalised } of tensors) {
      if (rowsOf === undefined) continue;
      const l2 = penalised === "bias" ? (settings.l2Bias ?? settings.l2) : settings.l2;
      for (const [index, times] of touches[rowsOf]) {
        const share = times / counts[`${rowsOf}s`][index];
        for (let k = at + index * rowStride; k < at + index * rowStride + width; k++)
          gradient[k] += l2 * share * params[k];
      }
    }
    return params.map((x, k) => x - rate * gradient[k]);
  };
  const out = new Float64Array(rows.length);
  const all = orders(rows);
  for (const order of all) {
    let params = start;
    for (const row of order) {
      const next = step(params, row);
      out[row] += (score(next) - score(params)) / all.length;
      params = next;
    }
  }
  return out;
}

describe("g-shapley", () => {
  test.each(["mf-squared", "mf-bpr"] as const)("tends to the mean over all orders of one pass (%s)", async (name) => {
    const model = await fewRows(name);
    const [user, item] = [model.interactions.users[1], model.interactions.items[1]];
    const rows = Uint32Array.from(model.interactions.users.keys());
    const measures = [measureOf(scoreTarget(user, item), "score")];
    const settings = { rate, trainings: 4000 };
    const { values, standardErrors } = await valuesBy("g-shapley", model, measures, interactionPlayers(rows), settings);
    const exact = byLoop(model, user, item);
    values.forEach((value, k) => {
      expect(Math.abs(value - exact[k])).toBeLessThan(4.5 * (standardErrors?.[k] as number) + 1e-12);
    });
    expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(50 * Math.max(...(standardErrors as Float64Array)));
  });

  test("of a tiny step is minus the rate times the gradients' product", async () => {
    const model = await fewRows("mf-squared");
    const { objective, params } = smoothOf(model);
    const rows = Uint32Array.from(model.interactions.users.keys());
    const target = scoreTarget(model.interactions.users[0], model.interactions.items[0]);
    const small = 1e-7;
    const { values } = await valuesBy("g-shapley", model, [measureOf(target, "score")], interactionPlayers(rows), {
      rate: small,
      trainings: 3,
    });
    const gradient = new Float64Array(params.length);
    objective.serving.at(params, target.pairs).addVjp(Float64Array.of(1), gradient);
    const expected = Float64Array.from(rows, (row) => {
      const single = objective.select(Uint32Array.of(row));
      const own = new Float64Array(params.length);
      objective.addLoss(params, Uint32Array.of(row), own);
      // The L2 comes with the step: of a user's and an item's rows, one share for each of theirs.
      const { users, items } = single.interactions;
      for (const { rowsOf, at, rowStride, width } of objective.tensors) {
        if (rowsOf === undefined) continue;
        const index = rowsOf === "user" ? users[0] : items[0];
        const share = objective.settings.l2 / objective.counts[`${rowsOf}s`][index];
        for (let k = at + index * rowStride; k < at + index * rowStride + width; k++) own[k] += share * params[k];
      }
      return -small * dot(gradient, own);
    });
    expectNear(values, expected, 1e-5);
  });

  test("adds up, in every order, to what one pass brings; rows of no player come first", async () => {
    const model = await fewRows("mf-squared");
    const some = interactionPlayers(Uint32Array.of(1, 4));
    const seen: number[] = [];
    const watched = metric("first score", "score", async (scores) => {
      const [value] = await scores({ users: Uint32Array.of(0), items: Uint32Array.of(0) });
      seen.push(value);
      return value;
    });
    const { values } = await valuesBy("g-shapley", model, [watched], some, { rate, trainings: 1 });
    expect(values[0] + values[1]).toBeCloseTo(seen[2] - seen[0], 12);
    // Three rows have made their steps already.
    const { params, objective } = smoothOf(model);
    const first = { users: Uint32Array.of(0), items: Uint32Array.of(0) };
    expect(seen[0]).not.toBe(objective.serving.at(params, first).scores[0]);
  });
});
