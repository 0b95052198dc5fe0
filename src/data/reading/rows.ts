/** Reads interactions from a text table: one row each of user, item, perhaps rating and time. */

import { addRow, type Collection, collectionOf, isRating, ratingDefect } from "./collecting.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import type { ColumnChoice } from "./format.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { decimalOf } from "./numbers.ts";
import { type Fields, textOf } from "./records.ts";
import { scanTable, type TableReader } from "./table.ts";

/** The rows of a text table; undefined when it ends before a first one. Throws `bad-input`, naming the line. */
export async function collectRows(
  file: string,
  blocks: AsyncIterable<Buffer>,
  choice: ColumnChoice | undefined,
  places: boolean,
): Promise<Collection | undefined> {
  let opened: Collection | undefined;
  await scanTable(file, blocks, { rows: "rows of user, item and rating" }, (first): TableReader => {
    const layout = layoutOf(file, first, choice);
    const to = collectionOf(file, layout.format, {
      times: layout.time >= 0,
      places,
      guessed: !layout.header && choice === undefined,
    });
    opened = to;
    return { header: layout.header, row: (fields, bytes, line) => takeRow(to, layout, fields, bytes, line) };
  });
  return opened;
}

function takeRow(to: Collection, layout: Layout, fields: Fields, bytes: Buffer, line: number): void {
  const { file, users, items } = to;
  if (fields.count !== layout.fieldCount) throw countDefect(file, layout, fields, line);
  const user = idAt(users, fields, bytes, layout.user);
  if (user < 0) throw idDefect(file, "user", textOf(fields, bytes, layout.user), line);
  const item = idAt(items, fields, bytes, layout.item);
  if (item < 0) throw idDefect(file, "item", textOf(fields, bytes, layout.item), line);
  const rating = layout.rating < 0 ? 1 : numberAt(fields, bytes, layout.rating);
  if (!isRating(rating)) throw ratingDefect(to, rating, textOf(fields, bytes, layout.rating), line);
  const time = layout.time < 0 ? undefined : timeAt(file, layout, fields, bytes, line);
  addRow(to, user, item, rating, time, line);
}

function idAt(ids: Interner, fields: Fields, bytes: Buffer, k: number): number {
  if (fields.doubled[k] === 0) return ids.intern(bytes, fields.starts[k], fields.ends[k]);
  const text = Buffer.from(textOf(fields, bytes, k));
  return ids.intern(text, 0, text.length);
}

function numberAt(fields: Fields, bytes: Buffer, k: number): number {
  return decimalOf(bytes, fields.starts[k], fields.ends[k]);
}

function timeAt(file: string, layout: Layout, fields: Fields, bytes: Buffer, line: number): number {
  const time = numberAt(fields, bytes, layout.time);
  if (Number.isFinite(time)) return time;
  throw defect(
    file,
    line,
    quoted(textOf(fields, bytes, layout.time)),
    "seconds since 1970 as the time",
    "to read without times, name the other columns only: `columns` USER,ITEM,RATING",
  );
}

function countDefect(file: string, { fieldCount: count, header }: Layout, fields: Fields, line: number): Error {
  return defect(file, line, fieldCount(fields.count), `${count} as in ${header ? "the header" : "line 1"}`);
}
