/** Subsets and players measured by trainings, and what is shared by the judges that compare with them. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import { measuredBy } from "../method/measure.ts";
import type { Trainings } from "../method/trainings.ts";
import { randomOf } from "../numeric/random.ts";
import { percentileInterval } from "../numeric/statistics.ts";
import type { Interval } from "../report/part.ts";
import type { JudgingSubject } from "./judge.ts";

/** What models without some rows are worth: one column of measures a set of rows. */
export interface MeasuredSets {
  /** Measures × sets. */
  readonly values: readonly Float64Array[];
  readonly status: SolveStatus;
}

/** Trains without each of these sets of rows, `width` of them at a time, and reports under `phase`. */
export async function measuredSets(
  trainings: Trainings,
  measures: number,
  sets: readonly Rows[],
  phase: string,
  run: RunContext,
): Promise<MeasuredSets> {
  const values = Array.from({ length: measures }, () => new Float64Array(sets.length));
  let status: SolveStatus = "converged";
  for (let from = 0; from < sets.length; from += trainings.width) {
    const part = sets.slice(from, from + trainings.width);
    const found = await Promise.all(part.map((rows) => trainings.without(rows)));
    found.forEach((one, k) => {
      status = worseStatus(status, one.status);
      for (let m = 0; m < measures; m++) values[m][from + k] = one.values[m];
    });
    const done = from + part.length;
    run.onProgress?.({ phase, step: done, fraction: done / sets.length });
    await run.yieldToEventLoop();
  }
  return { values, status };
}

/** What every measure is of the model itself. */
export function measuredWhole(
  { model, measures }: Pick<JudgingSubject, "model" | "measures">,
  run: RunContext,
): Promise<Float64Array> {
  return measuredBy(measures, (pairs) => model.scores(pairs), run);
}

/** The values of one measure; NaN, which is not determined, counts for nothing. */
export function valuesOf(values: Float64Array, measure: number, players: number): Float64Array {
  return values.slice(measure * players, (measure + 1) * players).map((value) => (Number.isNaN(value) ? 0 : value));
}

/** Says how many values are not determined. */
export function unknownNote(values: Float64Array): string[] {
  const unknown = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  return unknown === 0 ? [] : [`${unknown} of ${values.length} values are not determined, and count as 0`];
}

/** Some of a list of values. */
export function valuesAt(values: Float64Array, places: Uint32Array): Float64Array {
  return Float64Array.from(places, (place) => values[place]);
}

/** The mean; NaN of nothing. */
export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

const resamples = 400;

/** The interval of 95 % of a figure of `points` points, drawn again with replacement (Efron 1979); where the figure is no number a draw is left out. */
export async function bootstrapInterval(
  points: number,
  seed: number,
  figure: (drawn: Uint32Array) => number,
  run: RunContext,
): Promise<Interval> {
  const random = randomOf(seed, "judging", "bootstrap");
  const found: number[] = [];
  for (let n = 0; n < resamples; n++) {
    found.push(figure(Uint32Array.from({ length: points }, () => random.integer(points))));
    await run.yieldToEventLoop();
  }
  return percentileInterval(found.filter((value) => !Number.isNaN(value)));
}
