/** Writing of one side of a model as a Parquet file. */

import { resolve } from "node:path";
import { quoted } from "../../../data/duckdb.ts";
import { duckdb } from "../../../data/duckdb-library.ts";
import type { Rows } from "../rows.ts";
import { withDuckdb } from "./session.ts";

const { DOUBLE, DuckDBDataChunk, FLOAT, INTEGER, LIST, listValue, VARCHAR } = duckdb;
const vectorSize = 2048;

/** Writes a table with columns id (integers or text), a list of factors, and bias where there is one; −0 becomes 0. */
export async function writeParquetRows(path: string, rows: Rows, list: string, integers: boolean): Promise<void> {
  const { ids, width, values, bias, precision } = rows;
  const number = precision === "float32" ? FLOAT : DOUBLE;
  const types = [integers ? INTEGER : VARCHAR, LIST(number), ...(bias === undefined ? [] : [number])];
  const names = ["id", list, "bias"];
  await withDuckdb(path, async (connection) => {
    await connection.run(`CREATE TABLE side (${types.map((type, c) => `${names[c]} ${type}`).join(", ")})`);
    const appender = await connection.createAppender("side");
    for (let start = 0; start < ids.length; start += vectorSize) {
      const end = Math.min(ids.length, start + vectorSize);
      const chunk = DuckDBDataChunk.create(types, end - start);
      const [idVector, listVector] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let row = start; row < end; row++) {
        idVector.setItem(row - start, integers ? Number(ids[row]) : ids[row]);
        // DuckDB's dictionaries take −0 and 0 for one value, whichever comes first: adding 0 makes both 0.
        const factors = Array.from(values.subarray(row * width, (row + 1) * width), (value) => value + 0);
        listVector.setItem(row - start, listValue(factors));
        if (bias !== undefined) chunk.getColumnVector(2).setItem(row - start, bias[row] + 0);
      }
      for (let c = 0; c < types.length; c++) chunk.getColumnVector(c).flush();
      appender.appendDataChunk(chunk);
      await new Promise((turn) => setImmediate(turn));
    }
    appender.closeSync();
    await connection.run(`COPY side TO ${quoted(resolve(path))} (FORMAT parquet, COMPRESSION snappy)`);
  });
}
