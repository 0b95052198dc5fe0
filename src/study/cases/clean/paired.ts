/** Errors of two models on the same groups of users, compared: the whole, and by how much they differ with 95 %. */

import type { Ends } from "./cleaned.ts";

/** How errors of groups make one: by the weight of each, of squares or of what they are. */
export interface Pooling {
  readonly weights: ArrayLike<number>;
  /** Whether the whole is the root of the mean of squares. */
  readonly squared: boolean;
}

/** Fewer groups do not tell how far chance goes. */
const fewest = 5;

/** The error over some groups (places in the errors). */
export function pooled(errors: ArrayLike<number>, { weights, squared }: Pooling, groups: readonly number[]): number {
  let [sum, weight] = [0, 0];
  for (const g of groups) {
    sum += weights[g] * (squared ? errors[g] ** 2 : errors[g]);
    weight += weights[g];
  }
  return squared ? Math.sqrt(sum / weight) : sum / weight;
}

/**
 * The interval of 95 % of after − before: groups are independent, the two errors of a group are not. The ratio of sums has the variance
 * G/(G − 1)·Σ(d_g − D·w_g)²/(Σw)² (Cochran 1977, §6.5), and a difference of squares over the sum of the roots is a difference of roots.
 */
export function pairedInterval(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  pooling: Pooling,
  groups: readonly number[],
): Ends | null {
  const { weights, squared } = pooling;
  const count = groups.length;
  if (count < fewest) return null;
  const of = (errors: ArrayLike<number>, g: number) => weights[g] * (squared ? errors[g] ** 2 : errors[g]);
  const differences = groups.map((g) => of(after, g) - of(before, g));
  const weight = groups.reduce((sum, g) => sum + weights[g], 0);
  const mean = differences.reduce((sum, d) => sum + d, 0) / weight;
  const squares = groups.reduce((sum, g, k) => sum + (differences[k] - mean * weights[g]) ** 2, 0);
  const reach = (studentReach(count - 1) * Math.sqrt((count / (count - 1)) * squares)) / weight;
  const [a, b] = [pooled(before, pooling, groups), pooled(after, pooling, groups)];
  const scale = squared && a + b > 0 ? a + b : 1;
  return [b - a - reach / scale, b - a + reach / scale];
}

/** The quantile .975 of Student's distribution, by the series of Cornish and Fisher: to .01 from 4 degrees of freedom on. */
export function studentReach(freedom: number): number {
  const z = 1.959964;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, power) => sum + term / freedom ** power, 0);
}
