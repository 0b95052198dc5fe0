/** Laws of influence over a size: against dense twins, and unchanged when a player's loss is multiplied. */

import { describe, expect, test } from "vitest";
import { groupPlayers, interactionPlayers, measureOf } from "../../src/method/index.ts";
import { supportOf } from "../../src/model/model.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { marginTarget, meanScoreTarget, scoreTarget, type Target } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { eliminate } from "../support/dense.ts";
import { expectNear } from "../support/small.ts";
import { optimum, type SubjectName, subjects } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

const names = ["mf", "mf-interaction", "ials", "mf-bpr", "mf-squared", "gmf"] as const;
const chosen = Uint32Array.of(0, 3, 8, 20);

/** ∇J with the rows less ∇J without them, at the same parameters: the gradient of what the rows brought. */
function gradientOf(model: TrainedModel, rows: Uint32Array): Float64Array {
  const { objective, params } = smoothOf(model);
  const [all, left] = [new Float64Array(params.length), new Float64Array(params.length)];
  objective.evaluate(params, all);
  objective.without(rows).evaluate(params, left);
  return all.map((x, k) => x - left[k]);
}

function targetGradient(model: TrainedModel, target: Target): Float64Array {
  const { objective, params } = smoothOf(model);
  const out = new Float64Array(params.length);
  const point = objective.serving.at(params, target.pairs);
  point.addVjp(target.slopes(point.scores), out);
  return out;
}

function hessianOf(model: TrainedModel): Float64Array[] {
  const { objective, params } = smoothOf(model);
  return Array.from(params, (_, k) => {
    const [unit, column] = [new Float64Array(params.length), new Float64Array(params.length)];
    unit[k] = 1;
    objective.hessianProduct(params, unit, column, "full");
    return column;
  });
}

/** H⁺ by eigenvalues; those of rotations, which are rounding, dropped. */
function inverseOf(model: TrainedModel): (vector: Float64Array) => Float64Array {
  const columns = hessianOf(model);
  const order = columns.length;
  const { values, vectors } = symmetricEigen(Float64Array.from(columns.flatMap((column) => [...column])), order);
  return (vector) => {
    const out = new Float64Array(order);
    for (let c = 0; c < order; c++) {
      if (Math.abs(values[c]) < 1e-7 * values[0]) continue;
      let amount = 0;
      for (let r = 0; r < order; r++) amount += vectors[r * order + c] * vector[r];
      for (let r = 0; r < order; r++) out[r] += (amount / values[c]) * vectors[r * order + c];
    }
    return out;
  };
}

describe.each(names)("on %s", (name: SubjectName) => {
  const [user, item] = subjects[name].pairs[1];

  test("relative and renormalised influence are those of the dense twin, of rows and of players of several", async () => {
    const model = await optimum(name);
    const inverse = inverseOf(model);
    const players = groupPlayers([...[...chosen].map((row) => Uint32Array.of(row)), chosen, new Uint32Array()]);
    const target = scoreTarget(user, item);
    const asked = targetGradient(model, target);
    const sizes: Readonly<Record<string, (g: Float64Array, x: Float64Array) => number>> = {
      "relative-influence": (_, x) => norm(x),
      "relative-influence loss": (g, x) => Math.sqrt(dot(g, x)),
      "renormalised-influence": (g) => norm(g),
      "renormalised-influence-unit": (g) => norm(g) * norm(asked),
    };
    for (const [title, size] of Object.entries(sizes)) {
      const [method, by] = title.split(" ");
      const asking = by === undefined ? {} : { settings: { norm: by } };
      const { values } = await estimateBy(method, model, [measureOf(target, model.unit)], players, asking);
      const wanted = Array.from({ length: players.count }, (_, k) => {
        if (players.rows(k).length === 0) return 0;
        const g = gradientOf(model, players.rows(k));
        const x = inverse(g);
        return -dot(asked, x) / size(g, x);
      });
      expectNear(values, wanted, 1e-6, { floor: 1e-3, what: title });
    }
  });

  test("through blocks relative influence is that of the dense block", async () => {
    const model = await optimum(name);
    const hessian = hessianOf(model);
    const support = supportOf(smoothOf(model).objective.model, user, item);
    const on = (vector: Float64Array) => Float64Array.from(support, (place) => vector[place]);
    const target = scoreTarget(user, item);
    const asked = on(targetGradient(model, target));
    const { users, items } = model.interactions;
    const rows = Uint32Array.from(users.keys()).filter((row) => users[row] === user || items[row] === item);
    for (const by of ["parameters", "loss"]) {
      const { scores } = await ask("relative-influence-block", model, target, rows, { settings: { norm: by } });
      const wanted = Array.from(rows, (row) => {
        const g = on(gradientOf(model, Uint32Array.of(row)));
        const block = Array.from(support, (place) => [...on(hessian[place])]);
        const x = Float64Array.from(eliminate(block, [...g]));
        return -dot(asked, x) / (by === "loss" ? Math.sqrt(dot(g, x)) : norm(x));
      });
      expectNear(scores, wanted, 1e-9, { what: by });
    }
  });
});

