/** Reading of one side of a model from Parquet files: an id, and factors as a list or as columns f0 … f{d−1}. */

import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBListVector } from "@duckdb/node-api";
import { escaped, quoted } from "../../../data/duckdb.ts";
import { throwIfAborted } from "../../../errors.ts";
import type { Precision } from "../factors.ts";
import { refused } from "../refusal.ts";
import { collectRows, type RowCollector, type Rows } from "../rows.ts";
import { withSource } from "../source.ts";
import { type ParquetWish, refuseTooMany, selection } from "./selection.ts";
import { withDuckdb } from "./session.ts";

/** What the native reader may take for pages and vectors; the tables themselves are Lethe's own. */
const memory = "2GB";

/**
 * Reads files as one table, in their order; throws `bad-input` when one is no Parquet file, a column is missing or of
 * another type, a value is null or not finite, rows are not equally wide, or an id is there twice.
 */
export async function readParquetRows(paths: readonly string[], wish: ParquetWish, place: string): Promise<Rows> {
  const read = async (connection: DuckDBConnection) => {
    const stop = () => connection.interrupt();
    wish.signal?.addEventListener("abort", stop);
    try {
      const collector = collectRows(wish.byteLimit, wish.signal);
      let precision: Precision = "float32";
      for (const path of paths)
        if ((await readInto(collector, connection, path, wish)) === "float64") precision = "float64";
      return collector.rows(precision, place);
    } catch (error) {
      throwIfAborted(wish.signal);
      throw error;
    } finally {
      wish.signal?.removeEventListener("abort", stop);
    }
  };
  return withDuckdb(place, read, memory);
}

async function readInto(
  collector: RowCollector,
  connection: DuckDBConnection,
  path: string,
  wish: ParquetWish,
): Promise<Precision> {
  // A link, device or pipe is refused, and what is no Parquet at all never reaches the native reader.
  const size = await withSource(path, async ({ size, bytes }) => {
    const ends = size < 12 ? "" : Buffer.concat([await bytes(0, 4), await bytes(size - 4, 4)]).toString("latin1");
    if (ends !== "PAR1PAR1") throw refused(path, "this is not a Parquet file: truncated, or of another format");
    return size;
  });
  const file = quoted(escaped(resolve(path)));
  await refuseTooMany(connection, file, size, wish.byteLimit, path);
  const { select, precision } = await selection(connection, file, wish, path);
  const result = await connection.stream(select);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return precision;
    drain(collector, chunk, path);
  }
}

function drain(collector: RowCollector, chunk: DuckDBDataChunk, path: string): void {
  const ids = chunk.getColumnVector(0);
  const lists = chunk.getColumnVector(1) as DuckDBListVector;
  const widths = chunk.getColumnVector(2);
  const biases = chunk.columnCount > 3 ? chunk.getColumnVector(3) : undefined;
  const numbers = lists.childVector;
  for (let k = 0; k < chunk.rowCount; k++) {
    const row = collector.count;
    const wrong = (what: string, value: unknown) => refused(path, `the ${what} of row ${row} is ${value}`);
    const id = ids.getItem(k);
    if (typeof id !== "string") throw wrong("id", id);
    const bias = biases?.getItem(k);
    if (biases !== undefined && (typeof bias !== "number" || !Number.isFinite(bias))) throw wrong("bias", bias);
    const offset = lists.getEntryOffset(k);
    const number = (factor: number) => {
      const value = numbers.getItem(offset + factor);
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw wrong(`factor ${factor}`, value);
    };
    collector.add(id, Number(widths.getItem(k)), number, bias as number | undefined, path);
  }
}
