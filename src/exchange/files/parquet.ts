/** Columns to and from Parquet files, through DuckDB in memory on one thread, so that the same columns give the same bytes. */

import { escaped, inDuckdb, quoted } from "../../data/duckdb.ts";
import { LetheError } from "../../errors.ts";
import { type Column, fillTable, readColumns } from "./parquet-columns.ts";

/** Reading and writing of Parquet files while a DuckDB instance is open. */
export interface Parquet {
  /** Writes columns of equal length; throws `bad-input` when they differ, hold a broken string, or the file cannot be written. */
  write(path: string, columns: readonly Column[], compression?: "zstd" | "uncompressed"): Promise<void>;
  /** Reads all columns of a file of exactly `rows` rows; `name` is for messages. Throws `bad-model` when it is anything else. */
  read(path: string, rows: number, name: string): Promise<Map<string, Column>>;
}

/** Opens DuckDB in memory for as long as `use` runs, and closes it whatever happens. */
export async function withParquet<Result>(use: (parquet: Parquet) => Promise<Result>): Promise<Result> {
  return inDuckdb((connection) =>
    use({
      async write(path, columns, compression = "zstd") {
        try {
          await fillTable(connection, "rows", columns);
          await connection.run(`COPY rows TO ${quoted(path)} (FORMAT parquet, COMPRESSION ${compression})`);
        } catch (error) {
          throw asLetheError(error, "bad-input", `${path} cannot be written`);
        } finally {
          // Where this fails too, the error above is the one to tell.
          await connection.run("DROP TABLE IF EXISTS rows").catch(() => {});
        }
      },
      async read(path, rows, name) {
        try {
          // A folder called "user=5" must not become a column.
          const source = `read_parquet(${quoted(escaped(path))}, hive_partitioning = false)`;
          return await readColumns(connection, source, rows, name);
        } catch (error) {
          throw asLetheError(error, "bad-model", `${name} cannot be read as Parquet`);
        }
      },
    }),
  );
}

function asLetheError(error: unknown, code: "bad-input" | "bad-model", what: string): unknown {
  if (error instanceof LetheError || !(error instanceof Error)) return error;
  return new LetheError(code, `${what}: ${error.message.split("\n", 1)[0]}`);
}
