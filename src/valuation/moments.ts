/** Means of samples that have one number a value, and how far off they are. */

import type { Tally } from "./drawing.ts";

/** Means, and standard errors from how the samples differ (Welford 1962); NaN of fewer than two samples. Memory: two numbers a value. */
export function moments(length: number): Tally<Float64Array> {
  const mean = new Float64Array(length);
  const squares = new Float64Array(length);
  let units = 0;
  return {
    get units() {
      return units;
    },
    add(unit) {
      units++;
      for (let k = 0; k < length; k++) {
        const off = unit[k] - mean[k];
        mean[k] += off / units;
        squares[k] += off * (unit[k] - mean[k]);
      }
    },
    values: () => (units === 0 ? mean.map(() => Number.NaN) : mean),
    standardErrors: () => squares.map((sum) => (units < 2 ? Number.NaN : Math.sqrt(sum / (units - 1) / units))),
  };
}
