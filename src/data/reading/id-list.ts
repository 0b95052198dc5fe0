/** Lists of ids as people keep them: typed, or in a file with or without a header, quotes, blank lines and other columns. */

import { setImmediate as turn } from "node:timers/promises";
import { LetheError } from "../../errors.ts";
import { blocksOf } from "./bytes.ts";
import { cellsOf } from "./cells.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import {
  cells,
  columnAdvice,
  faultText,
  type IdListOptions,
  isName,
  layoutOf,
  quoteAdvice,
  type Row,
  rowsAtOnce,
} from "./id-layout.ts";
import { faultOfId, idDefect } from "./ids.ts";
import { atMost, refuseMore } from "./limits.ts";
import { textOf } from "./records.ts";
import { scanTable } from "./table.ts";

export type { IdListOptions } from "./id-layout.ts";

/** Ids, each once, in order of first appearance. */
export interface IdList {
  readonly ids: readonly string[];
  /** How many more there were, each the same as one before. */
  readonly repeats: number;
  /** What stood above the ids, where a word was taken for a header. */
  readonly header?: string | undefined;
  /** What to do where the lines, which were taken as they are, are no ids but rows of a table; absent where they can be nothing else. */
  readonly table?: string | undefined;
}

/**
 * The ids in a comma-separated list, in a file when the text is `@FILE`, or on standard input when it is `-`. Throws `bad-input`, naming file
 * and line, on an unusable id, an empty list, and where it does not say which of several columns has the ids.
 */
export async function readIds(text: string, options: IdListOptions = {}): Promise<IdList> {
  if (text === "-" || text === "@-") return idsInFile("/dev/stdin", options);
  if (!text.startsWith("@")) return unique(idsInList(text));
  if (text === "@") throw new LetheError("bad-input", 'found "@" alone, expected @FILE', "name the file after the @");
  return idsInFile(text.slice(1), options);
}

function unique(all: readonly string[], more: Pick<IdList, "header" | "table"> = {}): IdList {
  const ids = [...new Set(all)];
  return { ids, repeats: all.length - ids.length, ...more };
}

/** The ids that are typed between commas. */
export function idsInList(text: string): string[] {
  const ids = cellsOf(text, ",");
  if (typeof ids === "string")
    throw new LetheError("bad-input", `list ${quoted(text)}: found ${faultText[ids]}`, quoteAdvice);
  for (const id of ids) {
    const fault = faultOfId(id);
    if (fault === undefined) continue;
    const message = `list ${quoted(text)}: found ${fault[0]}, expected ${fault[1]}`;
    throw new LetheError("bad-input", message, `ids are separated by commas; ${quoteAdvice}`);
  }
  return ids;
}

async function idsInFile(file: string, options: IdListOptions): Promise<IdList> {
  const rows: Row[] = [];
  const expected = { rows: "ids, one a line", separator: "\n", blankLines: "skip" } as const;
  await scanTable(file, atMost(file, blocksOf(file)), expected, () => ({
    header: false,
    row: (fields, bytes, line) => {
      refuseMore(file, line, rows.length, "ids");
      rows.push({ text: textOf(fields, bytes, 0), line });
    },
  }));
  const { separator, column, header } = await layoutOf(file, rows, options);
  const width = column === undefined ? 1 : cells(file, rows[0], separator).length;
  const ids: string[] = [];
  for (let k = header === undefined ? 0 : 1; k < rows.length; k++) {
    if (k % rowsAtOnce === 0) await turn();
    ids.push(...idIn(file, rows[k], separator, column, width));
  }
  if (column === undefined) return unique(ids, { table: columnAdvice(cellsIn(rows, separator)) });
  return unique(ids, header === undefined || isName(options.column) ? {} : { header });
}

/** The id of a row; none where all cells are empty. */
function idIn(file: string, row: Row, separator: string, column: number | undefined, width: number): string[] {
  const all = column === undefined ? [wholeLine(row, separator)] : cells(file, row, separator);
  if (all.every((cell) => cell === "")) return [];
  if (all.length > 1 && all.slice(width).some((cell) => cell !== ""))
    throw defect(file, row.line, fieldCount(all.length), fieldCount(width), quoteAdvice);
  const id = all[column ?? 0] ?? "";
  if (faultOfId(id) !== undefined) throw idDefect(file, undefined, id, row.line);
  return [id];
}

/** A line as one id: what its quotes hold where they are around all of it, else as it is. */
function wholeLine({ text }: Row, separator: string): string {
  const found = cellsOf(text, separator);
  return typeof found !== "string" && found.length === 1 ? found[0] : text.trim();
}

/** The cells of the first row that has several. */
function cellsIn(rows: readonly Row[], separator: string): string[] {
  for (const { text } of rows) {
    const found = cellsOf(text, separator);
    if (typeof found !== "string" && found.length > 1) return found;
  }
  return [];
}
