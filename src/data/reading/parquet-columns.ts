/** Which columns of a Parquet file are read, and how their types become text and numbers. */

import { quoted as literal } from "../duckdb.ts";
import { defect, quoted } from "./defects.ts";
import type { Layout } from "./layout.ts";

/** The names and the DuckDB types of a file's columns. */
export interface ParquetColumns {
  readonly names: readonly string[];
  readonly types: readonly string[];
  /** What all rows have in a column that is the name of a folder, undefined for the file's own. */
  readonly values: readonly (string | undefined)[];
}

const integer = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
const real = /^(FLOAT|DOUBLE|DECIMAL.*)$/;
const text = /^(VARCHAR|UUID|ENUM.*)$/;
const moment = /^(DATE|TIMESTAMP.*)$/;

/** Whether numbers are in a column of this type. */
export function isNumeric(type: string): boolean {
  return integer.test(type) || real.test(type);
}

/**
 * The SQL after SELECT: user and item as text, then rating and time as doubles where the layout has them. Throws
 * `bad-input` on a column whose type is none of those.
 */
export function selectionOf(file: string, columns: ParquetColumns, layout: Layout): string {
  const { user, item, rating, time } = layout;
  const parts = [idOf(file, columns, "user", user), idOf(file, columns, "item", item)];
  if (rating >= 0) parts.push(numberOf(file, columns, rating));
  if (time >= 0) parts.push(timeOf(columns, time));
  return parts.join(", ");
}

function idOf(file: string, columns: ParquetColumns, role: string, at: number): string {
  const type = columns.types[at];
  // 7 and 7.0 would be two ids in text, and 2⁵³ + 1 none at all.
  if (!text.test(type) && !integer.test(type)) throw typeDefect(file, columns, at, `text or integers as the ${role}`);
  return `CAST(${nameOf(columns, at)} AS VARCHAR)`;
}

function numberOf(file: string, columns: ParquetColumns, at: number): string {
  const type = columns.types[at];
  if (!isNumeric(type) && columns.values[at] === undefined)
    throw typeDefect(file, columns, at, "numbers as the rating");
  return `TRY_CAST(${nameOf(columns, at)} AS DOUBLE)`;
}

/** Whatever a time is, its text tells whether it can be read. */
function timeOf(columns: ParquetColumns, at: number): string {
  const type = columns.types[at];
  if (moment.test(type)) return `CAST(epoch(${nameOf(columns, at)}) AS DOUBLE)`;
  return isNumeric(type) ? `CAST(${nameOf(columns, at)} AS DOUBLE)` : `CAST(${nameOf(columns, at)} AS VARCHAR)`;
}

function typeDefect(file: string, { names, types }: ParquetColumns, at: number, expected: string): Error {
  return defect(file, "columns", `${quoted(names[at])} of the type ${quoted(types[at])}`, expected);
}

function nameOf({ names, values }: ParquetColumns, at: number): string {
  const value = values[at];
  return value === undefined ? `"${names[at].replaceAll('"', '""')}"` : literal(value);
}
