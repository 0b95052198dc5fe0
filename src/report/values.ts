/** Values as every report writes them: numbers with the digits that they deserve, and text that cannot break out of its place. */

import type { Cell, Interval } from "./part.ts";
import { printable } from "./printable.ts";

const grouped = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const nothing = "–";

/** Text from outside: control characters and changes of direction are escaped, and halves of characters replaced. */
export function clean(text: string): string {
  return printable(text).replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Four significant digits; whole numbers below 10⁹ in full; – for what is no number. */
export function numberText(x: number | null): string {
  if (x === null || Number.isNaN(x)) return nothing;
  if (x < 0) return `−${numberText(-x)}`;
  if (x === Number.POSITIVE_INFINITY) return "∞";
  if (Number.isInteger(x) && x < 1e9) return whole.format(x + 0);
  if (x >= 1e-3 && x < 1e6) return grouped.format(x);
  return x.toExponential(3).replace(/\.?0*e\+?/, "e");
}

/** An interval, as "0.12 to 0.3". */
export function intervalText([low, high]: Interval): string {
  return `${numberText(low)} to ${numberText(high)}`;
}

/** A cell of a table as text. */
export function cellText(cell: Cell): string {
  return typeof cell === "string" ? clean(cell) : numberText(cell);
}

/** A value with its unit and its interval, where it has them. */
export function quantityText(entry: {
  readonly value: number | string;
  readonly unit?: string | undefined;
  readonly interval?: Interval | undefined;
}): string {
  const { value, unit, interval } = entry;
  const shown = [cellText(value), unit === undefined ? "" : clean(unit)].filter((text) => text !== "").join(" ");
  return interval === undefined ? shown : `${shown} (${intervalText(interval)})`;
}

/** "1 row", "2,000 rows" */
export function howMany(n: number, one: string): string {
  return `${numberText(n)} ${one}${n === 1 ? "" : "s"}`;
}
