/** The library of DuckDB: required and not imported, for Node reads every line of such a library that is imported, which takes longer than to load it. */

import { createRequire } from "node:module";

/** What the library exports. */
export const duckdb = createRequire(import.meta.url)("@duckdb/node-api") as typeof import("@duckdb/node-api");
