/** Reads interactions from a Parquet file, through DuckDB in memory on one thread; loaded only when one is read. */

import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBVector } from "@duckdb/node-api";
import { LetheError } from "../../errors.ts";
import { escaped, inDuckdb } from "../duckdb.ts";
import { addRow, type Collection, collectionOf, isRating, placeOf, ratingDefect } from "./collecting.ts";
import { defect } from "./defects.ts";
import type { ColumnChoice } from "./format.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import { layoutOf } from "./layout.ts";
import { type ParquetColumns, selectionOf } from "./parquet-columns.ts";

// A folder called "user=5" must not become a column.
const source = "read_parquet($file, hive_partitioning = false)";

/**
 * The rows of a Parquet file: ids of text or integers, ratings of any number, times in seconds or as timestamps, in
 * columns found as in a text table with a header. Throws `bad-input`, naming the row, on a null, a column of another
 * type, and a rating that is not finite.
 */
export async function collectParquet(
  file: string,
  choice: ColumnChoice | undefined,
  places: boolean,
): Promise<Collection> {
  return withDuckdb(file, async (connection) => {
    const parameters = { file: escaped(resolve(file)) };
    const columns = await columnsIn(connection, parameters);
    const { names } = columns;
    const first = { separator: ",", fields: names, line: names.join(","), place: "columns" } as const;
    const layout = layoutOf(file, first, byName(choice, names));
    const selection = selectionOf(file, columns, layout);
    const to = collectionOf(file, "parquet", { times: layout.time >= 0, places });
    const result = await connection.stream(`SELECT ${selection} FROM ${source}`, parameters);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const vectors = Array.from({ length: chunk.columnCount }, (_, c) => chunk.getColumnVector(c));
      takeRows(to, vectors, chunk.rowCount, { rated: layout.rating >= 0, timed: layout.time >= 0 });
    }
    return to;
  });
}

async function withDuckdb<Result>(file: string, use: (connection: DuckDBConnection) => Promise<Result>) {
  try {
    return await inDuckdb(use);
  } catch (error) {
    if (error instanceof LetheError || !(error instanceof Error)) throw error;
    throw new LetheError("bad-input", `${file} cannot be read as Parquet: ${error.message.split("\n", 1)[0]}`);
  }
}

async function columnsIn(connection: DuckDBConnection, parameters: { file: string }): Promise<ParquetColumns> {
  const result = await connection.stream(`SELECT * FROM ${source} LIMIT 0`, parameters);
  return { names: result.columnNames(), types: result.columnTypes().map(String) };
}

/** Every Parquet column has a name: positions are turned into them. */
function byName(choice: ColumnChoice | undefined, names: readonly string[]): ColumnChoice | undefined {
  if (choice === undefined) return undefined;
  const name = <Column extends string | number | undefined>(column: Column) =>
    typeof column === "number" ? (names[column] ?? column) : column;
  return { user: name(choice.user), item: name(choice.item), rating: name(choice.rating), time: name(choice.time) };
}

interface Parts {
  readonly rated: boolean;
  readonly timed: boolean;
}

function takeRows(to: Collection, vectors: readonly DuckDBVector[], count: number, { rated, timed }: Parts): void {
  const start = to.columns.size + 1;
  const ratings = rated ? vectors[2] : undefined;
  const times = timed ? vectors[vectors.length - 1] : undefined;
  for (let k = 0; k < count; k++) {
    const row = start + k;
    const user = idAt(to, to.users, "user", vectors[0], k, row);
    const item = idAt(to, to.items, "item", vectors[1], k, row);
    const rating = ratings === undefined ? 1 : numberAt(to, "rating", ratings, k, row);
    if (!isRating(rating)) throw ratingDefect(to, rating, String(rating), row);
    const time = times === undefined ? undefined : numberAt(to, "time", times, k, row);
    if (time !== undefined && !Number.isFinite(time))
      throw defect(to.file, placeOf(to, row), String(time), "seconds since 1970 as the time");
    addRow(to, user, item, rating, time, row);
  }
}

function idAt(
  to: Collection,
  ids: Interner,
  role: "user" | "item",
  vector: DuckDBVector,
  k: number,
  row: number,
): number {
  const text = valueAt(to, role, vector, k, row) as string;
  const bytes = Buffer.from(text);
  const id = ids.intern(bytes, 0, bytes.length);
  if (id < 0) throw idDefect(to.file, role, text, placeOf(to, row));
  return id;
}

function numberAt(to: Collection, role: string, vector: DuckDBVector, k: number, row: number): number {
  return valueAt(to, role, vector, k, row) as number;
}

function valueAt(to: Collection, role: string, vector: DuckDBVector, k: number, row: number): unknown {
  const value = vector.getItem(k);
  if (value === null) throw defect(to.file, placeOf(to, row), `null as the ${role}`, "a value in every row");
  return value;
}
