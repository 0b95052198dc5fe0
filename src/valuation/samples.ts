/** Random orders, and samples of values summed up. */

import type { Random } from "../numeric/random.ts";

/** Means of samples, and standard errors from how they differ: NaN of fewer than two. */
export function summaryOf(samples: readonly Float64Array[], length: number) {
  const values = new Float64Array(length);
  const standardErrors = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const summary = summaryOfOne(samples.map((sample) => sample[k]));
    values[k] = summary.mean;
    standardErrors[k] = summary.standardError;
  }
  return { values, standardErrors };
}

/** The mean of numbers (NaN of none) and its standard error (NaN of fewer than two). Taken from the first: equal numbers have an error of 0. */
export function summaryOfOne(sample: readonly number[]): { readonly mean: number; readonly standardError: number } {
  const n = sample.length;
  const [first = Number.NaN] = sample;
  const mean = first + sample.reduce((sum, x) => sum + (x - first), 0) / n;
  if (n < 2) return { mean, standardError: Number.NaN };
  const squares = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}

/** Moments of one sample a value, where values have samples of their own: means, and standard errors (NaN of fewer than two; Welford 1962). */
export function runningMoments(length: number) {
  const means = new Float64Array(length);
  const squares = new Float64Array(length);
  const counts = new Uint32Array(length);
  return {
    means,
    add(place: number, x: number): void {
      const off = x - means[place];
      means[place] += off / ++counts[place];
      squares[place] += off * (x - means[place]);
    },
    standardErrors: () =>
      squares.map((sum, k) => (counts[k] < 2 ? Number.NaN : Math.sqrt(sum / (counts[k] - 1) / counts[k]))),
  };
}

/** A random order of 0 … n − 1 (Fisher & Yates 1938). */
export function shuffled(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, k) => k);
  for (let k = n - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}
