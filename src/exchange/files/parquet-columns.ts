/** Columns of numbers and strings into a DuckDB table and out of a query, a vector of 2,048 rows at a time. */

import type { DuckDBConnection, DuckDBDataChunk, DuckDBListValue, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { duckdb } from "../../data/duckdb-library.ts";
import { LetheError } from "../../errors.ts";

const { DOUBLE, LIST, listValue, UINTEGER, VARCHAR } = duckdb;

/** A named column, with the type that it has in the file. Numbers are never null. */
export type Column =
  | { readonly name: string; readonly type: "UINTEGER"; readonly values: Uint32Array }
  | { readonly name: string; readonly type: "DOUBLE"; readonly values: Float64Array }
  | { readonly name: string; readonly type: "VARCHAR"; readonly values: (string | null)[] }
  | { readonly name: string; readonly type: "VARCHAR[]"; readonly values: (readonly string[] | null)[] };

const types: Readonly<Record<Column["type"], DuckDBType>> = { UINTEGER, DOUBLE, VARCHAR, "VARCHAR[]": LIST(VARCHAR) };
const vectorSize = 2048;
// About 50 ms of appending: the event loop gets a turn in between.
const rowsPerTurn = 128 * vectorSize;

/** Creates a table from columns, rows in order and −0 as 0; throws `bad-input` when their lengths differ or a string is broken UTF-16. */
export async function fillTable(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
): Promise<void> {
  const rows = columns[0].values.length;
  for (const { name, values } of columns)
    if (values.length !== rows)
      throw new LetheError("bad-input", `column ${name} has ${values.length} of ${rows} rows`);
  await connection.run(
    `CREATE TABLE ${table} (${columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(", ")})`,
  );
  const appender = await connection.createAppender(table);
  const kinds = columns.map(({ type }) => types[type]);
  try {
    for (let start = 0; start < rows; start += vectorSize) {
      const chunk = duckdb.DuckDBDataChunk.create(kinds, Math.min(vectorSize, rows - start));
      for (let c = 0; c < columns.length; c++) fillVector(chunk, c, columns[c], start);
      appender.appendDataChunk(chunk);
      if ((start + vectorSize) % rowsPerTurn === 0) await new Promise((resume) => setTimeout(resume));
    }
  } finally {
    appender.closeSync();
  }
}

/**
 * Reads all rows of `source` (SQL after FROM); `name` is for messages. Throws `bad-model` when there are more or fewer
 * than `rows` rows, a column type is none of ours, or a number is null.
 */
export async function readColumns(
  connection: DuckDBConnection,
  source: string,
  rows: number,
  name: string,
): Promise<Map<string, Column>> {
  const result = await connection.stream(`SELECT * FROM ${source}`);
  const kinds = result.columnTypes().map(String);
  const columns = result.columnNames().map((column, c) => emptyColumn(column, kinds[c], rows, name));
  let at = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    if (at + chunk.rowCount > rows) throw new LetheError("bad-model", `${name} has more than ${rows} rows`);
    for (let c = 0; c < columns.length; c++) drainVector(chunk, c, columns[c], at, name);
    at += chunk.rowCount;
  }
  if (at !== rows) throw new LetheError("bad-model", `${name} has ${at} rows where ${rows} are expected`);
  return new Map(columns.map((column) => [column.name, column]));
}

function fillVector(chunk: DuckDBDataChunk, index: number, column: Column, start: number): void {
  const vector = chunk.getColumnVector(index);
  const rows = chunk.rowCount;
  if (column.type === "VARCHAR" || column.type === "VARCHAR[]")
    for (let k = 0; k < rows; k++) vector.setItem(k, textValue(column.values[start + k]));
  // DuckDB's dictionaries take −0 and 0 for one value, whichever comes first: adding 0 makes both 0.
  else for (let k = 0; k < rows; k++) vector.setItem(k, column.values[start + k] + 0);
  vector.flush();
}

function textValue(cell: string | readonly string[] | null): DuckDBValue {
  if (cell === null) return null;
  return typeof cell === "string" ? wellFormed(cell) : listValue(cell.map(wellFormed));
}

function wellFormed(text: string): string {
  // UTF-8 has no lone surrogates: two ids could become one.
  if (/\p{Surrogate}/u.test(text))
    throw new LetheError("bad-input", `${JSON.stringify(text)} is not valid Unicode text`);
  return text;
}

function emptyColumn(name: string, type: string, rows: number, file: string): Column {
  try {
    if (type === "UINTEGER") return { name, type, values: new Uint32Array(rows) };
    if (type === "DOUBLE") return { name, type, values: new Float64Array(rows) };
    if (type === "VARCHAR" || type === "VARCHAR[]") return { name, type, values: [] };
  } catch {
    throw new LetheError("bad-model", `${file}: ${rows} rows do not fit in memory`);
  }
  throw new LetheError("bad-model", `${file}: column ${JSON.stringify(name)} has the type ${type}`);
}

function drainVector(chunk: DuckDBDataChunk, index: number, column: Column, start: number, file: string): void {
  const vector = chunk.getColumnVector(index);
  const rows = chunk.rowCount;
  if (column.type === "VARCHAR") for (let k = 0; k < rows; k++) column.values.push(vector.getItem(k) as string | null);
  else if (column.type === "VARCHAR[]")
    for (let k = 0; k < rows; k++) column.values.push(listOf(vector.getItem(k), file));
  else {
    const { values } = column;
    for (let k = 0; k < rows; k++) {
      const value = vector.getItem(k);
      if (value === null)
        throw new LetheError("bad-model", `${file}: column ${column.name} is null in row ${start + k}`);
      values[start + k] = value as number;
    }
  }
}

function listOf(value: DuckDBValue, file: string): readonly string[] | null {
  if (value === null) return null;
  const list = (value as DuckDBListValue).items;
  if (list.some((entry) => entry === null)) throw new LetheError("bad-model", `${file}: a list holds a null`);
  return list as readonly string[];
}
