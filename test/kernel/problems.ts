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
  return {
    shape: { userCount: users, itemCount: items, factors, biases, learnedMean },
    fixedMean: learnedMean ? Number.NaN : 3.25,
    byUser: { start: byUser.start, others: byUser.rows.map((k) => rated[k]) },
    ratings: Float64Array.from(byUser.rows, (k) => values[k]),
    byItem: { start: byItem.start, others: byItem.rows.map((k) => raters[k]) },
    itemRatings: Float64Array.from(byItem.rows, (k) => values[k]),
    factorPenalty: kind.factorPenalty ?? 0.6,
    biasPenalty: kind.biasPenalty ?? 0.4,
    userScale: scales(users, kind.scaled ?? false, random),
    itemScale: scales(items, kind.scaled ?? false, random),
  };
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
