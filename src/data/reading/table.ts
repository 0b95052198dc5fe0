/** A text table read row by row: byte order mark, first line, blank lines, and the checks that it is text at all. */

import { isUtf8 } from "node:buffer";
import type { LetheError } from "../../errors.ts";
import { defect, type Place, quoted } from "./defects.ts";
import { type Fields, fieldsFor, openQuote, type Separator, scanRow, textAfterQuote, textsOf } from "./records.ts";
import { chosenSeparator, fieldsOf, firstRows, lineOf, separatorOf, type TableStart } from "./separators.ts";

/** The first row of a table: a header or a row of data. */
export interface FirstRow {
  readonly separator: Separator;
  readonly fields: readonly string[];
  /** The line as it stands in the file. */
  readonly line: string;
  /** What it is called in messages. */
  readonly place: Place;
  /** Whether the fields can only be names of columns. */
  readonly named?: boolean;
  /** This row and those after it, as far as they show what columns hold. */
  rows(): readonly (readonly string[])[];
}

/** What takes the rows of a table: the first row too, unless it is a header. Lines count from 1. */
export interface TableReader {
  readonly header: boolean;
  row(fields: Fields, bytes: Buffer, line: number): void;
}

/** What a table must hold. */
export interface Expected {
  /** As it is told when the file is empty. */
  readonly rows: string;
  /** What separates fields of such a file; without it the first rows tell. */
  readonly separator?: Separator | undefined;
  /** What the reader says that separates them. */
  readonly chosen?: Separator | undefined;
  /** Fields that a row has to have; by default 2. */
  readonly least?: number | undefined;
  /** Passes over blank lines, which otherwise may only stand at the end. */
  readonly blankLines?: "skip" | undefined;
}

const longestRow = 1 << 22;
const textAdvice =
  "Lethe reads text in UTF-8: CSV, TSV, MovieLens .dat, RecBole .inter or lists of items, plain or gzip; and Parquet";

/**
 * Reads a table; `open` looks at its first row and returns what takes the rest. Throws `bad-input`, naming the line,
 * when the bytes are no UTF-8 text, the file is empty, or a blank line stands between rows.
 */
export async function scanTable(
  file: string,
  blocks: AsyncIterable<Buffer> | Iterable<Buffer>,
  expected: Expected,
  open: (first: FirstRow) => TableReader,
): Promise<void> {
  const { rows } = expected;
  const fields = fieldsFor("\n", false);
  const state: State = { file, open, expected, reader: undefined, fields, line: 1, blankLine: 0 };
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of blocks) rest = take(state, rest.length === 0 ? block : Buffer.concat([rest, block]), false);
  take(state, rest, true);
  if (state.reader === undefined) throw defect(file, 1, "an empty file", rows);
}

interface State {
  readonly file: string;
  readonly open: (first: FirstRow) => TableReader;
  readonly expected: Expected;
  reader: TableReader | undefined;
  fields: Fields;
  /** The line that the next byte is on. */
  line: number;
  /** The first of the blank lines just passed, or 0. */
  blankLine: number;
}

/** Reads the rows that end within the bytes and returns what is left of them. */
function take(state: State, bytes: Buffer, final: boolean): Buffer {
  const end = final ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
  checkText(state, bytes, end);
  if (end === 0) return leftover(state, bytes);
  if (state.reader === undefined && isBlank(bytes, end)) return final ? bytes.subarray(end) : leftover(state, bytes);
  let at = state.reader === undefined ? begin(state, bytes, end) : 0;
  while (at < end) {
    const next = scanRow(state.fields, bytes, at, end);
    if (next === openQuote && !final) return leftover(state, bytes.subarray(at));
    if (next < 0) throw quoteDefect(state, bytes.toString("utf8", at, Math.min(end, at + 400)), next);
    takeRow(state, bytes);
    at = next;
  }
  return bytes.subarray(end);
}

function takeRow(state: State, bytes: Buffer): void {
  const { fields, reader } = state;
  if (fields.count === 1 && fields.starts[0] === fields.ends[0]) {
    if (state.blankLine === 0) state.blankLine = state.line;
  } else {
    if (state.blankLine !== 0 && !skips(state))
      throw defect(state.file, state.blankLine, "an empty line between rows", "a row");
    reader?.row(fields, bytes, state.line);
  }
  state.line += fields.lines;
}

function isBlank(bytes: Buffer, end: number): boolean {
  for (let at = markLength(bytes); at < end; at++) if (bytes[at] > 0x20) return false;
  return true;
}

