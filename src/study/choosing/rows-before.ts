/** Rows that are older than a time: what may be kept no longer. */

import type { Interactions, Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";

/**
 * Of these rows, or of all, those with a time before this one, in seconds since 1970. What may surprise is put to `warnings`. Throws `bad-input`
 * where there are no times, or none that are seconds.
 */
export function rowsBefore(
  { times, size }: Interactions,
  some: Rows | undefined,
  before: number,
  warnings: string[],
): Rows {
  if (times === undefined)
    throw new LetheError(
      "bad-input",
      "`before` needs the times of interactions, and this model has none: its file had no column of times, or an import left them out",
      "train on a file that has them (`columns` says which: user,item,rating,time), or name rows with `interactions`",
      "before",
    );
  const { first, last, without } = rangeOf(times);
  if (last > latestSeconds)
    throw new LetheError(
      "bad-input",
      `the times of this model go to ${last}: these are no seconds since 1970`,
      "train again on the file with times in seconds",
      "before",
    );
  if (without > 0) warnings.push(`${without} interactions have no time, and stay`);
  const rows = (some ?? Uint32Array.from({ length: size }, (_, row) => row)).filter((row) => times[row] < before);
  if (rows.length === 0)
    warnings.push(
      `no interaction ${some === undefined ? "" : "of the request "}is from before ${dateText(before)}; those of the model are from ${dateText(first)} to ${dateText(last)}`,
    );
  return rows;
}

// The year 5138: milliseconds of our days are more.
const latestSeconds = 1e11;

function rangeOf(times: Float64Array): { first: number; last: number; without: number } {
  let [first, last, without] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const time of times) {
    if (!Number.isFinite(time)) without++;
    else {
      if (time < first) first = time;
      if (time > last) last = time;
    }
  }
  return { first, last, without };
}

/** A time in seconds since 1970 as 2017-01-01T00:00:00Z; as a number where no calendar has it. */
export function dateText(seconds: number): string {
  const date = new Date(1000 * seconds);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}
