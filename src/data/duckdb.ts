/** DuckDB in memory, on one thread and with nothing from outside; to be imported only where it is about to be used, for it is slow to load. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { duckdb } from "./duckdb-library.ts";

const settings = {
  threads: "1",
  preserve_insertion_order: "true",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
  allow_community_extensions: "false",
  // Without one, DuckDB would spill people's rows to `.tmp` in the current folder.
  temp_directory: "",
};

/** Opens DuckDB, in so much memory ("2GB"), for as long as `use` runs, and closes it whatever happens. Throws what `use` or DuckDB throws. */
export async function inDuckdb<Result>(
  use: (connection: DuckDBConnection) => Promise<Result>,
  memory?: string,
): Promise<Result> {
  const limits = memory === undefined ? settings : { ...settings, memory_limit: memory };
  const instance = await duckdb.DuckDBInstance.create(":memory:", limits);
  try {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Quotes a string as an SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path as `read_parquet` takes it, which reads patterns; COPY takes plain paths. */
export function escaped(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
