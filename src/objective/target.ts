/** What one asks about: a quantity of the scores of some pairs, where more is more. */

import { LetheError } from "../errors.ts";
import type { Pairs } from "../model/model.ts";
import { sigmoid } from "../numeric/logistic.ts";

/** A quantity f(scores of pairs). Larger means more of it. */
export interface Target {
  readonly label: string;
  readonly pairs: Pairs;
  /** f, from the scores of the pairs. */
  of(scores: Float64Array): number;
  /** ∂f/∂score of every pair, at scores. */
  slopes(scores: Float64Array): Float64Array;
  /** The norm of its second derivatives in the scores, from above, whatever the scores; 0 for what is linear. Absent: not known. */
  readonly curvature?: number | undefined;
}

/** The score itself, in the model's unit (ratings, or logits). */
export function scoreTarget(user: number, item: number): Target {
  return {
    label: `score of user ${user}, item ${item}`,
    pairs: pairsOf([user], [item]),
    of: ([s]) => s,
    slopes: () => Float64Array.of(1),
    curvature: 0,
  };
}

/** The mean score of an item over users. Throws `bad-input` where there are none. */
export function meanScoreTarget(users: ArrayLike<number>, item: number): Target {
  const n = users.length;
  if (n === 0) throw new LetheError("bad-input", `a mean score of item ${item} over no users`);
  return {
    ...jointScoreTarget(pairsOf(users, new Uint32Array(n).fill(item)), "mean"),
    label: `mean score of item ${item} over ${n} users`,
  };
}

/** The sum, or the mean, of the scores of pairs (survey, Eq. 3: the influence on it is the sum, or mean, of those on the scores). Throws `bad-input` where there are none. */
export function jointScoreTarget(pairs: Pairs, together: "sum" | "mean"): Target {
  const n = pairs.users.length;
  if (n === 0 || pairs.items.length !== n)
    throw new LetheError("bad-input", `a ${together} of scores of ${n} users and ${pairs.items.length} items`);
  const weight = together === "sum" ? 1 : 1 / n;
  return {
    label: `${together} of the scores of ${n} pairs`,
    pairs,
    of: (scores) => scores.reduce((sum, s) => sum + s, 0) * weight,
    slopes: () => new Float64Array(n).fill(weight),
    curvature: 0,
  };
}

/** By how much one item is ahead of another: score(user, item) − score(user, other). */
export function marginTarget(user: number, item: number, other: number): Target {
  return {
    label: `margin of item ${item} over item ${other} for user ${user}`,
    pairs: pairsOf([user, user], [item, other]),
    of: ([a, b]) => a - b,
    slopes: () => Float64Array.of(1, -1),
    curvature: 0,
  };
}

/** How well a rating is fitted: −½(score − rating)². */
export function fitTarget(user: number, item: number, rating: number): Target {
  return {
    ...meanFitTarget([user], [item], [rating]),
    label: `fit of user ${user}, item ${item}, rating ${rating}`,
  };
}

/** How well ratings are fitted on average: −½·mean of (score − rating)². Throws `bad-input` on none, or on columns of unequal length. */
export function meanFitTarget(users: ArrayLike<number>, items: ArrayLike<number>, ratings: ArrayLike<number>): Target {
  const n = users.length;
  if (n === 0 || items.length !== n || ratings.length !== n)
    throw new LetheError("bad-input", `a mean fit of ${n} users, ${items.length} items and ${ratings.length} ratings`);
  return {
    label: `mean fit of ${n} ratings`,
    pairs: pairsOf(users, items),
    of: (scores) => -scores.reduce((sum, s, k) => sum + (s - ratings[k]) ** 2, 0) / (2 * n),
    slopes: (scores) => scores.map((s, k) => (ratings[k] - s) / n),
    curvature: 1 / n,
  };
}

/**
 * A smooth rank of an item among others, negated so that more is better: −(1 + Σ sigmoid((score of the other − score)/width)). As the width
 * goes to 0 it tends to minus the rank.
 */
export function rankTarget(user: number, item: number, others: ArrayLike<number>, width: number): Target {
  if (!(width > 0))
    throw new LetheError("bad-input", `the width of a smooth rank is ${width}; expected a number above 0`);
  const count = others.length;
  // |sigmoid″| ≤ 1/(6√3); the others' scores less the item's have squares that sum to (count + 1) at most.
  const curvature = (count + 1) / (6 * Math.sqrt(3) * width * width);
  const weight = (scores: Float64Array, k: number) => sigmoid((scores[k + 1] - scores[0]) / width);
  return {
    label: `rank of item ${item} for user ${user} among ${count} others, smoothed over ${width}`,
    pairs: pairsOf(new Array<number>(count + 1).fill(user), [item, ...Array.from(others)]),
    of(scores) {
      let sum = -1;
      for (let k = 0; k < count; k++) sum -= weight(scores, k);
      return sum;
    },
    slopes(scores) {
      const out = new Float64Array(count + 1);
      for (let k = 0; k < count; k++) {
        const p = weight(scores, k);
        out[k + 1] = (-p * (1 - p)) / width;
        out[0] -= out[k + 1];
      }
      return out;
    },
    curvature,
  };
}

function pairsOf(users: ArrayLike<number>, items: ArrayLike<number>): Pairs {
  return { users: Uint32Array.from(users), items: Uint32Array.from(items) };
}

/** The target's value, from a function that scores pairs. */
export function targetValue(target: Target, scores: (pairs: Pairs) => Float64Array): number {
  return target.of(scores(target.pairs));
}
