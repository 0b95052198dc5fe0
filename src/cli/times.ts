/** Points in time as they are typed: a date, a date and time, seconds since 1970, or an age. */

import { InvalidArgumentError } from "commander";
import { quoted } from "../data/reading/defects.ts";
import { secondsOf } from "../data/reading/times.ts";

const expectedTime = "a date (2017-01-01), a date and time (2017-01-01T12:00:00Z), or seconds since 1970";

/** Seconds since 1970. A date begins at midnight, and without a zone it is UTC. */
export function timeOption(text: string): number {
  const trimmed = text.trim();
  const date = secondsOf(trimmed);
  const seconds = Number.isNaN(date) ? secondsIn(trimmed) : date;
  if (Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError(`found ${quoted(text)}, expected ${expectedTime}`);
}

// Digits that are rather a year, a date or milliseconds would mean another time.
const otherThanSeconds = /^(?:1[89]|20|21)\d{2}(?:[01]\d(?:[0-3]\d)?)?$|^\d{12,}$/;

function secondsIn(text: string): number {
  return /^-?\d+(?:\.\d+)?$/.test(text) && !otherThanSeconds.test(text) ? Number(text) : Number.NaN;
}

/** An age: so many days, weeks, months or years. */
export interface Age {
  readonly count: number;
  readonly unit: "d" | "w" | "mo" | "y";
}

/** An age such as 90d, 8w, 25mo or 2y. */
export function ageOption(text: string): Age {
  const [, count, unit] = /^(\d{1,5})\s*(d|w|mo|y)$/.exec(text.trim()) ?? [];
  if (unit !== undefined) return { count: Number(count), unit: unit as Age["unit"] };
  throw new InvalidArgumentError(`found ${quoted(text)}, expected an age: 90d, 8w, 25mo (months) or 2y`);
}

/** Seconds since 1970 at which what is this old now was new. Months and years are those of the calendar, in UTC. */
export function timeAgo({ count, unit }: Age, now: Date): number {
  if (unit === "d" || unit === "w")
    return Math.floor(now.getTime() / 1000) - count * (unit === "d" ? 1 : 7) * daySeconds;
  const months = unit === "y" ? 12 * count : count;
  const first = new Date(now);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() - months);
  // The last day of a shorter month.
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(now.getUTCDate(), last));
  return Math.floor(first.getTime() / 1000);
}

const daySeconds = 86_400;
