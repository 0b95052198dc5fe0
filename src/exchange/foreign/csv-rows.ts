/** One side of a model as a CSV file: columns id, f0 … f{d−1}, and bias where there is one. */

import { setImmediate as turn } from "node:timers/promises";
import { decimalOf } from "../../data/reading/numbers.ts";
import { type Fields, fieldsFor, scanRow, textOf, textsOf } from "../../data/reading/records.ts";
import { cellOf, decimal, refuseSpaces } from "./csv-cells.ts";
import { refused, shown } from "./refusal.ts";
import { collectRows, type Rows } from "./rows.ts";
import type { Sink } from "./sink.ts";
import { withSource } from "./source.ts";

/** The largest CSV file that is read: 2 GiB. */
const largestFile = 2 ** 31;
const rowsPerPiece = 4096;

/** Reads a table; throws `bad-input`, naming the line, when a column is missing or unknown, or a cell is no number or id. */
export async function readCsvRows(path: string, byteLimit: number, signal?: AbortSignal): Promise<Rows> {
  const bytes = await withSource(
    path,
    async (source) => {
      if (source.size > Math.min(largestFile, 4 * byteLimit))
        throw refused(path, `${source.size} bytes of text are too many`, "write the tables as Parquet");
      return Buffer.from((await source.bytes(0, source.size)).buffer);
    },
    signal,
  );
  refuseBroken(bytes, path);
  const fields = fieldsFor(",", true);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let at = nextRow(fields, bytes, start, path, 1);
  const columns = columnsOf(textsOf(fields, bytes), path);
  const collector = collectRows(byteLimit, signal);
  for (let line = 1 + fields.lines; at < bytes.length; line += fields.lines) {
    at = nextRow(fields, bytes, at, path, line);
    if (collector.count % rowsPerPiece === 0) await turn();
    const place = `${path}, line ${line}`;
    if (fields.count !== columns.count) throw refused(place, `${fields.count} cells for ${columns.count} columns`);
    const cell = (column: number) => decimalOf(bytes, fields.starts[column], fields.ends[column]);
    const number = (column: number) => {
      const value = cell(column);
      if (Number.isFinite(value)) return value;
      throw refused(place, `${shown(textOf(fields, bytes, column))} is no finite number`);
    };
    const bias = columns.bias < 0 ? undefined : number(columns.bias);
    const factor = (k: number) => number(columns.factors[k]);
    collector.add(textOf(fields, bytes, columns.id), columns.factors.length, factor, bias, place);
  }
  return collector.rows("float64", path);
}

/**
 * Writes a table with the shortest decimals that read back as the same numbers, and where asked no id that a spreadsheet takes for a formula.
 * Throws `bad-input` where an id has spaces around it.
 */
export async function writeCsvRows(
  sink: Sink,
  { ids, width, values, bias }: Rows,
  guardFormulas = false,
): Promise<void> {
  refuseSpaces(ids, sink.path, "write Parquet");
  const names = ["id", ...Array.from({ length: width }, (_, k) => `f${k}`), ...(bias === undefined ? [] : ["bias"])];
  let lines = [names.join(",")];
  for (let row = 0; row < ids.length; row++) {
    const cells = [cellOf(guardFormulas ? guarded(ids[row]) : ids[row])];
    for (let k = row * width; k < (row + 1) * width; k++) cells.push(decimal(values[k]));
    if (bias !== undefined) cells.push(decimal(bias[row]));
    lines.push(cells.join(","));
    if (lines.length < rowsPerPiece) continue;
    await sink.write(Buffer.from(`${lines.join("\n")}\n`));
    await turn();
    lines = [];
  }
  if (lines.length > 0) await sink.write(Buffer.from(`${lines.join("\n")}\n`));
}

/** An apostrophe makes text of what begins as formulas do; a number is one all the same. */
function guarded(id: string): string {
  const bytes = Buffer.from(id);
  return /^[=+\-@\t\r]/.test(id) && !Number.isFinite(decimalOf(bytes, 0, bytes.length)) ? `'${id}` : id;
}

function nextRow(fields: Fields, bytes: Buffer, at: number, path: string, line: number): number {
  const next = scanRow(fields, bytes, at, bytes.length);
  if (next < 0) throw refused(`${path}, line ${line}`, "a quoted cell does not end, or text follows it");
  return next;
}

function columnsOf(names: readonly string[], path: string) {
  const id = names.indexOf("id");
  const bias = names.indexOf("bias");
  const width = names.length - (id < 0 ? 0 : 1) - (bias < 0 ? 0 : 1);
  const factors = Array.from({ length: width }, (_, k) => names.indexOf(`f${k}`));
  if (id >= 0 && width > 0 && !factors.includes(-1)) return { id, bias, factors, count: names.length };
  throw refused(
    path,
    `its columns are ${names.slice(0, 6).map(shown).join(", ")}${names.length > 6 ? ", …" : ""}`,
    "the first line must name id, f0, f1, … without a gap, and bias where there is one, and nothing else",
  );
}

function refuseBroken(bytes: Buffer, path: string): void {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (let at = 0; at < bytes.length; at += 2 ** 24)
      decoder.decode(bytes.subarray(at, at + 2 ** 24), { stream: true });
    decoder.decode();
  } catch {
    throw refused(path, "it is not UTF-8 text", "save the table as UTF-8");
  }
}
