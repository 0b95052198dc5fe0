/** The laws of intervals: they hold the exact influence, and each bound that they are made of holds what it bounds. */

import { describe, expect, test } from "vitest";
import { aboveInverse } from "../../src/linear/inverse-polynomial.ts";
import { groupPlayers, interactionPlayers, measureOf, metric, userPlayers } from "../../src/method/index.ts";
import { turnedToward } from "../../src/model/rotations.ts";
import { difference, norm } from "../../src/numeric/vector.ts";
import type { Factorization, FactorizationSettings } from "../../src/objective/factorization.ts";
import { fitTarget, marginTarget, meanScoreTarget, rankTarget, scoreTarget } from "../../src/objective/target.ts";
import { optimumBalls } from "../../src/training/enclosures.ts";
import { convergenceRadius, hessianSlope } from "../../src/training/factors/hessian-slope.ts";
import { inverseBound } from "../../src/training/factors/inverse-bound.ts";
import { minimise, type TrainedModel, train } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { allRows, forms, interactionsFrom, kernels, normals, objectiveOn, scraps, tastes } from "../support/small.ts";
import { modelFrom, smoothOf } from "../support/trained.ts";
import { estimateBy } from "./asking.ts";

async function optimumOf(objective: Factorization): Promise<TrainedModel> {
  return modelFrom(await train(objective, { kernels, tolerance: 1e-11 }));
}

/** How many ends of intervals are numbers, after each was found to hold the exact influence. */
async function determined(
  model: TrainedModel,
  measures: Parameters<typeof estimateBy>[2],
  players: Parameters<typeof estimateBy>[3],
) {
  const found = await estimateBy("influence-interval", model, measures, players);
  const exact = await estimateBy("leave-one-out", model, measures, players, { settings: { tolerance: 1e-11 } });
  const ends = found.intervals ?? new Float64Array(0);
  expect(ends).toHaveLength(2 * found.values.length);
  let count = 0;
  exact.values.forEach((truth, n) => {
    const [lower, upper] = ends.subarray(2 * n, 2 * n + 2);
    expect(Number.isNaN(lower)).toBe(Number.isNaN(upper));
    if (Number.isNaN(lower)) return;
    count++;
    // The truth itself is right to its gradient's tolerance.
    expect(lower, `value ${n}`).toBeLessThanOrEqual(truth + 1e-10);
    expect(upper, `value ${n}`).toBeGreaterThanOrEqual(truth - 1e-10);
    expect(found.values[n]).toBeGreaterThanOrEqual(lower);
    expect(found.values[n]).toBeLessThanOrEqual(upper);
  });
  expect(found.notes ?? [], "undetermined are told of").toHaveLength(count < found.values.length ? 1 : 0);
  return { share: count / found.values.length, found };
}

const someForms = forms.filter((_, n) => n % 3 !== 2);

describe.each(someForms)("%s", (_, settings: FactorizationSettings) => {
  test("intervals hold the exact influence of rows and users, and most are determined and narrow", async () => {
    const model = await optimumOf(objectiveOn(tastes(), settings));
    const measures = [scoreTarget(3, 4), marginTarget(3, 4, 5), meanScoreTarget([0, 1, 2], 7)].map((t) =>
      measureOf(t, "rating"),
    );
    const { share, found } = await determined(
      model,
      measures,
      interactionPlayers(allRows(model.interactions).filter((row) => row % 9 === 0)),
    );
    expect(share).toBeGreaterThan(0.7);
    const widths = Array.from(found.values, (x, n) => ((found.intervals?.[2 * n + 1] ?? 0) - x) / Math.abs(x));
    expect(widths.filter((w) => w < 0.05).length).toBeGreaterThan(0.5 * widths.length);
    await determined(model, measures, userPlayers(model.interactions, [0, 5]));
  });
});

