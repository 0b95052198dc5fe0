/** What one asks about: a quantity of one pair's score, where more is more. */

import { type FactorModel, score } from "../model/matrix-factorization.ts";

/** A quantity f(score of a pair). Larger means more of it. */
export interface Target {
  readonly label: string;
  readonly user: number;
  readonly item: number;
  /** f, from a score. */
  of(score: number): number;
  /** f′, at a score. */
  slope(score: number): number;
}

/** The score itself, in rating units. */
export function scoreTarget(user: number, item: number): Target {
  return { label: `score of user ${user}, item ${item}`, user, item, of: (s) => s, slope: () => 1 };
}

/** How well a rating is fitted: −½(score − rating)². */
export function fitTarget(user: number, item: number, rating: number): Target {
  return {
    label: `fit of user ${user}, item ${item}, rating ${rating}`,
    user,
    item,
    of: (s) => -0.5 * (s - rating) ** 2,
    slope: (s) => rating - s,
  };
}

/** The target's value for a model. */
export function targetValue(target: Target, model: FactorModel): number {
  return target.of(score(model, target.user, target.item));
}
