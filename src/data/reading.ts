/** Reads files of interactions: text tables and lists of items, plain or gzip, and Parquet. */

import { LetheError } from "../errors.ts";
import { type Dataset, type ItemInfo, idsOf } from "./dataset.ts";
import { peek } from "./reading/bytes.ts";
import {
  type Collection,
  emptyCollection,
  interactionsIn,
  type ReadFormat,
  repeatDefect,
  standsAt,
} from "./reading/collecting.ts";
import { defect, nameOf, quoted } from "./reading/defects.ts";
import { merged, repeatedRows } from "./reading/duplicates.ts";
import { type ColumnChoice, columnChoiceOf } from "./reading/format.ts";
import { readItems } from "./reading/items-file.ts";
import { collectJson, looksLikeJson } from "./reading/json-lines.ts";
import type { Layout } from "./reading/layout.ts";
import { collectLists, looksLikeLists } from "./reading/lists.ts";
import { collectRows, type TableWishes } from "./reading/rows.ts";
import { separatorNamed } from "./reading/separators.ts";
import type { Decimal } from "./reading/signs.ts";
import { type Source, sourcesOf } from "./reading/sources.ts";

export type { ReadFormat } from "./reading/collecting.ts";
export type { ColumnChoice } from "./reading/format.ts";
export { type IdList, type IdListOptions, readIds } from "./reading/id-list.ts";
export { readItems } from "./reading/items-file.ts";
export { type IndexedNegatives, indexNegatives, type Negatives, readNegatives } from "./reading/negatives.ts";
export { type Pairs, type ReadEvents, readEvents, readIdList, readLabels, readPairs } from "./reading/pairs.ts";

/** What to do with rows of the same user and item: keep all (each is an interaction), keep the last, add their ratings up, or refuse. */
export type Duplicates = "keep" | "last" | "sum" | "error";

const formats = ["table", "lists", "parquet", "json"] as const;

/** What a file is: a text table with a row for each interaction, lines of a user and the user's items, Parquet, or lines of JSON. */
export type FileFormat = (typeof formats)[number];

/** How to read files of interactions. */
export interface ReadingOptions {
  /** By default the bytes tell: Parquet by its mark, JSON by its bracket, lists where they can be nothing else, and a table otherwise. */
  readonly format?: FileFormat | undefined;
  /** Which columns are what, also as a list "user,item[,rating[,time]]"; by default the header or the order tells. */
  readonly columns?: ColumnChoice | string | undefined;
  /** What separates the fields of a table: a character, or comma, semicolon, tab, pipe, space; by default the first rows tell. */
  readonly separator?: string | undefined;
  /** The decimal sign of ratings, where the file does not tell. */
  readonly decimal?: Decimal | undefined;
  /** Whether files without ratings can be used, each rating being 1 then; `needed` by default. */
  readonly rating?: "needed" | "optional" | undefined;
  /** What takes files without ratings, as advice where they are needed. */
  readonly unrated?: string | undefined;
  /** Whether a header with no rows below it is a set of none; `refused` by default. */
  readonly empty?: "refused" | "taken" | undefined;
  /** `keep` by default. */
  readonly duplicates?: Duplicates | undefined;
  /** A file of titles and genres. */
  readonly itemsFile?: string | undefined;
}

/** What was read. */
export interface Reading {
  readonly dataset: Dataset;
  /** That of the first file. */
  readonly format: ReadFormat;
  /** What separates the fields of the first file, where it is a text table. */
  readonly separator: string | undefined;
  /** The files in the order of their rows: a folder's parts by name. */
  readonly files: readonly string[];
  /** Rows that repeat the user and item of an earlier row; with `last`, that many rows were left out. */
  readonly duplicates: number;
  /** Rows of data in the files; in lists, the items of all lines. */
  readonly rows: number;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
  /** How the files were read, where another way is possible. */
  readonly notes: readonly string[];
  /** Why the set has no times although a file has a column of them. */
  readonly timeless: string | undefined;
}

/**
 * Reads a set of interactions from a file, from several, from folders of parts, or from standard input (`-`). Users and items are numbered in
 * order of first appearance; ids are the files' own text. Throws `bad-input`, naming file and line (row in Parquet), on the first row that is
 * not a user, an item and a finite rating.
 */
export async function readInteractions(
  files: string | readonly string[],
  options: ReadingOptions = {},
): Promise<Reading> {
  const { duplicates = "keep", itemsFile } = options;
  const collection = await collect(files, options, duplicates === "error");
  const all = interactionsIn(collection);
  const repeated = repeatedRows(all);
  if (duplicates === "error" && repeated.length > 0) throw repeatDefect(collection, all);
  const itemInfo = await infoOf(collection.items.list, itemsFile);
  const interactions = repeated.length === 0 ? all : merged(all, repeated, duplicates);
  const { users, items, parts, notes, timeless } = collection;
  const dataset = { interactions, userIds: idsOf(users.list), itemIds: idsOf(items.list), itemInfo };
  return {
    dataset,
    format: parts[0].format,
    separator: parts[0].separator,
    files: parts.map(({ file }) => file),
    duplicates: repeated.length,
    rows: all.size,
    guessed: parts.some(({ guessed }) => guessed),
    notes,
    timeless,
  };
}

