/** Rows of the larger side of a thin problem, as their blocks are built: a pair once, rows of a single rating counted at their partner. */

import { type FactorProblem, strideOf } from "../../../kernel/kernels.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { inSpans } from "./spans.ts";

/** Ratings of one row of the smaller side by users who rated nothing else. */
export interface Singles {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  /** Σ(rating − mean)². */
  readonly squares: Float64Array;
}

/** The users' pairs in user-major order: of ratings of one pair their mean, weighed by their number. */
export interface ThinRows {
  readonly problem: FactorProblem;
  readonly stride: number;
  readonly start: Uint32Array;
  readonly others: Uint32Array;
  readonly ratings: Float64Array;
  readonly weights: Float64Array;
  readonly singles: Singles;
  /** The users that are no singles and have ratings. */
  readonly several: Uint32Array;
}

/** The problem with users and items exchanged. */
export function transposed(problem: FactorProblem): FactorProblem {
  const { shape, byUser, byItem, ratings, itemRatings, userScale, itemScale } = problem;
  return {
    ...problem,
    shape: { ...shape, userCount: shape.itemCount, itemCount: shape.userCount },
    byUser: byItem,
    ratings: itemRatings,
    byItem: byUser,
    itemRatings: ratings,
    userScale: itemScale,
    itemScale: userScale,
  };
}

/** Parameters of a problem as its transposed one has them. */
export function transposedPoint({ shape }: FactorProblem, params: Float64Array): Float64Array {
  const stride = strideOf(shape);
  const [itemsAt, end] = [shape.userCount * stride, (shape.userCount + shape.itemCount) * stride];
  const out = new Float64Array(params.length);
  out.set(params.subarray(itemsAt, end));
  out.set(params.subarray(0, itemsAt), end - itemsAt);
  out.set(params.subarray(end), end);
  return out;
}

/** Reads a problem without weights, whose users are to be solved in closed form. */
export async function thinRows(problem: FactorProblem, yieldToEventLoop: YieldToEventLoop): Promise<ThinRows> {
  const merged = await pairsOf(problem, yieldToEventLoop);
  const { start, weights, others, ratings } = merged;
  const { itemCount, userCount } = problem.shape;
  const none = () => new Float64Array(itemCount);
  const singles = { count: none(), mean: none(), squares: none() };
  const several: number[] = [];
  await inSpans(userCount, yieldToEventLoop, (u) => {
    const at = start[u];
    const single = start[u + 1] === at + 1 && weights[at] === 1 && problem.userScale[u] === 1;
    if (single) count(singles, others[at], ratings[at]);
    else if (start[u + 1] > at) several.push(u);
  });
  return { problem, stride: strideOf(problem.shape), ...merged, singles, several: Uint32Array.from(several) };
}

/** One more rating (Welford 1962). */
function count({ count, mean, squares }: Singles, i: number, rating: number): void {
  const before = rating - mean[i];
  count[i]++;
  mean[i] += before / count[i];
  squares[i] += before * (rating - mean[i]);
}

async function pairsOf({ byUser, ratings: given, shape }: FactorProblem, yieldToEventLoop: YieldToEventLoop) {
  const start = new Uint32Array(shape.userCount + 1);
  const others = new Uint32Array(given.length);
  const ratings = new Float64Array(given.length);
  const weights = new Float64Array(given.length);
  const seenAt = new Int32Array(shape.itemCount).fill(-1);
  let to = 0;
  await inSpans(shape.userCount, yieldToEventLoop, (u) => {
    start[u] = to;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = byUser.others[k];
      const seen = seenAt[item] >= start[u];
      const at = seen ? seenAt[item] : to++;
      seenAt[item] = at;
      others[at] = item;
      weights[at]++;
      ratings[at] += (given[k] - ratings[at]) / weights[at];
    }
  });
  start[shape.userCount] = to;
  return {
    start,
    others: others.subarray(0, to),
    ratings: ratings.subarray(0, to),
    weights: weights.subarray(0, to),
  };
}
