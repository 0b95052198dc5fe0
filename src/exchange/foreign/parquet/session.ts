/** DuckDB in memory for one reading or writing of Parquet files. */

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { LetheError } from "../../../errors.ts";
import { refused } from "../refusal.ts";

const settings = {
  threads: "1",
  preserve_insertion_order: "true",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
  allow_community_extensions: "false",
  // Without one, DuckDB would spill rows to `.tmp` in the current folder.
  temp_directory: "",
};

/**
 * Opens DuckDB on one thread, in so much memory, for as long as `use` runs, and closes it whatever happens; what it does not
 * take is thrown as `bad-input` about `place`.
 */
export async function withDuckdb<Result>(
  place: string,
  use: (connection: DuckDBConnection) => Promise<Result>,
  memory?: string,
): Promise<Result> {
  const limits = memory === undefined ? settings : { ...settings, memory_limit: memory };
  const instance = await DuckDBInstance.create(":memory:", limits);
  try {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    if (error instanceof LetheError || !(error instanceof Error)) throw error;
    throw refused(place, `DuckDB does not take it: ${error.message.split("\n", 1)[0]}`);
  } finally {
    instance.closeSync();
  }
}

/** A text as SQL has it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
