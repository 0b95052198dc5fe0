/** Rows of interactions as they come in, whatever the format: ids numbered, ratings checked, columns grown. */

import { LetheError } from "../../errors.ts";
import { type Interactions, interactionsOf } from "../interactions.ts";
import { finished, type GrowingColumns, growingColumns, makeRoom, rowLimit } from "./columns.ts";
import { defect, quoted } from "./defects.ts";
import { firstRepeat } from "./duplicates.ts";
import type { TextFormat } from "./format.ts";
import { type Interner, interner } from "./interning.ts";

/** The formats that interactions are read from: a text table, lines of a user and the user's items, Parquet. */
export type ReadFormat = TextFormat | "lists" | "parquet";

/** What has been read so far. */
export interface Collection {
  readonly file: string;
  readonly format: ReadFormat;
  /** What the places of rows are called: lines of a text, rows of a table without lines. */
  readonly unit: "line" | "row";
  readonly columns: GrowingColumns;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
  readonly users: Interner;
  readonly items: Interner;
}

/** What a collection has besides user, item and rating: times, and the places of rows where repeats are to be told. */
export interface Extras {
  readonly times: boolean;
  readonly places: boolean;
  readonly guessed?: boolean;
}

/** An empty collection. */
export function collectionOf(file: string, format: ReadFormat, { times, places, guessed = false }: Extras): Collection {
  const unit = format === "parquet" ? "row" : "line";
  return { file, format, unit, guessed, columns: growingColumns(times, places), users: interner(), items: interner() };
}

/** Ratings beyond this have squares that overflow a double when summed. */
const largestRating = 1e150;

/** Whether a rating can be used: a number of at most 1e150 in size. */
export function isRating(rating: number): boolean {
  return Math.abs(rating) <= largestRating;
}

/** What is wrong with a rating that `isRating` refuses. */
export function ratingDefect(to: Collection, rating: number, text: string, place: number): LetheError {
  const expected = Number.isFinite(rating) ? "a rating of at most 1e150 in size" : "a finite number as the rating";
  return defect(to.file, placeOf(to, place), quoted(text), expected);
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
  const { columns } = to;
  if (!makeRoom(columns)) throw defect(to.file, placeOf(to, place), "one row too many", `at most ${rowLimit} rows`);
  const row = columns.size++;
  columns.users[row] = user;
  columns.items[row] = item;
  columns.ratings[row] = rating;
  if (columns.times !== undefined && time !== undefined) columns.times[row] = time;
  if (columns.lines !== undefined) columns.lines[row] = place;
}

/** A place as `defect` takes it. */
export function placeOf({ unit }: Collection, place: number): number | string {
  return unit === "line" ? place : `row ${place}`;
}

/** The rows as interactions. */
export function interactionsIn({ columns, users, items }: Collection): Interactions {
  return interactionsOf(finished(columns, users.list.length, items.list.length));
}

/** The error that tells the first repeated pair; the collection must have places. */
export function repeatDefect(from: Collection, all: Interactions): LetheError {
  const repeat = firstRepeat(all);
  const { lines } = from.columns;
  if (repeat === undefined || lines === undefined) return new LetheError("internal", "no repeated pair to tell of");
  const user = quoted(from.users.list[all.users[repeat.later]]);
  const item = quoted(from.items.list[all.items[repeat.later]]);
  return defect(
    from.file,
    placeOf(from, lines[repeat.later]),
    `user ${user} and item ${item} again, first seen in ${from.unit} ${lines[repeat.earlier]}`,
    "each pair once",
    "to keep the last row of each pair, or all rows, choose so for duplicates (last, keep)",
  );
}
