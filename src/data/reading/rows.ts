/** Reads interactions from a text table: one row each of user, item, perhaps rating and time. */

import { addRow, beginPart, type Collection, isRating, note, type Part } from "./collecting.ts";
import { listsHint } from "./column-defects.ts";
import { defect, fieldCount, nameOf } from "./defects.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import type { Layout, LayoutWishes } from "./layout.ts";
import { numberDefect, undecidedDefect } from "./number-defects.ts";
import { decimalOf } from "./numbers.ts";
import { checkedTime, endPart } from "./part-times.ts";
import { layoutOf } from "./recognising.ts";
import { type Fields, type Separator, textOf } from "./records.ts";
import { ambiguous, type Decimal, ratingWith, type Signs, signsBeside } from "./signs.ts";
import { type FirstRow, scanTable, type TableReader } from "./table.ts";

/** How a table is read. */
export interface TableWishes extends LayoutWishes {
  /** What the reader says that separates fields. */
  readonly separator?: Separator | undefined;
  /** The decimal sign of ratings, where the file does not tell. */
  readonly decimal?: Decimal | undefined;
}

/** Adds the rows of a text table, and returns its layout. Throws `bad-input`, naming the line. */
export async function collectRows(
  to: Collection,
  file: string,
  blocks: AsyncIterable<Buffer>,
  wishes: TableWishes,
): Promise<Layout | undefined> {
  const expected = {
    rows: wishes.rating === "needed" ? "rows of user, item and rating" : "rows of user and item",
    chosen: wishes.separator,
    least: wishes.rating === "needed" && wishes.choice === undefined ? 3 : 2,
  };
  let taken: Reader | undefined;
  await scanTable(file, blocks, expected, (first): TableReader => {
    const reader = open(to, file, first, wishes);
    taken = reader;
    return { header: reader.layout.header, row: (fields, bytes, line) => takeRow(reader, fields, bytes, line) };
  });
  if (taken !== undefined) end(taken);
  return taken?.layout;
}

interface Reader {
  readonly to: Collection;
  readonly part: Part;
  readonly layout: Layout;
  readonly separator: Separator;
  readonly signs: Signs;
}

function open(to: Collection, file: string, first: FirstRow, wishes: TableWishes): Reader {
  const layout = layoutOf(file, first, wishes);
  const { format, guessed, time } = layout;
  const { separator } = first;
  const part = beginPart(to, { file, format, guessed, separator, timed: time >= 0 });
  noteGuess(to, file, layout, separator === " " && wishes.separator === undefined);
  return { to, part, layout, separator, signs: signsBeside(separator, wishes.decimal) };
}

/** Says how a table was read that could be another: lists between blanks, times that stand third, a first row of two words. */
function noteGuess({ notes }: Collection, file: string, layout: Layout, perhapsLists: boolean): void {
  const isPlain = !layout.guessed || layout.rating === 2;
  if (isPlain && !perhapsLists) return;
  const how = `${layout.guessed ? "without a header it is " : ""}read as a table of ${columnsText(layout)}`;
  const otherwise = layout.guessed ? "`columns` says otherwise" : "";
  const lists = perhapsLists ? "give `format` lists if each line is a user and then items" : "";
  note(notes, `${nameOf(file)}: ${[how, otherwise, lists].filter((part) => part !== "").join("; ")}`);
}

function columnsText({ user, item, rating, time }: Layout): string {
  const columns: readonly (readonly [number, string])[] = [
    ...([
      [user, "user"],
      [item, "item"],
      [rating, "rating"],
      [time, "time"],
    ] as const),
  ];
  const there = columns.filter(([place]) => place >= 0).sort(([a], [b]) => a - b);
  return there.map(([, name]) => name).join(", ");
}

function end({ to, part, signs, separator }: Reader): void {
  const unclear = ambiguous(signs, separator);
  if (unclear !== undefined) throw undecidedDefect(part, unclear);
  if (signs.sign === 0x2c && signs.watched)
    note(to.notes, `${nameOf(part.file)}: ratings are read with a decimal comma`);
  endPart(to);
}

function takeRow(reader: Reader, fields: Fields, bytes: Buffer, line: number): void {
  const { to, part, layout, signs } = reader;
  if (fields.count !== layout.fieldCount) throw countDefect(reader, fields, line);
  const user = idAt(to.users, fields, bytes, layout.user);
  if (user < 0) throw idDefect(part.file, "user", textOf(fields, bytes, layout.user), line);
  const item = idAt(to.items, fields, bytes, layout.item);
  if (item < 0) throw idDefect(part.file, "item", textOf(fields, bytes, layout.item), line);
  const { rating: k } = layout;
  const rating = k < 0 ? 1 : ratingWith(signs, bytes, fields.starts[k], fields.ends[k], line);
  if (!isRating(rating)) throw numberDefect(part, signs, rating, textOf(fields, bytes, k), line);
  const time = to.columns.times === undefined ? undefined : timeAt(reader, fields, bytes, line);
  addRow(to, user, item, rating, time, line);
}

function idAt(ids: Interner, fields: Fields, bytes: Buffer, k: number): number {
  if (fields.doubled[k] === 0) return ids.intern(bytes, fields.starts[k], fields.ends[k]);
  const text = Buffer.from(textOf(fields, bytes, k));
  return ids.intern(text, 0, text.length);
}

function timeAt({ to, part, layout }: Reader, fields: Fields, bytes: Buffer, line: number): number {
  const [start, end] = [fields.starts[layout.time], fields.ends[layout.time]];
  const number = decimalOf(bytes, start, end);
  if (Number.isFinite(number) && part.times === "numbers") return number;
  return checkedTime(to, textOf(fields, bytes, layout.time), line);
}

function countDefect({ part: { file }, layout, separator }: Reader, fields: Fields, line: number): Error {
  const expected = `${layout.fieldCount} as in ${layout.header ? "the header" : "line 1"}`;
  const hint = listsHint({ separator }).replace(/^; /, "");
  return defect(file, line, fieldCount(fields.count), expected, hint === "" ? undefined : hint);
}
