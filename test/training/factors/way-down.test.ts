/** Laws of how far an ordinary ALS model is from the optimum nearby: what is told is what polishing finds, or nothing. */

import { expect, test } from "vitest";
import type { Interactions } from "../../../src/data/interactions.ts";
import { plantedFactors } from "../../../src/data/synthetic.ts";
import { scores } from "../../../src/model/factor-model.ts";
import { symmetricEigen } from "../../../src/numeric/dense.ts";
import { addScaled, dot, norm } from "../../../src/numeric/vector.ts";
import { type Factorization, type FactorizationSettings, factorization } from "../../../src/objective/factorization.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import { randomStart } from "../../../src/training/factors/als-newton.ts";
import { alternate } from "../../../src/training/factors/alternating.ts";
import { descend, reoptimise } from "../../../src/training/factors/reoptimise.ts";
import { suboptimalityOfFactors } from "../../../src/training/factors/suboptimality.ts";
import { modelOf } from "../../../src/training/factors/trained.ts";
import { run } from "../../support/run.ts";
import { evaluate, kernels, normals } from "../../support/small.ts";

/** A trainer of factors: what it leaves after so many sweeps, stored in float32. */
type Swept = (objective: Factorization, sweeps: number, seed: number) => Promise<Float64Array>;

/** Each side solved to its end. */
function solvedExactly(objective: Factorization, sweeps: number, seed: number): Promise<Float64Array> {
  return descend(objective, { kernels }, async (descent) => {
    const start = randomStart(objective, seed, indexKeys(objective.interactions).items);
    descent.session.setPoint(start);
    await alternate(descent, sweeps);
    descent.session.getPoint(start);
    return start.map(Math.fround);
  });
}

/** A row's system: Σ_j y_j·y_jᵀ + λ·1 of all of the other side, and what its interactions add to it. */
interface RowSystem {
  readonly gram: Float64Array;
  readonly others: Float64Array;
  readonly chosen: readonly (readonly [other: number, confidence: number])[];
}

/** Steps that implicit's default takes in every row. */
const conjugateSteps = 3;

/** Three steps of conjugate gradients in every row, as implicit's default (Takács, Pilászy and Tikk 2011). */
async function solvedByConjugateGradients(
  objective: Factorization,
  sweeps: number,
  seed: number,
): Promise<Float64Array> {
  const { interactions, settings, shape } = objective;
  const { byUser, byItem, users, items, ratings } = interactions;
  const { factors, confidence, l2 } = settings;
  const noise = normals(objective.parameterCount, seed).map((x) => x / 10);
  const [p, q] = [noise.subarray(0, shape.userCount * factors), noise.subarray(shape.userCount * factors)];
  const side = (mine: Float64Array, others: Float64Array, { start, rows }: typeof byUser, keys: Uint32Array) => {
    const gram = gramOf(others, factors, l2);
    for (let k = 0; k + 1 < start.length; k++) {
      const own = Array.from(rows.subarray(start[k], start[k + 1]));
      const chosen = own.map((row) => [keys[row], (confidence?.alpha ?? 1) * Math.abs(ratings[row])] as const);
      improve(mine.subarray(k * factors, (k + 1) * factors), { gram, others, chosen });
    }
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    side(p, q, byUser, items);
    side(q, p, byItem, users);
  }
  return noise.map(Math.fround);
}

function gramOf(rows: Float64Array, factors: number, l2: number): Float64Array {
  const gram = new Float64Array(factors * factors);
  for (let at = 0; at < rows.length; at += factors)
    for (let a = 0; a < factors; a++)
      for (let b = 0; b < factors; b++) gram[a * factors + b] += rows[at + a] * rows[at + b];
  for (let a = 0; a < factors; a++) gram[a * factors + a] += l2;
  return gram;
}

/** The steps in one row, in place: base 0, so an interaction of confidence c has weight c and the others weight 1. */
function improve(x: Float64Array, { gram, others, chosen }: RowSystem): void {
  const n = x.length;
  const row = (other: number) => others.subarray(other * n, (other + 1) * n);
  const product = (v: Float64Array) => {
    const out = v.map((_, a) => dot(gram.subarray(a * n, (a + 1) * n), v));
    for (const [other, c] of chosen) addScaled(out, (c - 1) * dot(row(other), v), row(other));
    return out;
  };
  const residual = product(x).map((value) => -value);
  for (const [other, c] of chosen) addScaled(residual, c, row(other));
  const direction = residual.slice();
  let square = dot(residual, residual);
  for (let step = 0; step < conjugateSteps && square > 1e-20; step++) {
    const along = product(direction);
    const size = square / dot(direction, along);
    addScaled(x, size, direction);
    addScaled(residual, -size, along);
    const next = dot(residual, residual);
    for (let a = 0; a < n; a++) direction[a] = residual[a] + (next / square) * direction[a];
    square = next;
  }
}

