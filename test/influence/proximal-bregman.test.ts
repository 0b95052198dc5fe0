/** The proximal Bregman response against its definition, against what linearises it, and against leave-one-out where J is quadratic. */

import { describe, expect, test } from "vitest";
import { groupPlayers, interactionPlayers, measureOf } from "../../src/method/index.ts";
import { bregmanAt } from "../../src/objective/bregman.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { marginTarget, scoreTarget } from "../../src/objective/target.ts";
import { bruteL2 } from "../objective/brute.ts";
import { run } from "../support/run.ts";
import { allRows, expectNear, normals, rowsWhere } from "../support/small.ts";
import { objectiveOf, optimum, type SubjectName } from "../support/subjects.ts";
import { estimateBy } from "./asking.ts";
import { repeated } from "./repeated.ts";

/** The losses of rows at parameters, one after the other, and their tangents' values there, taken at `base`. */
function losses(objective: Objective, rows: Uint32Array, params: Float64Array, base: Float64Array) {
  const examples = objective.examplesOf(objective.settings.loss.form === "listwise" ? objective.units : rows);
  const [here, there] = [params, base].map((at) => objective.model.at(at, examples.pairs).scores);
  const slopes = new Float64Array(here.length);
  const { loss } = objective.settings;
  const before = loss.evaluate(there, examples, slopes);
  const tangent = slopes.reduce((sum, slope, n) => sum + slope * (here[n] - there[n]), before);
  return { value: loss.evaluate(here, examples, slopes), tangent };
}

describe.each(["mf", "mf-interaction", "mf-bpr", "mf-logistic", "gmf", "ials"] as const)("on %s", (name) => {
  const damping = 0.7;

  test("what is minimised is divergences, distances, and less the rows' own terms; its slopes and products are true", async () => {
    const objective = objectiveOf(name);
    const { interactions, parameterCount } = objective;
    const [base, params] = [1, 2].map((seed) => normals(parameterCount, seed).map((x) => 0.4 * x));
    const gone = Uint32Array.of(1, 4, 9);
    const batch = (await bregmanAt(objective, base, damping, run))(gone);
    const l2 = bruteL2(objective);
    const term = (at: Float64Array) =>
      objective.evaluate(at) -
      objective.select(allRows(interactions).filter((row) => !gone.includes(row))).evaluate(at);
    const define = (at: Float64Array) => {
      const { value, tangent } = losses(objective, allRows(interactions), at, base);
      const distance = at.reduce((sum, x, k) => sum + 0.5 * (l2[k] + damping) * (x - base[k]) ** 2, 0);
      return value - tangent + distance - term(at);
    };
    const scratch = new Float64Array(parameterCount);
    const value = await batch.evaluate(params, scratch);
    const gradient = scratch.slice();
    expectNear([value - (await batch.evaluate(base, scratch))], [define(params) - define(base)], 1e-10);
    const direction = normals(parameterCount, 3);
    const product = new Float64Array(parameterCount);
    await batch.product(params, direction, product, "full");
    const step = 1e-5;
    const at = async (by: number) => {
      const out = new Float64Array(parameterCount);
      const moved = params.map((x, k) => x + by * direction[k]);
      return { value: await batch.evaluate(moved, out), gradient: out };
    };
    const [up, down] = [await at(step), await at(-step)];
    expectNear(
      [gradient.reduce((sum, g, k) => sum + g * direction[k], 0)],
      [(up.value - down.value) / (2 * step)],
      1e-7,
    );
    // The solver adds the damping itself.
    expectNear(
      product.map((x, k) => x + damping * direction[k]),
      up.gradient.map((x, k) => (x - down.gradient[k]) / (2 * step)),
      1e-7,
    );
    batch.close();
  });
});

describe.each(["mf", "mf-bpr", "mf-logistic", "gmf"] as const)("on %s", (name: SubjectName) => {
  test("influence with damped Gauss-Newton curvature is its linearisation: the error falls with the weight squared", async () => {
    const errors: number[] = [];
    const sizes: number[] = [];
    for (const m of [16, 32]) {
      const model = await repeated(name, m);
      const group = rowsWhere(model.interactions, ([user, item], row) => row < 60 && (user === 3 || item === 7));
      const measures = [scoreTarget(3, 7), marginTarget(8, 1, 5)].map((target) => measureOf(target, model.unit));
      const asked = (method: string, settings: Record<string, number | string>) =>
        estimateBy(method, model, measures, groupPlayers([group]), { settings: { ...settings, damping: 0.5 * m } });
      const { values, statuses } = await asked("proximal-bregman", { tolerance: 1e-9 });
      const first = await asked("influence-function", { curvature: "gauss-newton", tolerance: 1e-11 });
      expect(statuses).toEqual(["converged", "converged"]);
      errors.push(Math.max(...values.map((x, n) => Math.abs(x - first.values[n]))));
      sizes.push(Math.max(...values.map(Math.abs)));
    }
    expect(Math.log2(sizes[0] / sizes[1])).toBeCloseTo(1, 0.5);
    expect(Math.log2(errors[0] / errors[1])).toBeCloseTo(2, 0.5);
  });
});

test("damping holds the parameters: with much of it they move by its inverse", async () => {
  const model = await optimum("mf");
  const rows = allRows(model.interactions).subarray(0, 4);
  const measures = [measureOf(scoreTarget(3, 7), model.unit)];
  const values: Float64Array[] = [];
  for (const damping of [0, 1e6, 1e7]) {
    const settings = { damping };
    values.push((await estimateBy("proximal-bregman", model, measures, interactionPlayers(rows), { settings })).values);
  }
  expect(Math.max(...values[1].map(Math.abs))).toBeLessThan(1e-3 * Math.max(...values[0].map(Math.abs)));
  expectNear(
    values[2],
    values[1].map((x) => x / 10),
    1e-3,
    { floor: 1e-12 },
  );
});

test("without damping it is leave-one-out where J is quadratic", async () => {
  const model = await optimum("additive");
  const players = groupPlayers([Uint32Array.of(2), rowsWhere(model.interactions, ([user]) => user === 3)]);
  const measures = [measureOf(scoreTarget(3, 1), model.unit), measureOf(scoreTarget(5, 2), model.unit)];
  const found = await estimateBy("proximal-bregman", model, measures, players, { settings: { damping: 0 } });
  const exact = await estimateBy("leave-one-out", model, measures, players);
  expectNear(found.values, exact.values, 1e-7);
});
