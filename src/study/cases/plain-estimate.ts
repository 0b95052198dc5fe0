/** An estimate as plain data: nested by measure, with intervals, and null for what is not known. */

import { type Estimate, worstOf } from "../../method/estimator.ts";

/** Standard errors to each side that 95 % of a normal distribution lie within. */
const normal95 = 1.959963984540054;

/** The estimate of so many measures. */
export function plainEstimate(estimate: Estimate, measures: number) {
  const { values, statuses, standardErrors, sets, residual, evaluations: trainings } = estimate;
  const count = values.length / measures;
  const byMeasure = <Of>(of: (k: number) => Of): Of[][] =>
    Array.from({ length: measures }, (_, m) => Array.from({ length: count }, (_, n) => of(m * count + n)));
  const knows = standardErrors !== undefined || estimate.intervals !== undefined;
  return {
    ...(sets ? { sets: sets.map((set) => [...set]) } : {}),
    values: byMeasure((k) => finite(values[k])),
    ...(standardErrors ? { standardErrors: byMeasure((k) => finite(standardErrors[k])) } : {}),
    ...(knows ? { intervals: byMeasure((k) => intervalOf(estimate, k)) } : {}),
    statuses: byMeasure((k) => statuses[k]),
    ...{ status: worstOf(estimate), trainings, residual },
  };
}

/** The number, or null where it is none. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The 95 % interval of value k: as it was estimated, else by its standard error; null where neither is known. */
function intervalOf({ values, intervals, standardErrors }: Estimate, k: number): [number, number] | null {
  const error = normal95 * (standardErrors?.[k] ?? Number.NaN);
  const [low, high] = intervals ? [intervals[2 * k], intervals[2 * k + 1]] : [values[k] - error, values[k] + error];
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}
