/** Reads interactions from a Parquet file, through DuckDB in memory on one thread; loaded only when one is read. */

import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBVector } from "@duckdb/node-api";
import { LetheError } from "../../errors.ts";
import { escaped, inDuckdb } from "../duckdb.ts";
import { addRow, beginPart, type Collection, isRating, type Part, placeOf, ratingDefect } from "./collecting.ts";
import { defect } from "./defects.ts";
import type { ColumnChoice } from "./format.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import type { Layout, LayoutWishes } from "./layout.ts";
import { isNumeric, type ParquetColumns, selectionOf } from "./parquet-columns.ts";
import { checkedTime, endPart, lostTimes } from "./part-times.ts";
import { layoutOf } from "./recognising.ts";
import type { Partition } from "./sources.ts";

// A folder called "user=5" must not become a column.
const source = "read_parquet($file, hive_partitioning = false)";

/**
 * Adds the rows of a Parquet file, and returns its layout: ids of text or integers, ratings of any number, times as numbers, timestamps or
 * text, in columns found as in a text table with a header. Throws `bad-input`, naming the row, on a null, a column of another type, and a
 * rating that is not finite.
 */
export async function collectParquet(
  to: Collection,
  file: string,
  wishes: LayoutWishes,
  partition: Partition = [],
): Promise<Layout> {
  return withDuckdb(file, async (connection) => {
    const parameters = { file: escaped(resolve(file)) };
    const columns = await columnsIn(connection, parameters, partition);
    const { names } = columns;
    const rows = () => [names, columns.types.map((type) => (isNumeric(type) ? "1" : "text"))];
    const first = { separator: ",", fields: names, line: names.join(","), place: "columns", rows } as const;
    const layout = layoutOf(file, first, { ...wishes, choice: byName(wishes.choice, names) });
    const selection = selectionOf(file, columns, layout);
    const part = beginPart(to, { file, format: "parquet", timed: layout.time >= 0 });
    const result = await connection.stream(`SELECT ${selection} FROM ${source}`, parameters);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const vectors = Array.from({ length: chunk.columnCount }, (_, c) => chunk.getColumnVector(c));
      takeRows(to, part, vectors, chunk.rowCount, { rated: layout.rating >= 0, timed: layout.time >= 0 });
    }
    endPart(to);
    return layout;
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

async function columnsIn(
  connection: DuckDBConnection,
  parameters: { file: string },
  partition: Partition,
): Promise<ParquetColumns> {
  const result = await connection.stream(`SELECT * FROM ${source} LIMIT 0`, parameters);
  const [names, types] = [result.columnNames(), result.columnTypes().map(String)];
  const added = partition.filter(({ name }) => !names.includes(name));
  return {
    names: [...names, ...added.map(({ name }) => name)],
    types: [...types, ...added.map(() => "VARCHAR")],
    values: [...names.map(() => undefined), ...added.map(({ value }) => value)],
  };
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

function takeRows(
  to: Collection,
  part: Part,
  vectors: readonly DuckDBVector[],
  count: number,
  { rated, timed }: Parts,
): void {
  const start = to.columns.size - part.from + 1;
  const ratings = rated ? vectors[2] : undefined;
  const times = timed ? vectors[vectors.length - 1] : undefined;
  for (let k = 0; k < count; k++) {
    const row = start + k;
    const user = idAt(part, to.users, "user", vectors[0], k, row);
    const item = idAt(part, to.items, "item", vectors[1], k, row);
    const rating = ratings === undefined ? 1 : (valueAt(part, "rating", ratings, k, row) as number);
    if (!isRating(rating)) throw ratingDefect(part, rating, String(rating), row);
    const time = times === undefined || to.columns.times === undefined ? undefined : timeAt(to, times.getItem(k), row);
    addRow(to, user, item, rating, time, row);
  }
}

function timeAt(to: Collection, value: unknown, row: number): number {
  return value === null ? lostTimes(to, "null as the time", row) : checkedTime(to, String(value), row);
}

function idAt(part: Part, ids: Interner, role: "user" | "item", vector: DuckDBVector, k: number, row: number): number {
  const text = valueAt(part, role, vector, k, row) as string;
  const bytes = Buffer.from(text);
  const id = ids.intern(bytes, 0, bytes.length);
  if (id < 0) throw idDefect(part.file, role, text, placeOf(part, row));
  return id;
}

function valueAt(part: Part, role: string, vector: DuckDBVector, k: number, row: number): unknown {
  const value = vector.getItem(k);
  if (value === null) throw defect(part.file, placeOf(part, row), `null as the ${role}`, "a value in every row");
  return value;
}
