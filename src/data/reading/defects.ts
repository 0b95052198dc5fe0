/** How a defect of a file is told: which file, which line, what was found, what was expected. */

import { LetheError } from "../../errors.ts";
import { printable } from "../../report/printable.ts";

const longestQuote = 40;

/** Text in double quotes, cut to 40 characters, with control characters escaped so that a terminal is safe. */
export function quoted(text: string): string {
  const characters = Array.from(text.slice(0, 4 * longestQuote));
  const cut = characters.length > longestQuote;
  const shown = JSON.stringify(cut ? characters.slice(0, longestQuote).join("") : text);
  const safe = printable(shown);
  return cut ? `${safe.slice(0, -1)}…"` : safe;
}

/** "1 field", "2 fields". */
export function fieldCount(count: number): string {
  return `${count} ${count === 1 ? "field" : "fields"}`;
}

/** Where in a file: a line, counted from 1, or what else its parts are called ("row 7", "columns"). */
export type Place = number | string;

/** A file as messages name it: `-` is standard input. */
export function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

/** A `bad-input` error: "FILE, line N: found F, expected E". */
export function defect(file: string, place: Place, found: string, expected: string, advice?: string): LetheError {
  const where = typeof place === "number" ? `line ${place}` : place;
  return new LetheError("bad-input", `${nameOf(file)}, ${where}: found ${found}, expected ${expected}`, advice);
}