async function compared(objective: Factorization, params: Float64Array) {
  const told = await suboptimalityOfFactors(objective, params, run);
  const best = await reoptimise(objective, params, { kernels });
  const { users, items } = objective.interactions;
  const [from, to] = [params, best.params].map((at) => scores(modelOf({ objective, params: at }), users, items));
  const shift = norm(from.map((x, k) => x - to[k])) / Math.sqrt(from.length);
  return { told, shift, excess: told.objective - best.value, polished: best.status };
}

const squared = (factors: number, l2: number, value: number, regularizer: "table" | "interaction") =>
  ({ factors, biases: false, mean: { kind: "fixed", value }, l2, l2Bias: l2, regularizer }) as const;
const implicit = (factors: number, l2: number, alpha: number, regularizer: "table" | "interaction" = "table") => ({
  ...squared(factors, l2, 0, regularizer),
  confidence: { base: regularizer === "table" ? 0 : 1, alpha },
});

/** Within a tenth after 15 sweeps and more; before within a factor of two, or not determined. */
async function expectTold(
  settings: FactorizationSettings,
  data: Interactions,
  seeds: readonly number[],
  swept: Swept = solvedExactly,
) {
  const objective = factorization(settings, data);
  let determined = 0;
  for (const sweeps of [1, 5, 15, 50])
    for (const seed of seeds) {
      const { told, shift, excess, polished } = await compared(objective, await swept(objective, sweeps, seed));
      expect(polished).toBe("converged");
      expect(told.passes).toBeLessThan(500);
      const { scoreShift, objectiveExcess, reason } = told;
      if (scoreShift === null || objectiveExcess === null) {
        expect([sweeps, reason]).toEqual([sweeps < 15 ? sweeps : "fewer", expect.stringMatching(/^not determined: /)]);
        continue;
      }
      determined++;
      const most = sweeps < 15 ? 2 : 1.1;
      for (const [found, truth] of [
        [scoreShift, shift],
        [objectiveExcess, excess],
      ])
        expect(Math.max(found / truth, truth / found), `${sweeps} sweeps, seed ${seed}`).toBeLessThan(most);
    }
  // Saying nothing is no answer.
  expect(determined).toBeGreaterThan(2.5 * seeds.length);
}

/** Eigenvalues of the Hessian, by differences of gradients, from the smallest on. */
async function eigenvaluesAt(objective: Factorization, at: Float64Array): Promise<readonly number[]> {
  const step = 1e-5;
  const count = at.length;
  const hessian = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    const [up, down] = [step, -step].map((by) => evaluate(objective, at.with(k, at[k] + by)).gradient);
    for (let j = 0; j < count; j++) {
      const half = (up[j] - down[j]) / (4 * step);
      hessian[k * count + j] += half;
      hessian[j * count + k] += half;
    }
  }
  return Array.from(symmetricEigen(hessian, count).values).sort((a, b) => a - b);
}

const liked = plantedFactors({ users: 60, items: 30, ratings: 500, factors: 3, seed: 5 }).interactions;

test.each([
  ["implicit's", implicit(6, 3, 2)],
  ["implicit's, of a small L2", implicit(4, 0.1, 1)],
  ["Spark's of ratings", squared(4, 0.1, 0, "interaction")],
  ["Spark's of implicit feedback", implicit(5, 0.05, 3, "interaction")],
  ["a table's", squared(3, 2, 3, "table")],
] as const)("%s ALS after 1, 5, 15 and 50 sweeps", async (_, settings) => {
  // Not 1: from there polishing Spark's ends at a saddle, which the last test is about.
  await expectTold(settings, liked, [2, 3]);
});

test.each([
  ["6 factors", implicit(6, 3, 2)],
  ["a small L2", implicit(4, 0.1, 1)],
] as const)("implicit's conjugate gradients, %s, after 1, 5, 15 and 50 sweeps", async (_, settings) => {
  await expectTold(settings, liked, [2, 3], solvedByConjugateGradients);
});

test("where polishing ends at a saddle, the way goes on below it", async () => {
  const objective = factorization(squared(4, 0.1, 0, "interaction"), liked);
  const params = await solvedExactly(objective, 15, 1);
  const { value, params: at } = await reoptimise(objective, params, { kernels });
  const told = await suboptimalityOfFactors(objective, params, run);
  const way = told.objective - (told.objectiveExcess ?? Number.NaN);
  expect(way).toBeLessThan(value - 0.1);
  const eigenvalues = await eigenvaluesAt(objective, at);
  expect(eigenvalues[0]).toBeLessThan(-0.1);
});
