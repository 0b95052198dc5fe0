/** Random factor problems for the kernels' tests. */

import { indexBy } from "../../src/data/interactions.ts";
import { type FactorProblem, parameterCountOf, strideOf } from "../../src/kernel/kernels.ts";
import { type Random, randomOf } from "../../src/numeric/random.ts";

/** What a problem should look like; the last user and the last item have no ratings. */
export interface ProblemKind {
  readonly factors: number;
  readonly biases?: boolean;
  readonly learnedMean?: boolean;
  readonly users?: number;
  readonly items?: number;
  readonly ratings?: number;
  /** Every row has its own scale (some of them 0) instead of 1. */
  readonly scaled?: boolean;
  readonly factorPenalty?: number;
  readonly biasPenalty?: number;
  /** Every rating has its own weight, some of them 0 (or all), and a pull of either sign. */
  readonly weighted?: boolean | "nothing";
  /** Needs `biases: false`; makes the fixed mean 0. */
  readonly zeroWeight?: number;
  readonly seed?: number;
}

/** A problem of that kind; some users rate an item twice, and popularity is uneven. */
export function problemOf(kind: ProblemKind): FactorProblem {
  const { factors, biases = true, learnedMean = false, users = 7, items = 6, ratings = 25, seed = 1 } = kind;
  const random = randomOf(seed, "problem", factors);
  const raters = Uint32Array.from({ length: ratings }, () => Math.floor(random.uniform() ** 1.5 * (users - 1)));
  const rated = Uint32Array.from({ length: ratings }, () => Math.floor(random.uniform() ** 2 * (items - 1)));
  const values = Float64Array.from({ length: ratings }, () => 1 + random.integer(5));
  const byUser = indexBy(raters, users);
  const byItem = indexBy(rated, items);
  const weights = kind.weighted ? weightsOf(ratings, seed, kind.weighted === "nothing") : undefined;
  if (weights)
    values.forEach((rating, k) => {
      values[k] = weights[k] * (rating - 2) + random.normal();
    });
  return {
    shape: { userCount: users, itemCount: items, factors, biases, learnedMean },
    fixedMean: learnedMean ? Number.NaN : kind.zeroWeight === undefined ? 3.25 : 0,
    byUser: { start: byUser.start, others: byUser.rows.map((k) => rated[k]) },
    ratings: Float64Array.from(byUser.rows, (k) => values[k]),
    byItem: { start: byItem.start, others: byItem.rows.map((k) => raters[k]) },
    itemRatings: Float64Array.from(byItem.rows, (k) => values[k]),
    weights: weights && Float64Array.from(byUser.rows, (k) => weights[k]),
    itemWeights: weights && Float64Array.from(byItem.rows, (k) => weights[k]),
    zeroWeight: kind.zeroWeight,
    constant: kind.weighted ? 7.5 : undefined,
    factorPenalty: kind.factorPenalty ?? 0.6,
    biasPenalty: kind.biasPenalty ?? 0.4,
    userScale: scales(users, kind.scaled ?? false, random),
    itemScale: scales(items, kind.scaled ?? false, random),
  };
}

function weightsOf(ratings: number, seed: number, nothing: boolean): Float64Array {
  const random = randomOf(seed, "weights");
  return Float64Array.from({ length: ratings }, () =>
    nothing || random.uniform() < 0.2 ? 0 : 0.2 + 3 * random.uniform(),
  );
}

function scales(rows: number, scaled: boolean, random: Random): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) =>
    scaled ? (r + 1 === rows ? 0 : 0.5 + 2 * random.uniform()) : 1,
  );
}

/** A point where scores are of the ratings' order. */
export function pointOf(problem: FactorProblem, seed = 2): Float64Array {
  const point = vectorOf(parameterCountOf(problem.shape), seed).map((x) => x / Math.sqrt(problem.shape.factors));
  if (problem.shape.learnedMean) point[point.length - 1] = 3;
  return point;
}

/** Normal numbers. */
export function vectorOf(length: number, seed: number): Float64Array {
  const random = randomOf(seed, "vector");
  return Float64Array.from({ length }, () => random.normal());
}

