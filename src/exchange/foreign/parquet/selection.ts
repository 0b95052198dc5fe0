/** Which columns of a Parquet file make a model, and whether the file may be read at all. */

import type { DuckDBConnection } from "@duckdb/node-api";
import type { Precision } from "../factors.ts";
import { refused, shown } from "../refusal.ts";

/** What a file is asked for. */
export interface ParquetWish {
  /** The names that the column of lists may have. */
  readonly lists: readonly string[];
  /** Whether ids must be whole numbers that fit into 32 bits. */
  readonly integers: boolean;
  readonly byteLimit: number;
  readonly signal?: AbortSignal | undefined;
}

const numberTypes: readonly string[] = ["FLOAT", "DOUBLE"];
const idTypes: readonly string[] =
  "VARCHAR INTEGER BIGINT SMALLINT TINYINT UINTEGER UBIGINT USMALLINT UTINYINT HUGEINT".split(" ");

/**
 * Throws `bad-input` when a file announces more values than its bytes can mean: run-length codes make few bytes into many
 * rows. `file` is the quoted path.
 */
export async function refuseTooMany(
  connection: DuckDBConnection,
  file: string,
  size: number,
  byteLimit: number,
  path: string,
): Promise<void> {
  const reader = await connection.runAndReadAll(
    `SELECT max(num_values), sum(num_values), min(num_values), max(row_group_num_rows) FROM parquet_metadata(${file})`,
  );
  const [most, all, least, rows] = (reader.getRows()[0] ?? []).map((value) => Number(value ?? 0));
  const limit = Math.min(32 * size + 65_536, byteLimit);
  if (Math.max(most, all, rows) > limit || least < 0)
    throw refused(path, `${size} bytes that hold ${all} values are not a model`);
}

/**
 * The query for id (text), factors (list), how many they are, and bias where there is one; throws `bad-input` when columns
 * are missing, of another type, or too many.
 */
export async function selection(
  connection: DuckDBConnection,
  file: string,
  wish: ParquetWish,
  path: string,
): Promise<{ readonly select: string; readonly precision: Precision }> {
  // A folder called "user=5" must not become a column.
  const source = `read_parquet(${file}, hive_partitioning = false)`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  const wrong = (why: string) =>
    refused(
      path,
      `${why}; its columns are ${[...types]
        .map((pair) => shown(pair.join(" ")))
        .slice(0, 6)
        .join(", ")}`,
    );
  const idType = types.get("id") ?? "";
  if (!idTypes.includes(idType) || (wish.integers && idType === "VARCHAR")) throw wrong("there is no usable column id");
  const lists = wish.lists.filter((name) => /^(FLOAT|DOUBLE)\[\]$/.test(types.get(name) ?? ""));
  const columns: string[] = [];
  while (numberTypes.includes(types.get(`f${columns.length}`) ?? "")) columns.push(`f${columns.length}`);
  if (lists.length + Math.min(1, columns.length) !== 1) throw wrong("there is not one list of factors");
  const biasType = types.get("bias");
  if (biasType !== undefined && !numberTypes.includes(biasType)) throw wrong("the bias is no number");
  const factors = lists.length === 1 ? `"${lists[0]}"` : `[${columns.join(", ")}]`;
  const used = [...(lists.length === 1 ? lists : columns), ...(biasType === undefined ? [] : ["bias"])];
  if (used.length + 1 !== types.size) throw wrong("there are columns that do not belong");
  const bias = biasType === undefined ? "" : ", bias::DOUBLE";
  return {
    select: `SELECT id::VARCHAR, ${factors}::DOUBLE[], coalesce(len(${factors}), 0)${bias} FROM ${source}`,
    precision: used.some((name) => types.get(name)?.startsWith("DOUBLE")) ? "float64" : "float32",
  };
}
