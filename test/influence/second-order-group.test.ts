/** Orders of the second-order influence of a group: with every row m times, one copy of a group has the weight 1/m. */

import { describe, expect, test } from "vitest";
import { groupPlayers, type Measure, measureOf } from "../../src/method/index.ts";
import { dot } from "../../src/numeric/vector.ts";
import { marginTarget, scoreTarget } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { solved } from "../model/graph/weighted.ts";
import { hessianAt, ownGradient } from "../support/dense.ts";
import { expectNear, rowsWhere } from "../support/small.ts";
import { optimum, type SubjectName, subjects } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { estimateBy } from "./asking.ts";
import { repeated } from "./repeated.ts";

/** How much smaller, in powers of two, the largest error against leave-one-out is with half the weight. */
async function orderOf(name: SubjectName, method: string, rows: Uint32Array, measures: readonly Measure[], m: number) {
  const errors: number[] = [];
  for (const copies of [m, 2 * m]) {
    const model = await repeated(name, copies);
    const players = groupPlayers([rows]);
    const exact = await estimateBy("leave-one-out", model, measures, players, { settings: { tolerance: 1e-10 } });
    const found = await estimateBy(method, model, measures, players, {
      settings: method === "leave-one-out" ? {} : { tolerance: 1e-12 },
    });
    errors.push(Math.max(...found.values.map((x, n) => Math.abs(x - exact.values[n]))));
  }
  return Math.log2(errors[0] / errors[1]);
}

const measuresOf = (model: TrainedModel) =>
  [scoreTarget(3, 7), scoreTarget(5, 2), marginTarget(8, 1, 5)].map((target) => measureOf(target, model.unit));

describe.each(["mf", "mf-squared", "mf-logistic"] as const)("on %s, where J is not quadratic,", (name) => {
  test("the published form is right to first order as a whole, and with the third derivative to second", async () => {
    const model = await optimum(name);
    const group = rowsWhere(model.interactions, ([user, item]) => user === 3 || item === 7);
    const measures = measuresOf(model);
    expect(await orderOf(name, "influence-function", group, measures, 16)).toBeCloseTo(2, 0.5);
    expect(await orderOf(name, "second-order-group", group, measures, 16)).toBeCloseTo(2, 0.5);
    expect(await orderOf(name, "second-order-group-third", group, measures, 16)).toBeCloseTo(3, 0.5);
  });
});

test("on a ridge regression the published form is right to second order, and the third derivative is nothing", async () => {
  const model = await optimum("additive");
  const group = rowsWhere(model.interactions, ([user, item]) => user === 3 || item === 7);
  const measures = measuresOf(model);
  expect(await orderOf("additive", "influence-function", group, measures, 8)).toBeCloseTo(2, 0.5);
  expect(await orderOf("additive", "second-order-group", group, measures, 8)).toBeCloseTo(3, 0.5);
  const players = groupPlayers([group]);
  const plain = await estimateBy("second-order-group", model, measures, players);
  const third = await estimateBy("second-order-group-third", model, measures, players);
  expectNear(third.values, plain.values, 1e-8);
});

test.each(["mf-interaction", "gmf", "ials", "mult-vae"] as const)(
  "on %s it is H⁺g + H⁺·H_G·H⁺g, dense, and then the measure on the model without the group",
  async (name) => {
    const model = await optimum(name);
    const { objective, params } = smoothOf(model);
    const group = rowsWhere(model.interactions, ([user, item], row) => row % 3 === 0 && (user === 3 || item === 1));
    const retain = objective.without(group);
    const hessian = hessianAt(objective, params);
    const less = hessianAt(retain, params);
    const share = hessian.map((x, k) => x - less[k]);
    const gradient = ownGradient(objective, params, group);
    const first = solved(hessian, gradient);
    const bent = first.map((_, r) => dot(share.subarray(r * params.length, (r + 1) * params.length), first));
    const second = solved(hessian, bent);
    const moved = params.map((x, k) => x + first[k] + second[k]);
    const [user, item] = subjects[name].pairs[0];
    const { pairs } = scoreTarget(user, item);
    const wanted = model.scores(pairs)[0] - retain.serving.at(moved, pairs).scores[0];
    const measures = [measureOf(scoreTarget(user, item), model.unit)];
    const settings = { tolerance: 1e-11 };
    const found = await estimateBy("second-order-group", model, measures, groupPlayers([group]), { settings });
    expect(Math.abs(wanted)).toBeGreaterThan(1e-3);
    expectNear(found.values, [wanted], 1e-7);
  },
);