/** The length of the byte order mark at the start. */
function markLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Looks at the first row; returns where the rows of data start. */
function begin(state: State, bytes: Buffer, end: number): number {
  const start = skips(state) ? afterBlankLines(state, bytes, end) : markLength(bytes);
  const from = { bytes, at: start, end };
  if (lineOf(from).trim() === "") throw defect(state.file, state.line, "an empty line", "a header or a row");
  const said = state.expected.separator === undefined ? saidSeparator(lineOf(from)) : undefined;
  if (said === undefined) return openAt(state, from, separatorIn(state, from));
  const next = { ...from, at: bytes.indexOf(newline, start) + 1 || end };
  if (next.at === end) throw defect(state.file, state.line, "a separator and no rows", state.expected.rows);
  state.line++;
  return openAt(state, next, state.expected.chosen ?? said);
}

const newline = 0x0a;

/** What a spreadsheet writes above a table so that it finds the separator again. */
function saidSeparator(line: string): Separator | undefined {
  return /^"?sep=(.)"?$/i.exec(line)?.[1];
}

/** Opens the reader on the first row; returns where the rows of data start. */
function openAt(state: State, from: TableStart, separator: Separator): number {
  const { bytes, at, end } = from;
  const line = lineOf(from);
  state.fields = fieldsOf(from, separator);
  const next = scanRow(state.fields, bytes, at, end);
  if (next < 0) throw quoteDefect(state, line, next);
  const fields = textsOf(state.fields, bytes);
  const rows = () => firstRows(from, fieldsOf(from, separator));
  state.reader = state.open({ separator, fields, line, place: state.line, rows });
  if (!state.reader.header) return at;
  state.line += state.fields.lines;
  return next;
}

function skips({ expected }: State): boolean {
  return expected.blankLines === "skip";
}

function separatorIn({ file, expected }: State, from: TableStart): Separator {
  const { separator, chosen, least = 2 } = expected;
  if (chosen !== undefined) return chosenSeparator(file, from, chosen);
  return separator ?? separatorOf(file, from, least);
}

/** Where the first line begins that is not blank; counts those before it. */
function afterBlankLines(state: State, bytes: Buffer, end: number): number {
  let start = markLength(bytes);
  for (let at = start; at < end && bytes[at] <= 0x20; at++) {
    if (bytes[at] !== 0x0a) continue;
    state.line++;
    start = at + 1;
  }
  return start;
}

function leftover(state: State, bytes: Buffer): Buffer {
  if (bytes.length <= longestRow) return bytes;
  const found = `${quoted(bytes.toString("utf8", 0, 400))}, which goes on for more than 4 MiB`;
  throw defect(state.file, state.line, found, "a row of at most 4 MiB", "is a closing quote or a line end missing?");
}

function checkText(state: State, bytes: Buffer, end: number): void {
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw defect(
      state.file,
      state.line + linesBefore(bytes, nul),
      "a NUL byte",
      "text (is this a binary file?)",
      textAdvice,
    );
  if (isUtf8(end === bytes.length ? bytes : bytes.subarray(0, end))) return;
  throw utf8Defect(state, bytes, end);
}

function utf8Defect(state: State, bytes: Buffer, end: number): LetheError {
  let line = state.line;
  for (let at = 0; at < end; line++) {
    const found = bytes.indexOf(0x0a, at);
    const next = found < 0 || found >= end ? end : found + 1;
    if (!isUtf8(bytes.subarray(at, next))) {
      const text = bytes.toString("latin1", at, next).replace(/\r?\n$/, "");
      return defect(state.file, line, `bytes that are not UTF-8 in ${quoted(text)}`, "UTF-8", utf8Advice(state.file));
    }
    at = next;
  }
  return defect(state.file, line, "bytes that are not UTF-8", "UTF-8", utf8Advice(state.file));
}

function utf8Advice(file: string): string {
  return `if it is ISO-8859-1, convert it: iconv -f ISO-8859-1 -t UTF-8 ${file}`;
}

function quoteDefect(state: State, row: string, status: number): LetheError {
  if (status === textAfterQuote)
    return defect(
      state.file,
      state.line,
      `text after a closing quote in ${quoted(row)}`,
      "a separator or the end of the line",
    );
  return defect(state.file, state.line, `a quote that is never closed in ${quoted(row)}`, 'a closing "');
}

function linesBefore(bytes: Buffer, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < end; at = bytes.indexOf(0x0a, at + 1)) lines++;
  return lines;
}