test("of targets that are not linear, and of groups, rows of many and none", async () => {
  const model = await optimumOf(objectiveOn(tastes()));
  const targets = [fitTarget(3, 4, 5), rankTarget(3, 4, [1, 2, 5], 0.5)].map((t) => measureOf(t, ""));
  const groups = groupPlayers([Uint32Array.of(1), Uint32Array.of(2, 50, 51), new Uint32Array(0)]);
  const { found } = await determined(model, targets, groups);
  expect([...(found.intervals?.subarray(4, 6) ?? [])]).toEqual([0, 0]);
  const label = metric("twice a score", "rating", async (scores) => 2 * (await scores(scoreTarget(3, 4).pairs))[0]);
  const bare = await estimateBy("influence-interval", model, [label], groups);
  expect([...(bare.intervals ?? [])]).toEqual([NaN, NaN, NaN, NaN, 0, 0]);
  expect(bare.notes).toHaveLength(1);
});

test("with pairs that were rated twice, rows that empty a user, and parts that nothing joins", async () => {
  const target = [measureOf(scoreTarget(1, 2), "rating")];
  const torn = interactionsFrom(
    [...Array(12).keys()]
      .flatMap((k) => [[k % 4, k % 3, 1 + (k % 5)] as const, [4 + (k % 3), 3 + (k % 4), 5 - (k % 4)] as const])
      .concat([[7, 7, 2]]),
    8,
    8,
  );
  for (const [data, regularizer] of [
    [scraps(), "table"],
    [scraps(), "interaction"],
    [torn, "table"],
    [torn, "interaction"],
  ] as const) {
    const model = await optimumOf(
      objectiveOn(data, { regularizer, factors: 2, l2: regularizer === "table" ? 2 : 0.6, l2Bias: 0.5 }),
    );
    const { share } = await determined(model, target, interactionPlayers(allRows(model.interactions)));
    expect(share).toBeGreaterThan(0.5);
    await determined(model, target, userPlayers(model.interactions));
  }
});

test("everything from a model that is far from an optimum is not determined, and nothing of it is silent", async () => {
  const { objective, params, ...rest } = smoothOf(await optimumOf(objectiveOn(tastes())));
  const moved = params.map((x, k) => x + 0.5 * Math.sin(7 * k));
  const balls = await optimumBalls({ objective, params: moved, ...rest, gradientNorm: 50 }, run);
  expect((await balls.without(Uint32Array.of(3))).radius).toBeNaN();
  balls.close();
});

