/** Reads files of interactions: MovieLens `.dat`, CSV, TSV and RecBole `.inter`, plain or gzip. */

import { LetheError } from "../errors.ts";
import { type Dataset, type ItemInfo, idsOf } from "./dataset.ts";
import { type Interactions, interactionsOf } from "./interactions.ts";
import { blocksOf } from "./reading/bytes.ts";
import { finished, type GrowingColumns, growingColumns, makeRoom, rowLimit } from "./reading/columns.ts";
import { defect, fieldCount, quoted } from "./reading/defects.ts";
import { firstRepeat, repeatedRows } from "./reading/duplicates.ts";
import { type ColumnChoice, columnChoiceOf } from "./reading/format.ts";
import { idDefect } from "./reading/ids.ts";
import { type Interner, interner } from "./reading/interning.ts";
import { readItems } from "./reading/items-file.ts";
import { type Layout, layoutOf } from "./reading/layout.ts";
import { decimalOf } from "./reading/numbers.ts";
import { type Fields, textOf } from "./reading/records.ts";
import { scanTable, type TableReader } from "./reading/table.ts";

export type { ColumnChoice } from "./reading/format.ts";
export { readItems } from "./reading/items-file.ts";
export { type Pairs, readIdList, readPairs } from "./reading/pairs.ts";

/** What to do with rows of the same user and item: keep all (each is an interaction), keep the last, or refuse. */
export type Duplicates = "keep" | "last" | "error";

/** How to read a file of interactions. */
export interface ReadingOptions {
  /** Which columns are what, also as a list "user,item[,rating[,time]]"; by default the header or the order tells. */
  readonly columns?: ColumnChoice | string | undefined;
  /** `keep` by default. */
  readonly duplicates?: Duplicates | undefined;
  /** A file of titles and genres. */
  readonly itemsFile?: string | undefined;
}

/** What was read. */
export interface Reading {
  readonly dataset: Dataset;
  /** "dat", "csv", "tsv" or "inter". */
  readonly format: string;
  /** Rows that repeat the user and item of an earlier row of the file; with `last`, that many rows were left out. */
  readonly duplicates: number;
  /** Rows of data in the file. */
  readonly rows: number;
}

/**
 * Reads a file of interactions. Users and items are numbered in order of first appearance; ids are the file's own
 * text. Throws `bad-input`, naming file and line, on the first row that is not a user, an item and a finite rating.
 */
export async function readInteractions(file: string, options: ReadingOptions = {}): Promise<Reading> {
  const { duplicates = "keep", columns, itemsFile } = options;
  const choice = typeof columns === "string" ? columnChoiceOf(columns) : columns;
  const table = await readTable(file, choice, duplicates === "error");
  const all = interactionsOf(finished(table.columns, table.users.list.length, table.items.list.length));
  const repeated = repeatedRows(all);
  if (duplicates === "error" && repeated.length > 0) throw repeatDefect(file, all, table);
  const itemInfo: ReadonlyMap<string, ItemInfo> = itemsFile === undefined ? new Map() : await readItems(itemsFile);
  const interactions = duplicates === "last" && repeated.length > 0 ? all.without(repeated) : all;
  const dataset = { interactions, userIds: idsOf(table.users.list), itemIds: idsOf(table.items.list), itemInfo };
  return { dataset, format: table.layout.format, duplicates: repeated.length, rows: all.size };
}

interface Table {
  readonly file: string;
  readonly layout: Layout;
  readonly columns: GrowingColumns;
  readonly users: Interner;
  readonly items: Interner;
}

async function readTable(file: string, choice: ColumnChoice | undefined, lines: boolean): Promise<Table> {
  let table: Table | undefined;
  await scanTable(file, blocksOf(file), { rows: "rows of user, item and rating" }, (first): TableReader => {
    const layout = layoutOf(file, first, choice);
    const opened = {
      file,
      layout,
      columns: growingColumns(layout.time >= 0, lines),
      users: interner(),
      items: interner(),
    };
    table = opened;
    return { header: layout.header, row: (fields, bytes, line) => addRow(opened, fields, bytes, line) };
  });
  if (table === undefined || table.columns.size === 0)
    throw defect(file, 1, "a header and no rows", "rows of user, item and rating");
  return table;
}

/** Ratings beyond this have squares that overflow a double when summed. */
const largestRating = 1e150;

function addRow(table: Table, fields: Fields, bytes: Buffer, line: number): void {
  const { layout, columns, users, items, file } = table;
  if (fields.count !== layout.fieldCount) throw countDefect(table, fields, line);
  if (!makeRoom(columns)) throw defect(file, line, "one row too many", `at most ${rowLimit} rows`);
  const user = idAt(users, fields, bytes, layout.user);
  if (user < 0) throw idDefect(file, "user", textOf(fields, bytes, layout.user), line);
  const item = idAt(items, fields, bytes, layout.item);
  if (item < 0) throw idDefect(file, "item", textOf(fields, bytes, layout.item), line);
  const rating = layout.rating < 0 ? 1 : numberAt(fields, bytes, layout.rating);
  if (!(Math.abs(rating) <= largestRating))
    throw ratingDefect(file, rating, textOf(fields, bytes, layout.rating), line);
  const row = columns.size++;
  columns.users[row] = user;
  columns.items[row] = item;
  columns.ratings[row] = rating;
  if (columns.times !== undefined) columns.times[row] = timeAt(table, fields, bytes, line);
  if (columns.lines !== undefined) columns.lines[row] = line;
}

function idAt(ids: Interner, fields: Fields, bytes: Buffer, k: number): number {
  if (fields.doubled[k] === 0) return ids.intern(bytes, fields.starts[k], fields.ends[k]);
  const text = Buffer.from(textOf(fields, bytes, k));
  return ids.intern(text, 0, text.length);
}

function numberAt(fields: Fields, bytes: Buffer, k: number): number {
  return decimalOf(bytes, fields.starts[k], fields.ends[k]);
}

function timeAt(table: Table, fields: Fields, bytes: Buffer, line: number): number {
  const time = numberAt(fields, bytes, table.layout.time);
  if (Number.isFinite(time)) return time;
  throw defect(
    table.file,
    line,
    quoted(textOf(fields, bytes, table.layout.time)),
    "seconds since 1970 as the time",
    "to read without times, name the other columns only: --columns USER,ITEM,RATING",
  );
}

function countDefect(table: Table, fields: Fields, line: number): Error {
  const { header } = table.layout;
  const expected = `${table.layout.fieldCount} as in ${header ? "the header" : "line 1"}`;
  return defect(table.file, line, fieldCount(fields.count), expected);
}

function ratingDefect(file: string, rating: number, text: string, line: number): Error {
  const expected = Number.isFinite(rating) ? "a rating of at most 1e150 in size" : "a finite number as the rating";
  return defect(file, line, quoted(text), expected);
}

function repeatDefect(file: string, all: Interactions, table: Table): Error {
  const repeat = firstRepeat(all);
  const { lines } = table.columns;
  if (repeat === undefined || lines === undefined) return new LetheError("internal", "no repeated pair to tell of");
  const user = quoted(table.users.list[all.users[repeat.later]]);
  const item = quoted(table.items.list[all.items[repeat.later]]);
  return defect(
    file,
    lines[repeat.later],
    `user ${user} and item ${item} again, first seen in line ${lines[repeat.earlier]}`,
    "each pair once",
    "to keep the last row of each pair, or all rows, choose so for duplicates (last, keep)",
  );
}
