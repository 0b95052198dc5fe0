/** Reads files of interactions: text tables and lists of items, plain or gzip, and Parquet. */

import { LetheError } from "../errors.ts";
import { type Dataset, type ItemInfo, idsOf } from "./dataset.ts";
import { peek } from "./reading/bytes.ts";
import { type Collection, interactionsIn, type ReadFormat, repeatDefect } from "./reading/collecting.ts";
import { defect, quoted } from "./reading/defects.ts";
import { merged, repeatedRows } from "./reading/duplicates.ts";
import { type ColumnChoice, columnChoiceOf } from "./reading/format.ts";
import { readItems } from "./reading/items-file.ts";
import { collectLists, looksLikeLists } from "./reading/lists.ts";
import { collectRows } from "./reading/rows.ts";

export type { ReadFormat } from "./reading/collecting.ts";
export type { ColumnChoice } from "./reading/format.ts";
export { readItems } from "./reading/items-file.ts";
export { type IndexedNegatives, indexNegatives, type Negatives, readNegatives } from "./reading/negatives.ts";
export { type Pairs, type ReadEvents, readEvents, readIdList, readLabels, readPairs } from "./reading/pairs.ts";

/** What to do with rows of the same user and item: keep all (each is an interaction), keep the last, add their ratings up, or refuse. */
export type Duplicates = "keep" | "last" | "sum" | "error";

const formats = ["table", "lists", "parquet"] as const;

/** What a file is: a text table with a row for each interaction, lines of a user and the user's items, or Parquet. */
export type FileFormat = (typeof formats)[number];

/** How to read a file of interactions. */
export interface ReadingOptions {
  /** By default the bytes tell: Parquet by its mark, lists where they can be nothing else, and a table otherwise. */
  readonly format?: FileFormat | undefined;
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
  readonly format: ReadFormat;
  /** Rows that repeat the user and item of an earlier row of the file; with `last`, that many rows were left out. */
  readonly duplicates: number;
  /** Rows of data in the file; in lists, the items of all lines. */
  readonly rows: number;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
}

/**
 * Reads a file of interactions. Users and items are numbered in order of first appearance; ids are the file's own
 * text. Throws `bad-input`, naming file and line (row in Parquet), on the first row that is not a user, an item and a
 * finite rating.
 */
export async function readInteractions(file: string, options: ReadingOptions = {}): Promise<Reading> {
  const { duplicates = "keep", itemsFile } = options;
  const collection = await collect(file, options, duplicates === "error");
  const all = interactionsIn(collection);
  const repeated = repeatedRows(all);
  if (duplicates === "error" && repeated.length > 0) throw repeatDefect(collection, all);
  const itemInfo = await infoOf(collection.items.list, itemsFile);
  const interactions = repeated.length === 0 ? all : merged(all, repeated, duplicates);
  const { users, items, format, guessed } = collection;
  const dataset = { interactions, userIds: idsOf(users.list), itemIds: idsOf(items.list), itemInfo };
  return { dataset, format, duplicates: repeated.length, rows: all.size, guessed };
}

/** What a file of items knows of these. */
async function infoOf(ids: readonly string[], file: string | undefined): Promise<ReadonlyMap<string, ItemInfo>> {
  if (file === undefined) return new Map();
  const known = new Set(ids);
  return readItems(file, (id) => known.has(id));
}

/** Where a file has a pair for the last time, as messages name it: "FILE, line 7"; the file alone where it has none. */
export async function placeOfPair(file: string, options: ReadingOptions, user: string, item: string): Promise<string> {
  const collection = await collect(file, options, true);
  const { columns, users, items, unit } = collection;
  const [u, i] = [users.list.indexOf(user), items.list.indexOf(item)];
  for (let row = columns.size - 1; row >= 0; row--)
    if (columns.users[row] === u && columns.items[row] === i) return `${file}, ${unit} ${columns.lines?.[row]}`;
  return file;
}

async function collect(file: string, { format, columns }: ReadingOptions, places: boolean): Promise<Collection> {
  const choice = typeof columns === "string" ? columnChoiceOf(columns) : columns;
  checkFormat(format, choice);
  const { head, whole, blocks, close } = await peek(file);
  try {
    if (isParquet(file, head, format)) {
      // DuckDB is a quarter of a second to load: text does without.
      const { collectParquet } = await import("./reading/parquet.ts");
      return filled(file, await collectParquet(file, choice, places));
    }
    if (format === "lists" || (format === undefined && choice === undefined && looksLikeLists(head, whole)))
      return filled(file, await collectLists(file, blocks, places));
    return filled(file, await collectRows(file, blocks, choice, places));
  } finally {
    await close();
  }
}

function checkFormat(format: FileFormat | undefined, choice: ColumnChoice | undefined): void {
  if (format !== undefined && !formats.includes(format))
    throw new LetheError("bad-input", `format ${quoted(String(format))}: expected ${formats.join(", ")}`);
  if (format === "lists" && choice !== undefined)
    throw new LetheError("bad-input", "lists of items have no columns to choose", "leave out the columns");
}

/** Text has no control character after this mark, so that a user called PAR1 is safe. */
function isParquet(file: string, head: Buffer, format: FileFormat | undefined): boolean {
  const marked = head.length > 4 && head.toString("latin1", 0, 4) === "PAR1" && head[4] < 0x20;
  const isText = format === "table" || format === "lists";
  if (marked && !(isText || [0x09, 0x0a, 0x0d].includes(head[4]))) return true;
  if (format !== "parquet" && (isText || !/\.parquet$/i.test(file))) return false;
  throw new LetheError("bad-input", `${file}: this is no Parquet file`, "it has to start with the bytes PAR1");
}

function filled(file: string, collection: Collection | undefined): Collection {
  if (collection !== undefined && collection.columns.size > 0) return collection;
  const [found, expected] =
    collection?.format === "lists"
      ? ["users without items only", "a user and items"]
      : ["a header and no rows", "rows of user, item and rating"];
  throw defect(file, collection?.format === "parquet" ? "columns" : 1, found, expected);
}
