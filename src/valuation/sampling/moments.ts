/** Means of samples, and how far off they are, from running moments. */

import type { Tally } from "./drawing.ts";

/** Means of the samples of every value, each with as many as it has: NaN of none. Standard errors: NaN of fewer than two, 0 of equal ones (Welford 1962). */
export function runningMoments(length: number) {
  const means = new Float64Array(length);
  const squares = new Float64Array(length);
  const counts = new Uint32Array(length);
  return {
    counts: counts as ArrayLike<number>,
    add(place: number, x: number): void {
      const off = x - means[place];
      means[place] += off / ++counts[place];
      squares[place] += off * (x - means[place]);
    },
    values: () => means.map((mean, k) => (counts[k] === 0 ? Number.NaN : mean)),
    standardErrors: () =>
      squares.map((sum, k) => (counts[k] < 2 ? Number.NaN : Math.sqrt(sum / (counts[k] - 1) / counts[k]))),
  };
}

/** The same of samples that have one number a value. Memory: three numbers a value. */
export function moments(length: number): Tally<Float64Array> {
  const { add, values, standardErrors } = runningMoments(length);
  let units = 0;
  return {
    get units() {
      return units;
    },
    add(unit) {
      units++;
      for (let k = 0; k < length; k++) add(k, unit[k]);
    },
    values,
    standardErrors,
  };
}

/** Means and standard errors of samples that are all there. */
export function summaryOf(samples: readonly Float64Array[], length: number) {
  const found = moments(length);
  for (const sample of samples) found.add(sample);
  return { values: found.values(), standardErrors: found.standardErrors() };
}