describe("what the interval is made of", () => {
  test("the polynomial is above 1/w in its range, by no more than its residual allows, and touches it", () => {
    for (const [from, to] of [
      [0.1, 1.5],
      [0.6, 0.9],
    ] as const) {
      const { at, overshoot } = aboveInverse(from, to, 6);
      const ratios = Array.from({ length: 2001 }, (_, k) => from + ((to - from) * k) / 2000).map((w) => at(w) * w);
      expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1 - 1e-12);
      expect(Math.min(...ratios)).toBeLessThan(1 + 1e-4 * overshoot);
      expect(Math.max(...ratios)).toBeLessThanOrEqual(1 + overshoot + 1e-12);
      expect(Math.max(...ratios)).toBeGreaterThan(1 + 0.999 * overshoot);
    }
  });

  test("the ball holds the optimum, and is not much larger than it has to be", async () => {
    const model = await optimumOf(objectiveOn(tastes(), { l2: 1.2, l2Bias: 0.4 }));
    const { objective, params } = smoothOf(model);
    const balls = await optimumBalls(smoothOf(model), run);
    const over: number[] = [];
    for (let row = 0; row < 260; row += 7) {
      const rows = Uint32Array.of(row);
      const { params: found, radius } = await balls.without(rows);
      const exact = await minimise(objective.without(rows), params, run, { tolerance: 1e-11 });
      const distance = norm(difference(turnedToward(objective.model.rotations ?? [], exact.params, found), found));
      if (Number.isNaN(radius)) continue;
      expect(distance, `row ${row}`).toBeLessThanOrEqual(radius + 1e-10);
      over.push(radius / distance);
    }
    balls.close();
    expect(over.length).toBeGreaterThan(25);
    expect(over.sort((a, b) => a - b)[over.length >> 1]).toBeLessThan(40);
  });

  test("G is above the inverse of H everywhere off the rotations, and nowhere much", async () => {
    const objective = objectiveOn(tastes(), { l2: 1.2 });
    const { params } = smoothOf(await optimumOf(objective));
    const session = kernels.open(objective.problem);
    session.setPoint(params);
    session.factorise("user");
    session.factorise("item");
    const bound = await inverseBound(objective, session, run);
    if (bound === undefined) throw new Error("no bound");
    const [image, back] = [new Float64Array(params.length), new Float64Array(params.length)];
    for (let n = 0; n < 60; n++) {
      // Half of them reach single rows only: there the blocks matter, and the modes elsewhere.
      const v = normals(params.length, n).map((x, k) => (n % 2 === 0 || k % 30 === n >> 1 ? x : 0));
      session.hessianProduct(v, image, "full");
      await bound.apply(image, back);
      const truth = v.reduce((sum, x, k) => sum + x * image[k], 0);
      const above = image.reduce((sum, x, k) => sum + x * back[k], 0);
      expect(above).toBeGreaterThanOrEqual(truth * (1 - 1e-9));
      expect(above).toBeLessThan(1.5 * truth);
    }
    session.close();
  });

  test("H changes by no more than the slope says, which one pair attains", () => {
    const one = objectiveOn(interactionsFrom([[0, 0, 3]], 1, 1), {
      factors: 1,
      biases: false,
      mean: { kind: "fixed", value: 0 },
    });
    const [p, e] = [5, 1e-3];
    const leastOf = (x: number) => x * x - Math.abs(2 * x * x - 3);
    // H is [[q², 2pq − r], [2pq − r, p²]] beside L2; with p = q its eigenvector (1, −1) … (1, 1) stay.
    const most = (x: number) => x * x + (2 * x * x - 3);
    const change = Math.max(Math.abs(leastOf(p - e) - leastOf(p)), Math.abs(most(p - e) - most(p)));
    const slope = hessianSlope(one, Float64Array.of(p, p));
    expect(slope * Math.SQRT2 * e).toBeGreaterThan(change);
    expect(slope * Math.SQRT2 * e).toBeLessThan(1.05 * change);
  });

  test("a pair that was rated twice counts twice in the slope", () => {
    const over = { factors: 1, biases: false, mean: { kind: "fixed", value: 0 } } as const;
    const twice = objectiveOn(
      interactionsFrom(
        [
          [0, 0, 3],
          [0, 0, 3],
        ],
        1,
        1,
      ),
      over,
    );
    const once = objectiveOn(interactionsFrom([[0, 0, 3]], 1, 1), over);
    const at = Float64Array.of(2, 2);
    expect(hessianSlope(twice, at)).toBeCloseTo(2 * hessianSlope(once, at), 12);
  });

  test("the radius is the least that the curvature left in the ball allows; NaN beyond Kantorovich's condition", () => {
    for (const [curvature, slope, gradient] of [
      [2, 3, 0.1],
      [0.5, 0, 0.2],
      [1, 100, 1e-4],
    ] as const) {
      const radius = convergenceRadius(curvature, slope, gradient);
      expect((curvature - slope * radius) * radius).toBeCloseTo(gradient, 12);
      expect(radius).toBeLessThan(curvature / slope);
    }
    expect(convergenceRadius(1, 10, 0.026)).toBeNaN();
    expect(convergenceRadius(-1, 10, 1e-9)).toBeNaN();
    expect(convergenceRadius(Number.NaN, 10, 1e-9)).toBeNaN();
  });
});
