/** Times of interactions: numbers since 1970 in the unit that their size tells, or dates and times of ISO 8601. */

import { decimalOf } from "./numbers.ts";

const iso =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** What is read as a time, for messages. */
export const readableTimes = "seconds or milliseconds since 1970, or a date of ISO 8601 such as 2019-05-11T20:17:18Z";

/** A time as it is written: a number, or the seconds since 1970 of a date (one without a zone is in UTC); NaN where it is neither. */
export function timeOf(text: string): { readonly value: number; readonly kind: "numbers" | "dates" } {
  const bytes = Buffer.from(text);
  const value = decimalOf(bytes, 0, bytes.length);
  return Number.isNaN(value) ? { value: secondsOf(text), kind: "dates" } : { value, kind: "numbers" };
}

/** Seconds since 1970 of a date of ISO 8601; NaN where a text is none. */
export function secondsOf(text: string): number {
  const found = iso.exec(text);
  if (found === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const days = daysOf(year, month, day);
  if (hour > 24 || minute > 59 || second > 60) return Number.NaN;
  const whole = days * 86_400 + hour * 3600 + minute * 60 + second - offsetOf(found[8]);
  return found[7] === undefined ? whole : withFraction(whole, found[7]);
}

/** Days since 1970; NaN where the calendar has no such day. */
function daysOf(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86_400_000 : Number.NaN;
}

/** Seconds that a zone is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || /^[a-z]/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(":", "") || 0)];
  return (zone[0] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The nearest double, as it is for milliseconds divided by 1000. */
function withFraction(whole: number, digits: string): number {
  if (!(whole < 0)) return Number(`${whole}.${digits}`);
  const parts = 10n ** BigInt(digits.length);
  const before = -(BigInt(whole) * parts + BigInt(digits));
  return Number(`-${before / parts}.${String(before % parts).padStart(digits.length, "0")}`);
}

/** How the numbers of a column of times are taken: what a second is divided into, or days as 20190511. */
export interface TimeUnit {
  readonly name: "seconds" | "milliseconds" | "microseconds" | "nanoseconds" | "days";
  readonly seconds: (time: number) => number;
}

const units: readonly TimeUnit[] = [
  { name: "nanoseconds", seconds: (time) => time / 1e9 },
  { name: "microseconds", seconds: (time) => time / 1e6 },
  { name: "milliseconds", seconds: (time) => time / 1e3 },
];
// 1e11 seconds are in the year 5138, and 1e11 milliseconds in 1973.
const leasts = [1e17, 1e14, 1e11];

/** The unit of numbers from `from` to `to`: what half of them or more are large enough for; days where all are dates as 20190511. */
export function unitOf(times: Float64Array, from: number, to: number): TimeUnit {
  const enough = [0, 0, 0];
  let dates = 0;
  for (let k = from; k < to; k++) {
    const size = Math.abs(times[k]);
    for (let u = 0; u < leasts.length; u++) if (size >= leasts[u]) enough[u]++;
    if (!Number.isNaN(daySeconds(times[k]))) dates++;
  }
  if (dates === to - from && to > from) return { name: "days", seconds: daySeconds };
  const large = enough.findIndex((count) => 2 * count >= to - from && count > 0);
  return units[large] ?? { name: "seconds", seconds: (time) => time };
}

/** Numbers of times, in the unit that they tell, as seconds since 1970. Dates are seconds already. */
export function inSeconds(times: readonly number[]): number[] {
  const { seconds } = unitOf(Float64Array.from(times), 0, times.length);
  return times.map(seconds);
}

/** Seconds since 1970 of a day written as 20190511; NaN where a number is none between 1900 and 2100. */
function daySeconds(time: number): number {
  if (!(time >= 19_000_101 && time < 21_000_101) || !Number.isInteger(time)) return Number.NaN;
  return daysOf(Math.floor(time / 1e4), Math.floor(time / 100) % 100, time % 100) * 86_400;
}

/** Whether a text is a date, or a number that is hardly anything but a time between 1990 and 2100. */
export function looksLikeTime(text: string): boolean {
  if (!Number.isNaN(secondsOf(text))) return true;
  if (!/^\d{9,19}(\.\d+)?$/.test(text)) return false;
  const number = Number(text);
  return [1, 1e3, 1e6, 1e9].some((parts) => number / parts >= 631_152_000 && number / parts < 4_102_444_800);
}
