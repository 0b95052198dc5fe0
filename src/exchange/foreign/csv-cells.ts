/** Cells of CSV: ids in quotes where they need them, and numbers that read back as they were. */

import { refused, shown } from "./refusal.ts";

/** An id as a cell; what could separate fields elsewhere stands in quotes, too. */
export function cellOf(id: string): string {
  return /[",;\n\r]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id;
}

/** The shortest decimal that reads back as the same number. */
export function decimal(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A line of CSV, with its end; what is not known is empty. */
export function csvLine(cells: readonly (string | number | null | undefined)[]): string {
  const texts = cells.map((cell) => (typeof cell === "string" ? cellOf(cell) : cell == null ? "" : decimal(cell)));
  return `${texts.join(",")}\n`;
}

/** Throws `bad-input` where an id has spaces around it, which readers of text leave out. */
export function refuseSpaces(ids: Iterable<string>, path: string, advice: string): void {
  for (const id of ids)
    if (id.trim() !== id) throw refused(path, `the spaces around the id ${shown(id)} would be lost in text`, advice);
}