/** What a file of items knows of these. */
async function infoOf(ids: readonly string[], file: string | undefined): Promise<ReadonlyMap<string, ItemInfo>> {
  if (file === undefined) return new Map();
  const known = new Set(ids);
  return readItems(file, (id) => known.has(id));
}

/**
 * Where files have a pair for the last time, as messages name it: "FILE, line 7"; without the line where they have none, and for standard input,
 * which cannot be read again.
 */
export async function placeOfPair(
  files: string | readonly string[],
  options: ReadingOptions,
  user: string,
  item: string,
): Promise<string> {
  const names = [files].flat();
  const told = names.map(nameOf).join(", ");
  if (names.includes("-")) return told;
  const collection = await collect(files, options, true);
  const { columns, users, items } = collection;
  const [u, i] = [users.list.indexOf(user), items.list.indexOf(item)];
  for (let row = columns.size - 1; row >= 0; row--)
    if (columns.users[row] === u && columns.items[row] === i) {
      const { part, place } = standsAt(collection, row);
      return `${part.file}, ${part.unit} ${place}`;
    }
  return told;
}

async function collect(
  files: string | readonly string[],
  options: ReadingOptions,
  places: boolean,
): Promise<Collection> {
  const { format, columns, separator, decimal, rating = "needed", unrated } = options;
  const choice = typeof columns === "string" ? columnChoiceOf(columns) : columns;
  checkFormat(format, choice, separator);
  const wishes = {
    choice,
    decimal,
    rating,
    unrated,
    separator: separator === undefined ? undefined : separatorNamed(separator),
  };
  const to = emptyCollection(places);
  let before: Layout | undefined;
  for (const source of await sourcesOf([files].flat())) {
    const layout = await collectFile(to, source, format, { ...wishes, before });
    // Several parts without a header may follow the one that has one.
    if (layout?.header) before = layout;
  }
  const taken = options.empty === "taken" && to.parts.length > 0;
  if (to.columns.size === 0 && !taken) throw emptyDefect(to, [files].flat()[0]);
  return to;
}

/** Adds the rows of one file. */
async function collectFile(
  to: Collection,
  { file, partition }: Source,
  format: FileFormat | undefined,
  wishes: TableWishes,
): Promise<Layout | undefined> {
  const { head, whole, blocks, close } = await peek(file);
  try {
    if (isParquet(file, head, format)) {
      // DuckDB is a quarter of a second to load: text does without.
      const { collectParquet } = await import("./reading/parquet.ts");
      return await collectParquet(to, file, wishes, partition);
    }
    const isOpen = format === undefined && wishes.separator === undefined;
    if (format === "json" || (isOpen && looksLikeJson(file, head))) return await collectJson(to, file, blocks, wishes);
    if (format === "lists" || (isOpen && wishes.choice === undefined && looksLikeLists(head, whole)))
      return void (await collectLists(to, file, blocks));
    return await collectRows(to, file, blocks, wishes);
  } finally {
    await close();
  }
}

function checkFormat(format: FileFormat | undefined, choice: ColumnChoice | undefined, separator?: string): void {
  if (format !== undefined && !formats.includes(format))
    throw new LetheError("bad-input", `format ${quoted(String(format))}: expected ${formats.join(", ")}`);
  if (format === "lists" && choice !== undefined)
    throw new LetheError("bad-input", "lists of items have no columns to choose", "leave out the columns");
  if (format !== undefined && format !== "table" && separator !== undefined)
    throw new LetheError(
      "bad-input",
      `\`separator\` is for tables, and the format is ${format}`,
      "leave one of them out",
      "separator",
    );
}

/** Text has no control character after this mark, so that a user called PAR1 is safe. */
function isParquet(file: string, head: Buffer, format: FileFormat | undefined): boolean {
  const marked = head.length > 4 && head.toString("latin1", 0, 4) === "PAR1" && head[4] < 0x20;
  const isText = format !== undefined && format !== "parquet";
  if (marked && !(isText || [0x09, 0x0a, 0x0d].includes(head[4]))) return refusePiped(file);
  if (format !== "parquet" && (isText || !/\.parquet$/i.test(file))) return false;
  throw new LetheError("bad-input", `${nameOf(file)}: this is no Parquet file`, "it has to start with the bytes PAR1");
}

/** The end of a Parquet file is read before its start. */
function refusePiped(file: string): true {
  if (file !== "-") return true;
  throw new LetheError("bad-input", "standard input: Parquet cannot be read from a pipe", "save it, and name the file");
}

/** A part of several may be empty, as Spark writes some; a file that stands alone may not. */
function emptyDefect({ parts }: Collection, first: string): LetheError {
  const format = parts[0]?.format;
  const [found, expected] =
    format === "lists"
      ? ["users without items only", "a user and items"]
      : ["a header and no rows", "rows of user, item and rating"];
  return defect(parts[0]?.file ?? first, format === "parquet" ? "columns" : 1, found, expected);
}
