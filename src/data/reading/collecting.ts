/** Rows of interactions as they come in, whatever the format and from however many files: ids numbered, ratings checked, columns grown. */

import { LetheError } from "../../errors.ts";
import { type Interactions, interactionsOf } from "../interactions.ts";
import { finished, type GrowingColumns, growingColumns, makeRoom, rowLimit } from "./columns.ts";
import { defect, nameOf, type Place, quoted } from "./defects.ts";
import { firstRepeat } from "./duplicates.ts";
import type { TextFormat } from "./format.ts";
import { type Interner, interner } from "./interning.ts";

/** The formats that interactions are read from: a text table, lines of a user and the user's items, lines of JSON, Parquet. */
export type ReadFormat = TextFormat | "lists" | "json" | "parquet";

/** The rows of one file. */
export interface Part {
  readonly file: string;
  readonly format: ReadFormat;
  /** What the places of rows are called: lines of a text, rows of a table without lines. */
  readonly unit: "line" | "row";
  /** The first row of the set that is from this file. */
  readonly from: number;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
  /** What separates the fields of a text table. */
  readonly separator: string | undefined;
  /** Whether its times are numbers or dates; undefined before the first. */
  times: "numbers" | "dates" | undefined;
}

/** What has been read so far. */
export interface Collection {
  readonly columns: GrowingColumns;
  readonly users: Interner;
  readonly items: Interner;
  readonly parts: Part[];
  /** How it was read, where another way is possible. */
  readonly notes: string[];
  /** Why there are no times although a file has some. */
  timeless: string | undefined;
}

/** An empty collection; with `places` it keeps where every row stands. */
export function emptyCollection(places: boolean): Collection {
  const columns = growingColumns(false, places);
  return { columns, users: interner(), items: interner(), parts: [], notes: [], timeless: undefined };
}

/** What a file is, once its first row is known. */
export interface Beginning {
  readonly file: string;
  readonly format: ReadFormat;
  readonly timed: boolean;
  readonly guessed?: boolean;
  readonly separator?: string | undefined;
}

/** Begins the rows of one more file. A set has times where all of its files have. */
export function beginPart(to: Collection, { file, format, timed, guessed = false, separator }: Beginning): Part {
  const { columns, parts } = to;
  const unit = format === "parquet" ? "row" : "line";
  const part: Part = { file, format, unit, from: columns.size, guessed, separator, times: undefined };
  const isFirst = parts.length === 0;
  parts.push(part);
  if (isFirst && timed) columns.times = new Float64Array(columns.ratings.length);
  else if (timed !== (columns.times !== undefined))
    dropTimes(to, `${nameOf(timed ? parts[0].file : file)} has no times, and other files have: the set has none`);
  return part;
}

/** Leaves the set without times, for the first reason there is. */
export function dropTimes(to: Collection, why: string): void {
  to.columns.times = undefined;
  to.timeless ??= why;
}

/** Says a thing once, however many files it holds for. */
export function note(notes: string[], told: string): void {
  if (!notes.includes(told)) notes.push(told);
}

/** Ratings beyond this have squares that overflow a double when summed. */
const largestRating = 1e150;

/** Whether a rating can be used: a number of at most 1e150 in size. */
export function isRating(rating: number): boolean {
  return Math.abs(rating) <= largestRating;
}

/** What is wrong with a rating that `isRating` refuses. */
export function ratingDefect(part: Part, rating: number, text: string, place: number, advice?: string): LetheError {
  const expected = Number.isFinite(rating) ? "a rating of at most 1e150 in size" : "a finite number as the rating";
  return defect(part.file, placeOf(part, place), quoted(text), expected, advice);
}

/** Adds a checked row of numbered user and item; throws `bad-input` at the limit of rows. */
export function addRow(
  to: Collection,
  user: number,
  item: number,
  rating: number,
  time: number | undefined,
  place: number,
): void {
  const { columns, parts } = to;
  if (!makeRoom(columns)) {
    const part = parts[parts.length - 1];
    throw defect(part.file, placeOf(part, place), "one row too many", `at most ${rowLimit} rows`);
  }
  const row = columns.size++;
  columns.users[row] = user;
  columns.items[row] = item;
  columns.ratings[row] = rating;
  if (columns.times !== undefined && time !== undefined) columns.times[row] = time;
  if (columns.lines !== undefined) columns.lines[row] = place;
}

/** A place as `defect` takes it. */
export function placeOf({ unit }: Pick<Part, "unit">, place: number): Place {
  return unit === "line" ? place : `row ${place}`;
}

/** Where a row of the set stands: its file, and its line there; the collection must have places. */
export function standsAt({ parts, columns }: Collection, row: number): { readonly part: Part; readonly place: number } {
  const part = parts.findLast(({ from }) => from <= row) ?? parts[0];
  return { part, place: columns.lines?.[row] ?? 0 };
}

/** The rows as interactions. */
export function interactionsIn({ columns, users, items }: Collection): Interactions {
  return interactionsOf(finished(columns, users.list.length, items.list.length));
}

/** The error that tells the first repeated pair; the collection must have places. */
export function repeatDefect(from: Collection, all: Interactions): LetheError {
  const repeat = firstRepeat(all);
  if (repeat === undefined) return new LetheError("internal", "no repeated pair to tell of");
  const user = quoted(from.users.list[all.users[repeat.later]]);
  const item = quoted(from.items.list[all.items[repeat.later]]);
  const [earlier, later] = [standsAt(from, repeat.earlier), standsAt(from, repeat.later)];
  const inFile = earlier.part === later.part ? "" : ` of ${nameOf(earlier.part.file)}`;
  return defect(
    later.part.file,
    placeOf(later.part, later.place),
    `user ${user} and item ${item} again, first seen in ${earlier.part.unit} ${earlier.place}${inFile}`,
    "each pair once",
    "to keep the last row of each pair, or all rows, choose so for duplicates (last, keep)",
  );
}
