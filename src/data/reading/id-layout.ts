/** How a file of ids is laid out: what separates its columns, whether it has a header, and which column has the ids. */

import { setImmediate as turn } from "node:timers/promises";
import { type CellFault, cellsOf } from "./cells.ts";
import { defect, quoted } from "./defects.ts";
import { headerColumns, type ListRole } from "./id-columns.ts";

/** Whose ids a list has, and where. */
export interface IdListOptions {
  /** Whose ids they are. */
  readonly role?: ListRole;
  /** The column that has them: its name in the header, or its position from 0. */
  readonly column?: string | undefined;
}

/** A line of the file, counted from 1. */
export interface Row {
  readonly text: string;
  readonly line: number;
}

/** After so many rows other work has a turn. */
export const rowsAtOnce = 1 << 13;

/** How an id is written that has in it what separates others. */
export const quoteAdvice = 'an id with a comma or a quote in it stands in quotes: "Smith, John", and """x""" for "x"';
/** Why cells cannot be told apart, in words. */
export const faultText: Readonly<Record<CellFault, string>> = {
  "open quote": "a quote that is never closed",
  "text after a closing quote": "text after a closing quote",
};

/** The cells of a row; throws `bad-input` where its quotes are damaged. */
export function cells(file: string, { text, line }: Row, separator: string): string[] {
  const found = cellsOf(text, separator);
  if (typeof found !== "string") return found;
  throw defect(file, line, `${faultText[found]} in ${quoted(text)}`, "quotes around a whole field", quoteAdvice);
}

/** How a file of ids is read. */
export interface Layout {
  readonly separator: string;
  /** Undefined where every line is one id: there are several columns, or stray quotes, and no header says what they are. */
  readonly column: number | undefined;
  /** What stands above the column; undefined without a header. */
  readonly header: string | undefined;
}

/** How these lines are read; throws `bad-input` where they do not say which of several columns has the ids. */
export async function layoutOf(file: string, rows: readonly Row[], { role, column }: IdListOptions): Promise<Layout> {
  const [first] = rows;
  const isHeader = (found: readonly string[]) =>
    (isName(column) && found.includes(column)) || headerColumns(found, role) !== undefined;
  const separator =
    ["\t", ";", ",", "|"].find((one) => isSeveral(first.text, one) && isHeader(cells(file, first, one))) ??
    // An id such as auth0|7 is one field where no header says otherwise.
    ["\t", ";", ","].find((one) => rows.some(({ text }) => isSeveral(text, one))) ??
    ",";
  const above = column === undefined ? cellsOf(first.text, separator) : cells(file, first, separator);
  if (typeof above === "string" || !isHeader(above))
    return { separator, column: await unnamedColumn(file, rows, separator, column), header: undefined };
  const place = column === undefined ? namedColumn(file, above, role, first) : placeIn(file, above, column, first.line);
  return { separator, column: place, header: above[place] };
}

function isSeveral(text: string, separator: string): boolean {
  if (!text.includes(separator)) return false;
  const found = cellsOf(text, separator);
  return typeof found !== "string" && found.length > 1;
}

/** Whether a column is given by name, and not by position. */
export function isName(column: string | undefined): column is string {
  return column !== undefined && !/^\d+$/.test(column);
}

/** The column of a name, or a position from 0. */
function placeIn(file: string, above: readonly string[], column: string, line: number): number {
  const place = above.indexOf(column);
  if (place >= 0) return place;
  if (!isName(column) && Number(column) < above.length) return Number(column);
  throw defect(file, line, namesOf(above), `a column ${quoted(column)}`, columnAdvice(above));
}

/** The column that the header says has the ids. */
function namedColumn(file: string, above: readonly string[], role: ListRole, { line }: Row): number {
  const { own, other } = headerColumns(above, role) ?? { own: [], other: [] };
  if (own.length === 1 && other.length === 0) return own[0];
  const advice = own.length > 0 && other.length > 0 ? `pairs of both go with \`interactions\`; ` : "";
  const expected = own.length === 0 ? `ids of ${role}s` : "one column of ids";
  throw defect(file, line, namesOf(above), expected, `${advice}${columnAdvice(above)}`);
}

/** The column of a list without a header: the only one that is not empty; undefined where there are several. */
async function unnamedColumn(
  file: string,
  rows: readonly Row[],
  separator: string,
  column: string | undefined,
): Promise<number | undefined> {
  if (column !== undefined) return placeIn(file, cells(file, rows[0], separator), column, rows[0].line);
  let only = -1;
  for (const [k, { text }] of rows.entries()) {
    if (k % rowsAtOnce === 0) await turn();
    const all = cellsOf(text, separator);
    if (typeof all === "string") return undefined;
    for (const [place, cell] of all.entries()) {
      if (cell === "" || place === only) continue;
      if (only >= 0) return undefined;
      only = place;
    }
  }
  return Math.max(0, only);
}

function namesOf(above: readonly string[]): string {
  return `${above.length === 1 ? "the column" : "the columns"} ${above.map(quoted).join(", ")}`;
}

/** How to say which column has the ids. */
export function columnAdvice(above: readonly string[]): string {
  const names = above.filter((cell) => cell !== "" && !/^[\d.-]+$/.test(cell));
  const name = names.length === 0 ? "" : ` or the name in the header, such as \`column\` ${quoted(names[0])};`;
  return `say which has the ids: a position from 0, such as \`column\` 0,${name} ${quoteAdvice}`;
}
