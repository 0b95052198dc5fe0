/** Decimal signs of ratings: a point, or a comma beside another separator; numbers with thousands separators are told. */

import { decimalOf } from "./numbers.ts";
import type { Separator } from "./records.ts";

const point = 0x2e;
const comma = 0x2c;

/** What has been seen of the signs of a file's ratings. */
export interface Signs {
  /** The byte of the decimal sign. */
  sign: number;
  /** Whether a comma may be the sign: it separates nothing. */
  readonly watched: boolean;
  /** Where a number has a sign and one, two or more than three digits after it, so that the sign is a decimal one. */
  clear: SignAt | undefined;
  /** Where a number first has three digits after its sign, which could stand for thousands. */
  grouped: SignAt | undefined;
  /** Whether a number has no sign. */
  whole: boolean;
}

/** A number in its line. */
export interface SignAt {
  readonly line: number;
  readonly text: string;
}

/** What stands before decimals. */
export type Decimal = "comma" | "point";

/** Nothing seen yet; beside these separators commas may be decimal signs, unless the reader says which sign it is. */
export function signsBeside(separator: Separator, said?: Decimal): Signs {
  const watched = separator !== "," && separator !== "::" && said === undefined;
  return { sign: said === "comma" ? comma : point, watched, clear: undefined, grouped: undefined, whole: false };
}

const groups = /^[+-]?[1-9]\d{0,2}([.,'’ \u00a0\u202f])\d{3}(?:\1\d{3})*(?:[.,]\d+)?$/;
const oneGroup = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** Whether a number is written with thousands separators, or could be. */
export function hasThousands(text: string): boolean {
  return groups.test(text);
}

/** The rating in bytes start … end − 1 with the decimal sign of the file, which the first comma in a number decides; NaN where it is none. */
export function ratingWith(signs: Signs, bytes: Buffer, start: number, end: number, line: number): number {
  const read = decimalOf(bytes, start, end, signs.sign);
  if (!signs.watched) return read;
  let at = start;
  while (at < end && bytes[at] !== point && bytes[at] !== comma) at++;
  if (at === end) {
    signs.whole = true;
    return read;
  }
  return signed(signs, { line, text: bytes.toString("latin1", start, end) }, read);
}

function signed(signs: Signs, seen: SignAt, read: number): number {
  const before = signs.clear ?? signs.grouped;
  const switches = Number.isNaN(read) && before === undefined && /^[^.]*,[^.,]*$/.test(seen.text);
  if (switches) signs.sign = comma;
  const value = switches ? numberOf(seen.text, comma) : read;
  if (Number.isNaN(value)) return value;
  if (oneGroup.test(seen.text)) signs.grouped ??= seen;
  else signs.clear ??= seen;
  return value;
}

/** The number that could be a thousand times larger, where nothing tells: with a comma always, with a point where others of the file have none. */
export function ambiguous({ sign, clear, grouped, whole }: Signs, separator: Separator): SignAt | undefined {
  if (clear !== undefined || grouped === undefined) return undefined;
  return sign === comma || (separator === ";" && whole) ? grouped : undefined;
}

/** The number that a text is in a file with this separator, alone and without other numbers that tell its decimal sign; NaN where it is none. */
export function numberBeside(separator: Separator, text: string): number {
  const read = numberOf(text, point);
  if (!Number.isNaN(read) || !signsBeside(separator).watched || oneGroup.test(text)) return read;
  return numberOf(text, comma);
}

/** Whether a text is a number in a file with this separator, or could be. */
export function isNumberText(text: string, separator: Separator): boolean {
  return (
    Number.isFinite(numberOf(text, point)) || (signsBeside(separator).watched && Number.isFinite(numberOf(text, comma)))
  );
}

function numberOf(text: string, sign: number): number {
  const bytes = Buffer.from(text);
  return decimalOf(bytes, 0, bytes.length, sign);
}
