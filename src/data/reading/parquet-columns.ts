/** Which columns of a Parquet file are read, and how their types become text and numbers. */

import { defect, quoted } from "./defects.ts";
import type { Layout } from "./layout.ts";

/** The names and the DuckDB types of a file's columns. */
export interface ParquetColumns {
  readonly names: readonly string[];
  readonly types: readonly string[];
}

const integer = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
const real = /^(FLOAT|DOUBLE|DECIMAL.*)$/;
const text = /^(VARCHAR|UUID|ENUM.*)$/;
const moment = /^(DATE|TIMESTAMP.*)$/;

/**
 * The SQL after SELECT: user and item as text, then rating and time as doubles where the layout has them. Throws
 * `bad-input` on a column whose type is none of those.
 */
export function selectionOf(file: string, columns: ParquetColumns, layout: Layout): string {
  const { user, item, rating, time } = layout;
  const parts = [idOf(file, columns, "user", user), idOf(file, columns, "item", item)];
  if (rating >= 0) parts.push(numberOf(file, columns, rating));
  if (time >= 0) parts.push(timeOf(file, columns, time));
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
  if (!integer.test(type) && !real.test(type)) throw typeDefect(file, columns, at, "numbers as the rating");
  return `CAST(${nameOf(columns, at)} AS DOUBLE)`;
}

function timeOf(file: string, columns: ParquetColumns, at: number): string {
  const type = columns.types[at];
  if (moment.test(type)) return `CAST(epoch(${nameOf(columns, at)}) AS DOUBLE)`;
  if (!integer.test(type) && !real.test(type))
    throw typeDefect(file, columns, at, "seconds since 1970 or timestamps as the time");
  return `CAST(${nameOf(columns, at)} AS DOUBLE)`;
}

function typeDefect(file: string, { names, types }: ParquetColumns, at: number, expected: string): Error {
  return defect(file, "columns", `${quoted(names[at])} of the type ${quoted(types[at])}`, expected);
}

function nameOf({ names }: ParquetColumns, at: number): string {
  return `"${names[at].replaceAll('"', '""')}"`;
}
