/** TracIn through sketches: exact without a sketch, right on average with one, and as far off as the derivation says. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tracinCp, tracinRp } from "../../../src/influence/index.ts";
import { checkpointsOf } from "../../../src/influence/traced/checkpoints.ts";
import { type Sketch, sketchesOf } from "../../../src/influence/traced/sketches.ts";
import { throughSketches } from "../../../src/influence/traced/tracin-rp.ts";
import { groupPlayers, interactionPlayers, measureOf } from "../../../src/method/index.ts";
import { rowAt } from "../../../src/model/tensors.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { dot, norm } from "../../../src/numeric/vector.ts";
import { marginTarget } from "../../../src/objective/target.ts";
import { run } from "../../support/run.ts";
import { allRows, expectNear, shuffle } from "../../support/small.ts";
import { objectiveOf } from "../../support/subjects.ts";
import { influenceOf, smoothOf } from "../../support/trained.ts";
import { walked } from "../../support/walked.ts";

const target = marginTarget(3, 1, 6);
const projections = ["count", "gaussian"] as const;

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x / values.length, 0);
}

function identity(size: number): Sketch {
  return {
    size,
    add(place, value, out, at) {
      out[at + place] += value;
    },
  };
}

function sketched(sketch: Sketch, vector: Float64Array): Float64Array {
  const out = new Float64Array(sketch.size);
  vector.forEach((value, place) => {
    sketch.add(place, value, out, 0);
  });
  return out;
}

describe("tracin-rp", () => {
  test.each(["mf-squared", "mf-bpr", "mlp", "light-gcn"] as const)(
    "is tracin-cp where nothing is sketched, for rows and players of several (%s)",
    async (name) => {
      const model = await walked(name, {}, name === "light-gcn" ? {} : { regularizer: "interaction" });
      const checkpoints = await checkpointsOf(model, 10, run);
      const size = smoothOf(model).params.length;
      const whole = throughSketches(
        checkpoints.map((checkpoint) => ({ ...checkpoint, sketch: identity(size) })),
        run,
      );
      const exact = await tracinCp.make({}).prepare(model, run);
      const measures = [measureOf(target, model.unit)];
      for (const players of [
        interactionPlayers(allRows(model.interactions)),
        groupPlayers([Uint32Array.of(0, 4, 9), new Uint32Array(), Uint32Array.of(3)]),
      ])
        for (let times = 0; times < 2; times++)
          expectNear(
            (await whole.estimate(measures, players)).values,
            (await exact.estimate(measures, players)).values,
            1e-12,
            { floor: 1e-3 },
          );
    },
  );

  test.each(projections)("is right on average over seeds, and within its standard errors (%s)", async (projection) => {
    const model = await walked("mf-squared");
    const rows = allRows(model.interactions);
    const { scores: exact } = await influenceOf(tracinCp, model, target, rows, { checkpoints: 2 });
    const far: number[] = [];
    const sums = new Float64Array(rows.length);
    const seeds = 60;
    for (let seed = 0; seed < seeds; seed++) {
      const prepared = await tracinRp.make({ checkpoints: 2, size: 16, projection, seed }).prepare(model, run);
      const { values, standardErrors = [] } = await prepared.estimate(
        [measureOf(target, model.unit)],
        interactionPlayers(rows),
      );
      values.forEach((x, k) => {
        sums[k] += x / seeds;
        far.push(((x - exact[k]) / (standardErrors[k] || 1)) ** 2);
      });
    }
    const errors = sums.map((x, k) => x - exact[k]);
    expect(norm(errors)).toBeLessThan(0.3 * norm(exact));
    expect(mean(far)).toBeGreaterThan(0.2);
    expect(mean(far)).toBeLessThan(1.7);
  });
});

describe("sketches", () => {
  const objective = objectiveOf("mf-squared");
  const p = objective.parameterCount;
  const stream = randomOf(5, "vectors");
  const [a, b] = [0, 1].map(() =>
    Float64Array.from({ length: p }, (_, k) => (k < 3 ? 3 : 0.3) * (1 + stream.uniform())),
  );

  test.each(projections)("inner products have the mean and the variance of the derivation (%s)", (projection) => {
    const [size, seeds] = [6, 4000];
    const found = Array.from({ length: seeds }, (_, seed) => {
      const sketch = sketchesOf(objective, projection, size, seed)(0);
      return dot(sketched(sketch, a), sketched(sketch, b));
    });
    const squares = a.reduce((sum, x, k) => sum + (x * b[k]) ** 2, 0);
    const gaussian = (norm(a) ** 2 * norm(b) ** 2 + dot(a, b) ** 2) / size;
    const variance = projection === "gaussian" ? gaussian : gaussian - (2 * squares) / size;
    const off = mean(found) - dot(a, b);
    expect(Math.abs(off)).toBeLessThan(4 * Math.sqrt(variance / seeds));
    const spread = mean(found.map((x) => (x - mean(found)) ** 2));
    expect(Math.abs(spread / variance - 1)).toBeLessThan(0.12);
    // The two variances are farther apart than that.
    expect((2 * squares) / size / variance).toBeGreaterThan(0.2);
  });

  test.each(projections)("follow outside ids, not indices, and differ between checkpoints (%s)", (projection) => {
    const order = shuffle(objective.interactions.userCount, 3);
    const users = objective.keys.users.map((_, u) => objective.keys.users[order[u]]);
    const moved = { ...objective, keys: { ...objective.keys, users } };
    const [table] = objective.tensors;
    fc.assert(
      fc.property(fc.nat(order.length - 1), fc.nat(table.width - 1), fc.nat(1000), (user, f, seed) => {
        const unit = (index: number) =>
          Float64Array.from({ length: p }, (_, k) => (k === rowAt(table, index) + f ? 1 : 0));
        const here = sketched(sketchesOf(objective, projection, 1000, seed)(0), unit(order[user]));
        expect(sketched(sketchesOf(moved, projection, 1000, seed)(0), unit(user))).toEqual(here);
        expect(sketched(sketchesOf(objective, projection, 1000, seed)(1), unit(order[user]))).not.toEqual(here);
      }),
      { numRuns: 20 },
    );
  });
});
