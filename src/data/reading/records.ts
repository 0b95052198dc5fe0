/** One row of a text table cut into fields, byte by byte, at one separator, with double quotes or without. */

/** What stands between two fields: one character of ASCII, or `::`; the line end itself where a row is one field. */
export type Separator = string;

/** The fields of the row scanned last; reused from row to row. Field k is bytes `starts[k] … ends[k] − 1`, trimmed of spaces. */
export interface Fields {
  readonly separator: number;
  readonly width: 1 | 2;
  readonly quotes: boolean;
  /** Whether blanks separate: then many are as one, also at the ends of a row. */
  readonly blanks: boolean;
  starts: Int32Array;
  ends: Int32Array;
  /** 1 where a field has doubled quotes in it, which `textOf` undoes. */
  doubled: Uint8Array;
  count: number;
  /** How many lines the row took: more than one when a quoted field has line ends in it. */
  lines: number;
}

/** `scanRow` found a quoted field that does not end within the bytes. */
export const openQuote = -1;
/** `scanRow` found text between the closing quote of a field and the next separator. */
export const textAfterQuote = -2;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;

/** Fields for rows with the given separator. */
export function fieldsFor(separator: Separator, quotes: boolean): Fields {
  return {
    separator: separator.charCodeAt(0),
    width: separator === "::" ? 2 : 1,
    quotes,
    blanks: separator === " ",
    starts: new Int32Array(16),
    ends: new Int32Array(16),
    doubled: new Uint8Array(16),
    count: 0,
    lines: 1,
  };
}

/**
 * Scans the row that starts at `at` into `fields` and returns where the next row starts, or `openQuote` or
 * `textAfterQuote`. The bytes before `end` must be whole lines (the last one may lack its line end).
 */
export function scanRow(fields: Fields, bytes: Uint8Array, at: number, end: number): number {
  const { separator, width, quotes, blanks } = fields;
  fields.count = 0;
  fields.lines = 1;
  for (;;) {
    const start = at;
    if (quotes || blanks) {
      while (at < end && bytes[at] === space) at++;
      if (blanks && fields.count > 0) {
        const after = bytes[at] === carriageReturn && at < end ? at + 1 : at;
        if (after >= end) return end;
        if (bytes[after] === newline) return after + 1;
      }
      if (quotes && at < end && bytes[at] === quote) {
        at = scanQuoted(fields, bytes, at + 1, end);
        if (at < 0) return at;
        if (at >= end) return end;
        if (bytes[at++] === newline) return at;
        continue;
      }
    }
    let byte = newline;
    while (at < end) {
      byte = bytes[at];
      if (byte === newline || (byte === separator && (width === 1 || (at + 1 < end && bytes[at + 1] === separator))))
        break;
      at++;
    }
    const last = at >= end || byte === newline;
    addField(fields, bytes, start, last && at > start && bytes[at - 1] === carriageReturn ? at - 1 : at);
    if (last) return at >= end ? end : at + 1;
    at += width;
  }
}

/** The text of field k of the row scanned last. */
export function textOf(fields: Fields, bytes: Buffer, k: number): string {
  const text = bytes.toString("utf8", fields.starts[k], fields.ends[k]);
  return fields.doubled[k] === 0 ? text : text.replaceAll('""', '"');
}

/** The texts of all fields of the row scanned last. */
export function textsOf(fields: Fields, bytes: Buffer): string[] {
  return Array.from({ length: fields.count }, (_, k) => textOf(fields, bytes, k));
}

/** Adds the quoted field whose text starts at `at`; returns where its separator or line end stands. */
function scanQuoted(fields: Fields, bytes: Uint8Array, at: number, end: number): number {
  const start = at;
  let doubled = 0;
  for (; ; at++) {
    if (at >= end) return openQuote;
    if (bytes[at] === newline) fields.lines++;
    if (bytes[at] !== quote) continue;
    if (bytes[at + 1] !== quote || at + 1 >= end) break;
    doubled = 1;
    at++;
  }
  addField(fields, bytes, start, at);
  fields.doubled[fields.count - 1] = doubled;
  at++;
  while (at < end && ((bytes[at] === space && !fields.blanks) || bytes[at] === carriageReturn)) at++;
  return at >= end || bytes[at] === newline || bytes[at] === fields.separator ? at : textAfterQuote;
}

function addField(fields: Fields, bytes: Uint8Array, start: number, end: number): void {
  while (start < end && bytes[start] === space) start++;
  while (end > start && bytes[end - 1] === space) end--;
  if (fields.count === fields.starts.length) widen(fields);
  fields.starts[fields.count] = start;
  fields.ends[fields.count] = end;
  fields.doubled[fields.count++] = 0;
}

function widen(fields: Fields): void {
  const { starts, ends, doubled, count } = fields;
  fields.starts = new Int32Array(2 * count);
  fields.ends = new Int32Array(2 * count);
  fields.doubled = new Uint8Array(2 * count);
  fields.starts.set(starts);
  fields.ends.set(ends);
  fields.doubled.set(doubled);
}
