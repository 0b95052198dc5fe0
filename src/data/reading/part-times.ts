/** The times of a file's rows, checked as they come in and turned into seconds at its end. */

import { type Collection, dropTimes, note } from "./collecting.ts";
import { nameOf, quoted } from "./defects.ts";
import { readableTimes, timeOf, unitOf } from "./times.ts";

/** The time of a row; one that is none, or of another kind than those before, leaves the set without times. */
export function checkedTime(to: Collection, text: string, place: number): number {
  const part = to.parts[to.parts.length - 1];
  const { value, kind } = timeOf(text);
  part.times ??= kind;
  if (Number.isFinite(value) && part.times === kind) return value;
  return lostTimes(to, `${quoted(text)} as the time`, place);
}

/** Leaves the set without times, and says where a file has something else. */
export function lostTimes(to: Collection, found: string, place: number): number {
  const part = to.parts[to.parts.length - 1];
  const where = part.unit === "line" ? `line ${place}` : `row ${place}`;
  dropTimes(
    to,
    `${nameOf(part.file)}, ${where}: found ${found}, expected ${readableTimes}: the set is read without times`,
  );
  return Number.NaN;
}

/** Ends the rows of a file: its times become seconds. */
export function endPart({ columns, parts, notes }: Collection): void {
  const { from, times, file } = parts[parts.length - 1];
  if (columns.times === undefined || times === undefined || columns.size === from) return;
  if (times === "dates") return void note(notes, "times are dates of ISO 8601; those without a zone are read as UTC");
  const unit = unitOf(columns.times, from, columns.size);
  if (unit.name === "seconds") return;
  const example = columns.times[from];
  for (let row = from; row < columns.size; row++) columns.times[row] = unit.seconds(columns.times[row]);
  const told = unit.name === "days" ? "days" : `${unit.name} since 1970`;
  note(notes, `times are read as ${told} (${nameOf(file)}: ${example} is ${dateText(columns.times[from])})`);
}

function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