test.each(["relative-influence", "relative-influence-block", "renormalised-influence", "renormalised-influence-unit"])(
  "%s does not change when a loss counts twice, and influence does",
  async (name) => {
    for (const subject of ["mf", "mf-bpr", "gmf"] as const) {
      const model = await optimum(subject);
      const { users, items } = model.interactions;
      const [first, last] = subjects[subject].twins[0];
      const measures = [measureOf(scoreTarget(users[first], items[first]), model.unit)];
      const players = groupPlayers([Uint32Array.of(first), Uint32Array.of(first, last)]);
      const [once, twice] = (await estimateBy(name, model, measures, players)).values;
      expectNear([twice], [once], 1e-6, { floor: 1e-3 });
      expect(Math.abs(once)).toBeGreaterThan(1e-3);
      const plain = (await estimateBy("influence-function", model, measures, players)).values;
      expectNear([plain[1]], [2 * plain[0]], 1e-6, { floor: 1e-3 });
    }
  },
);

test("unit targets rank as plain ones for one pair, and weigh the pairs of a joint target anew", async () => {
  const model = await optimum("mf");
  const rows = Uint32Array.from({ length: 40 }, (_, k) => 5 * k);
  const both = async (target: Target) => {
    const [plain] = [await ask("renormalised-influence", model, target, rows)];
    const unit = await ask("renormalised-influence-unit", model, target, rows);
    return [plain.scores, unit.scores] as const;
  };
  const order = (values: Float64Array) => [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
  const one = scoreTarget(3, 7);
  const [plain, unit] = await both(one);
  expect(order(unit)).toEqual(order(plain));
  expectNear(
    unit,
    plain.map((x) => x / norm(targetGradient(model, one))),
    1e-7,
  );
  // Every pair as a unit vector: the mean over users is no multiple of the plain one.
  const users = [0, 3, 11, 12];
  const [joint, jointUnit] = await both(meanScoreTarget(users, 7));
  expect(order(jointUnit)).not.toEqual(order(joint));
  const parts = await Promise.all(users.map(async (user) => (await both(scoreTarget(user, 7)))[1]));
  expectNear(
    jointUnit,
    joint.map((_, k) => parts.reduce((sum, part) => sum + part[k], 0)),
    1e-6,
  );
  // A negative slope is a direction too.
  const [margin] = [(await both(marginTarget(3, 7, 2)))[1]];
  const [ahead, behind] = [(await both(scoreTarget(3, 7)))[1], (await both(scoreTarget(3, 2)))[1]];
  expectNear(
    margin,
    ahead.map((x, k) => x - behind[k]),
    1e-6,
  );
});

test("measures asked together share the solves of players", async () => {
  const model = await optimum("mf");
  const measures = [scoreTarget(3, 7), scoreTarget(0, 1)].map((target) => measureOf(target, model.unit));
  const found = await estimateBy("relative-influence", model, measures, interactionPlayers(chosen));
  expect(found.evaluations).toBe(chosen.length);
  expect(found.statuses).toEqual(new Array(8).fill("converged"));
});
