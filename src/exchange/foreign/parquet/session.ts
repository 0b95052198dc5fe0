/** DuckDB for one reading or writing of somebody's Parquet files. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { inDuckdb } from "../../../data/duckdb.ts";
import { LetheError } from "../../../errors.ts";
import { refused } from "../refusal.ts";

/** Opens DuckDB for as long as `use` runs; what it does not take is thrown as `bad-input` about `place`. */
export async function withDuckdb<Result>(
  place: string,
  use: (connection: DuckDBConnection) => Promise<Result>,
  memory?: string,
): Promise<Result> {
  try {
    return await inDuckdb(use, memory);
  } catch (error) {
    if (error instanceof LetheError || !(error instanceof Error)) throw error;
    throw refused(place, `DuckDB does not take it: ${error.message.split("\n", 1)[0]}`);
  }
}
