/** Columns of text for a terminal. */

import { padded, widthOf } from "./layout.ts";

/** How a table is laid out. */
export interface TableOptions {
  /** Columns (from 0) whose cells stand at the right, as numbers do. */
  readonly right?: readonly number[];
  /** Dresses a padded cell; must not change its width. Rows and columns count from 0. */
  readonly style?: (cell: string, column: number, row: number) => string;
}

/** One line a row, columns as wide as their widest cell and two spaces apart. */
export function table(rows: readonly (readonly string[])[], { right = [], style }: TableOptions = {}): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, c) => {
      widths[c] = Math.max(widths[c] ?? 0, widthOf(cell));
    });
  return rows.map((row, r) => {
    const last = row.findLastIndex((cell) => cell !== "");
    return row
      .slice(0, last + 1)
      .map((cell, c) => {
        const wide = right.includes(c) ? padded(cell, widths[c], "right") : c === last ? cell : padded(cell, widths[c]);
        return style === undefined ? wide : style(wide, c, r);
      })
      .join("  ");
  });
}
