/** Laws of accelerated relaxation, counted in passes over the ratings: mixing pays, ends as its theory says, and what diverges is left behind. */

import { describe, expect, test } from "vitest";
import { addScaled, norm } from "../../../src/numeric/vector.ts";
import { type Factorization, type FactorizationSettings, placesOf } from "../../../src/objective/factorization.ts";
import { anderson } from "../../../src/training/factors/anderson.ts";
import type { Descent } from "../../../src/training/factors/descent.ts";
import { factoriseBoth } from "../../../src/training/factors/opening.ts";
import { blockPreconditioner } from "../../../src/training/factors/preconditioner.ts";
import { descend, finish } from "../../../src/training/factors/reoptimise.ts";
import { train } from "../../../src/training/index.ts";
import { expectNear, interactionsFrom, kernels, objectiveOn, type Triple, tastes } from "../../support/small.ts";

const tolerance = 1e-8;

/** Lets `work` go on from `start` with blocks of `blocksAt`, and tells the norms that its passes saw and where it left the session. */
async function passesOf(
  objective: Factorization,
  start: Float64Array,
  work: (descent: Descent) => Promise<unknown>,
  blocksAt = start,
) {
  const seen: number[] = [];
  const point = start.slice();
  const gradient = new Float64Array(start.length);
  await descend(objective, { kernels, tolerance }, async (descent) => {
    const { session } = descent;
    session.setPoint(blocksAt);
    await factoriseBoth(session, descent.yieldToEventLoop);
    session.setPoint(start);
    await work({ ...descent, report: ({ gradientNorm = Number.NaN }) => seen.push(gradientNorm) });
    session.getPoint(point);
    session.evaluate(gradient);
    return finish(descent);
  });
  return { seen, point, reduced: norm(gradient.subarray(placesOf(objective.shape).itemsAt)) };
}

/** The same relaxation without mixing: a step of every block, pass after pass. */
function relaxation(most: number) {
  return async ({ objective, session, report }: Descent) => {
    const blocks = blockPreconditioner(objective.problem, session);
    const gradient = new Float64Array(session.reducedCount);
    const step = new Float64Array(session.reducedCount);
    const point = new Float64Array(session.parameterCount);
    for (let pass = 1; pass <= most; pass++) {
      session.relaxUsers(gradient);
      report({ phase: "relaxing", step: pass, gradientNorm: norm(gradient) });
      if (norm(gradient) <= 0.5 * tolerance) return;
      blocks.apply(gradient, step);
      session.getPoint(point);
      addScaled(point.subarray(point.length - step.length), -1, step);
      session.setPoint(point);
    }
  };
}

test("mixing takes less than half of the passes that relaxation takes", async () => {
  const objective = objectiveOn(tastes(), { l2: 1.5 });
  const { params } = await train(objective, { kernels });
  for (const rows of [Uint32Array.of(17), Uint32Array.from({ length: 26 }, (_, k) => 10 * k)]) {
    const retain = objective.without(rows);
    const plain = await passesOf(retain, params, relaxation(2000));
    const mixed = await passesOf(retain, params, (descent) => anderson(descent));
    expect(mixed.seen[0]).toBe(plain.seen[0]);
    // The premise: both arrive.
    for (const { seen } of [plain, mixed]) expect(seen[seen.length - 1]).toBeLessThanOrEqual(0.5 * tolerance);
    expect(mixed.seen.length).toBeLessThan(0.5 * plain.seen.length);
    // The oldest secants are dropped, and the others still tell the truth.
    const few = await passesOf(retain, params, (descent) => anderson(descent, { memory: 4 }));
    expect(few.seen[few.seen.length - 1]).toBeLessThanOrEqual(0.5 * tolerance);
    expect(few.seen.length).toBeLessThan(0.75 * plain.seen.length);
  }
});

test("near an optimum J is quadratic, and as many secants as there are unknowns end it", async () => {
  // Five items of one factor each: five unknowns.
  const ratings = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((user) =>
    [0, 1, 2, 3, 4].flatMap((item): Triple[] =>
      (user + 2 * item) % 3 === 0 ? [] : [[user, item, 2 + Math.sin(user * item)]],
    ),
  );
  const objective = objectiveOn(interactionsFrom(ratings, 8, 5), {
    ...{ factors: 1, biases: false, mean: { kind: "fixed", value: 0 } },
    l2: 0.5,
  });
  const { params } = await train(objective, { kernels, tolerance: 1e-12 });
  const near = params.map((x, k) => x * (1 + 1e-3 * Math.sin(3 * k)));
  const { seen } = await passesOf(objective, near, (descent) => anderson(descent), params);
  expect(seen[0]).toBeGreaterThan(1e-4);
  // What is not quadratic has the size of the square of the distance: one or two passes more.
  expect(seen[6]).toBeLessThan(1e-5 * seen[0]);
  expect(seen[seen.length - 1]).toBeLessThanOrEqual(0.5 * tolerance);
  expect(seen.length).toBeLessThanOrEqual(9);
  // Fewer secants take more passes.
  const short = await passesOf(objective, near, (descent) => anderson(descent, { memory: 1 }), params);
  expect(short.seen.length).toBeGreaterThan(seen.length);
});

describe("what diverges", () => {
  const diverging = async (over: Partial<FactorizationSettings> = {}, maxPasses = 150) => {
    const objective = objectiveOn(tastes(), { l2: 1.5, ...over });
    const { params } = await train(objective, { kernels });
    // Blocks of a point nearer to zero are smaller: every step is far too long.
    return passesOf(
      objective,
      params.map((x) => 1.001 * x),
      (descent) => anderson(descent, { maxPasses }),
      params.map((x) => 0.2 * x),
    );
  };

  test("is left behind: the session stands where the gradient was least", async () => {
    for (const maxPasses of [5, 150]) {
      const { seen, reduced } = await diverging({}, maxPasses);
      const best = Math.min(...seen);
      // The premise: it does not end at its best.
      expect(seen[seen.length - 1]).toBeGreaterThan(1.5 * best);
      expectNear([reduced], [best], 1e-9, { floor: best });
    }
  });

  test("is ended nine passes after the best", async () => {
    const { seen } = await diverging();
    expect(seen.length - 1 - seen.indexOf(Math.min(...seen))).toBe(9);
  });

  test("is ended at a thousand times the least gradient", async () => {
    // Nothing but the factors carries the ratings: their steps are the longest.
    const { seen } = await diverging({ biases: false, mean: { kind: "fixed", value: 0 } });
    const best = Math.min(...seen);
    expect(seen[seen.length - 1]).toBeGreaterThan(1e3 * best);
    expect(Math.max(...seen.slice(0, -1))).toBeLessThanOrEqual(1e3 * best);
    expect(seen.length - 1 - seen.indexOf(best)).toBeLessThan(9);
  });
});