/** score(u, i) of the rating at every position, user-major, from the formula in kernels.ts. */
export function scoresOf(problem: FactorProblem, point: Float64Array): Float64Array {
  const { userCount, factors, biases, learnedMean } = problem.shape;
  const stride = strideOf(problem.shape);
  const scores: number[] = [];
  for (let u = 0; u < userCount; u++)
    for (let k = problem.byUser.start[u]; k < problem.byUser.start[u + 1]; k++) {
      const p = point.subarray(u * stride, (u + 1) * stride);
      const at = (userCount + problem.byUser.others[k]) * stride;
      const q = point.subarray(at, at + stride);
      let score = learnedMean ? point[point.length - 1] : problem.fixedMean;
      for (let f = 0; f < factors; f++) score += p[f] * q[f];
      scores.push(biases ? score + p[factors] + q[factors] : score);
    }
  return Float64Array.from(scores);
}

/** e of the rating at every position, user-major: rating − score, with weights pull − w·score. */
export function errorsOf(problem: FactorProblem, point: Float64Array): Float64Array {
  return scoresOf(problem, point).map((score, k) => problem.ratings[k] - (problem.weights?.[k] ?? 1) * score);
}

/** J at a point from the formula in kernels.ts, pair by pair. */
export function objectiveOf(problem: FactorProblem, point: Float64Array): number {
  const { userCount, itemCount, factors } = problem.shape;
  const stride = strideOf(problem.shape);
  let sum = scoresOf(problem, point).reduce(
    (total, score, k) => {
      const rating = problem.ratings[k];
      return total + (problem.weights ? problem.weights[k] * score ** 2 - 2 * rating * score : (score - rating) ** 2);
    },
    2 * (problem.constant ?? 0),
  );
  for (let u = 0; u < userCount; u++)
    for (let i = 0; i < itemCount; i++) {
      let product = 0;
      for (let f = 0; f < factors; f++) product += point[u * stride + f] * point[(userCount + i) * stride + f];
      sum += (problem.zeroWeight ?? 0) * product ** 2;
    }
  return penaltiesOf(problem).reduce((total, weight, k) => total + weight * point[k] ** 2, sum) / 2;
}

/** Weight of each parameter in twice the penalties. */
export function penaltiesOf(problem: FactorProblem): Float64Array {
  const { factors, biases, learnedMean } = problem.shape;
  const weights: number[] = [];
  for (const scales of [problem.userScale, problem.itemScale])
    for (const scale of scales) {
      for (let f = 0; f < factors; f++) weights.push(scale * problem.factorPenalty);
      if (biases) weights.push(scale * problem.biasPenalty);
    }
  if (learnedMean) weights.push(0);
  return Float64Array.from(weights);
}

/**
 * The Gauss-Newton product from its definition, rating by rating and pair by pair: Σ w ∇s(∇s·direction), with
 * ∇s by the entries that score(u, i) reads.
 */
export function gaussNewtonTimes(problem: FactorProblem, point: Float64Array, direction: Float64Array): Float64Array {
  const { userCount, itemCount, factors, biases, learnedMean } = problem.shape;
  const stride = strideOf(problem.shape);
  const out = penaltiesOf(problem).map((weight, k) => weight * direction[k]);
  function add(weight: number, u: number, i: number): void {
    const [p, q] = [u * stride, (userCount + i) * stride];
    const slopes: [number, number][] = [];
    for (let f = 0; f < factors; f++) slopes.push([p + f, point[q + f]], [q + f, point[p + f]]);
    if (biases) slopes.push([p + factors, 1], [q + factors, 1]);
    if (learnedMean) slopes.push([point.length - 1, 1]);
    const move = slopes.reduce((sum, [at, slope]) => sum + slope * direction[at], 0);
    for (const [at, slope] of slopes) out[at] += weight * slope * move;
  }
  const { start, others } = problem.byUser;
  for (let u = 0; u < userCount; u++) {
    for (let k = start[u]; k < start[u + 1]; k++) add(problem.weights?.[k] ?? 1, u, others[k]);
    for (let i = 0; i < itemCount; i++) if (problem.zeroWeight) add(problem.zeroWeight, u, i);
  }
  return out;
}
