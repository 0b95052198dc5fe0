/** Laws of minimising any objective: a gradient that is really gone, the one optimum of a convex problem, and a true status. */

import { describe, expect, test } from "vitest";
import { offRotations } from "../../../src/model/rotations.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { norm } from "../../../src/numeric/vector.ts";
import type { FullBatch } from "../../../src/objective/full-batch.ts";
import { bpr, logistic, multinomial, squared } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { type Descent, search } from "../../../src/training/newton/line-search.ts";
import { newtonMinimise } from "../../../src/training/newton/newton.ts";
import { additiveObjective, factorObjective, few, losses } from "../../support/additive.ts";
import { run, runWith } from "../../support/run.ts";
import { expectNear, tastes } from "../../support/small.ts";

function randomStart({ parameterCount }: Objective, seed: number, size = 1): Float64Array {
  const random = randomOf(seed, "newton test");
  return Float64Array.from({ length: parameterCount }, () => size * random.normal());
}

function gradientNorm(objective: Objective, params: Float64Array): number {
  const gradient = new Float64Array(params.length);
  objective.evaluate(params, gradient);
  return norm(gradient);
}

describe("a convex objective", () => {
  for (const loss of losses)
    for (const local of [true, false])
      test(`has one optimum, found from everywhere (${loss.name}, ${local ? "local" : "not local"})`, async () => {
        const objective = additiveObjective(few(), loss, { model: { local } });
        const optima = [];
        for (const seed of [1, 2, 3])
          optima.push(await newtonMinimise(objective, randomStart(objective, seed, 3), run));
        for (const { params, value, status } of optima) {
          expect(status).toBe("converged");
          expect(gradientNorm(objective, params)).toBeLessThan(2e-8);
          expect(objective.evaluate(params)).toBeCloseTo(value, 10);
          // Strong convexity: the distance is at most ‖∇J‖ over the smallest λ.
          expectNear(params, optima[0].params, 2e-7);
        }
      });

  test("of least squares is where its normal equations say", async () => {
    const objective = additiveObjective(few(), squared);
    const { params } = await newtonMinimise(objective, randomStart(objective, 1), run);
    const [b, c, slope] = [params.subarray(0, 4), params.subarray(4, 9), params[9]];
    const { users, items, ratings } = objective.interactions;
    const errors = Array.from(ratings, (r, k) => r - b[users[k]] - c[items[k]] - (slope * items[k]) / 5);
    const sum = (keep: (k: number) => boolean) => errors.reduce((total, e, k) => total + (keep(k) ? e : 0), 0);
    expectNear(
      b,
      Array.from(b, (_, u) => sum((k) => users[k] === u) / 0.3),
      1e-7,
    );
    expectNear(
      c,
      Array.from(c, (_, i) => sum((k) => items[k] === i) / 0.3),
      1e-7,
    );
    expectNear([slope], [errors.reduce((total, e, k) => total + (e * items[k]) / 5, 0) / 0.5], 1e-7);
  });
});

describe("matrix factorization", () => {
  for (const loss of [squared, logistic, bpr, multinomial])
    for (const regularizer of ["table", "interaction"] as const)
      test(`comes to a stationary point from a random start (${loss.name}, ${regularizer} L2)`, async () => {
        const objective = factorObjective(tastes(), loss, { regularizer, l2: regularizer === "table" ? 0.5 : 0.05 });
        const found = await newtonMinimise(objective, randomStart(objective, 1), run);
        expect(found.status).toBe("converged");
        expect(gradientNorm(objective, found.params)).toBeLessThan(2e-8);
      });

  test("leaves the neighbourhood of a saddle: at zero the gradient vanishes, the curvature is negative", async () => {
    const objective = factorObjective(tastes(), squared, { l2: 0.5 });
    const saddle = objective.evaluate(new Float64Array(objective.parameterCount));
    const found = await newtonMinimise(objective, randomStart(objective, 2, 1e-3), run);
    expect(found.status).toBe("converged");
    expect(found.value).toBeLessThan(0.5 * saddle);
  });

  test("stops at the optimum, at the step limit and where numbers end, and says which", async () => {
    const objective = factorObjective(tastes(), bpr);
    const start = randomStart(objective, 1);
    const short = await newtonMinimise(objective, start, run, { maxSteps: 1 });
    expect(short.status).toBe("step-limit");
    expect(short.value).toBeLessThan(objective.evaluate(start));
    const { params } = await newtonMinimise(objective, start, run);
    const again = await newtonMinimise(objective, params, run);
    expect([again.products, again.params]).toEqual([0, params]);
    expect((await newtonMinimise(objective, start.fill(1e200), run)).status).toBe("breakdown");
  });

  test("has the same bytes every time", async () => {
    const objective = factorObjective(tastes(), bpr);
    const start = randomStart(objective, 1);
    const [one, two] = [await newtonMinimise(objective, start, run), await newtonMinimise(objective, start, run)];
    expect(one).toEqual(two);
  });
});

describe("one step", () => {
  test.each([squared, logistic, bpr])("turns nothing that no score sees ($name)", async (loss) => {
    const objective = factorObjective(tastes(), loss);
    const start = randomStart(objective, 1);
    const { params } = await newtonMinimise(objective, start, run, { maxSteps: 1 });
    const move = params.map((x, k) => x - start[k]);
    const off = move.slice();
    offRotations(objective.model.rotations ?? [], start)(off);
    // The premise: most of what can be moved can be turned as well.
    expect(objective.model.rotations?.length).toBe(1);
    expect(norm(move)).toBeGreaterThan(0.1);
    expectNear(off, move, 1e-10);
  });

  test.each([squared, bpr])("with much damping is short, and one product ($name)", async (loss) => {
    const damping = 1e6;
    for (const objective of [factorObjective(tastes(), loss), additiveObjective(tastes(), loss)]) {
      const start = randomStart(objective, 1);
      const { params, products } = await newtonMinimise(objective, start, run, { maxSteps: 1, damping });
      const length = (norm(params.map((x, k) => x - start[k])) * damping) / gradientNorm(objective, start);
      expect(length).toBeGreaterThan(0.7);
      expect(length).toBeLessThan(1.01);
      expect(products).toBe(1);
    }
  });
});

describe("a search along a line", () => {
  /** Where a search ends on J(t) = `value`, whose slope at 0 is −1; undefined where nothing helps. */
  const ended = async (value: (t: number) => number, far = false, direction = 1) => {
    const whole: FullBatch = {
      evaluate: async ([t], gradient) => {
        gradient.fill(0);
        return value(t);
      },
      product: async () => {},
      close: () => {},
    };
    const descent: Descent = {
      ...{ objective: additiveObjective(few(), squared), whole, tolerance: 1e-8, damping: 0, rotations: [] },
      ...{ yieldToEventLoop: run.yieldToEventLoop, kernels: run.kernels, products: 0 },
      ...{ params: new Float64Array(1), gradient: Float64Array.of(-1), value: value(0), gradientNorm: 1 },
    };
    const moved = await search(descent, Float64Array.of(direction), far);
    expect(moved || descent.params[0] === 0).toBe(true);
    if (moved) expect(descent.value).toBe(value(descent.params[0]));
    return moved ? descent.params[0] : undefined;
  };

  test("takes the first of 1, ½, ¼ … at which J falls by enough", async () => {
    expect(await ended((t) => -t)).toBe(1);
    expect(await ended((t) => (t > 0.3 ? 1 : -t))).toBe(0.25);
    // A little more than before is not less.
    expect(await ended((t) => (t === 1 ? 5e-5 : -t))).toBe(0.5);
    // Neither is less by less than a ten-thousandth of what the slope says.
    expect(await ended((t) => (t === 1 ? -5e-5 : -t))).toBe(0.5);
    expect(await ended((t) => -5e-5 * t)).toBe(undefined);
    expect(await ended((t) => t)).toBe(undefined);
    expect(await ended((t) => (Number.isFinite(t) && t > 0.7 ? Number.NaN : -t))).toBe(0.5);
  });

  test("goes on by doubling while J falls, where the length means little", async () => {
    const valley = (t: number) => ((t - 10) ** 2 - 100) / 20;
    expect(await ended(valley)).toBe(1);
    expect(await ended(valley, true)).toBe(8);
    expect(await ended((t) => -t, true)).toBe(64);
    // Not where it had to be halved.
    expect(await ended((t) => (t > 0.6 && t < 1.5 ? 1 : -t), true)).toBe(0.5);
  });

  test("does not go up a slope", async () => {
    expect(await ended((t) => -Math.abs(t), false, -1)).toBe(undefined);
    expect(await ended((t) => -Math.abs(t), false, 0)).toBe(undefined);
  });
});

test("converged is a gradient within the tolerance, to the last digit", async () => {
  for (const objective of [factorObjective(tastes(), bpr), additiveObjective(tastes(), logistic)]) {
    const start = randomStart(objective, 1);
    const standing = (tolerance: number) => newtonMinimise(objective, start, run, { maxSteps: 0, tolerance });
    const { gradientNorm: found } = await standing(1e-8);
    for (const [tolerance, status] of [
      [found, "converged"],
      [found * (1 - 1e-12), "step-limit"],
      [found / 10, "step-limit"],
    ] as const)
      expect(await standing(tolerance)).toMatchObject({ status, gradientNorm: found, params: start, products: 0 });
  }
});

test("a start of the wrong length is refused, and an abort is heard", async () => {
  const objective = factorObjective(tastes(), bpr);
  await expect(newtonMinimise(objective, new Float64Array(3), run)).rejects.toMatchObject({ code: "bad-input" });
  const aborted = runWith({}, { signal: AbortSignal.abort() });
  await expect(newtonMinimise(objective, randomStart(objective, 1), aborted)).rejects.toMatchObject({
    code: "aborted",
  });
});
