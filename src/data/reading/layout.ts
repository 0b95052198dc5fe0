/** Which column of a table of interactions is what, decided from its first row and from the reader's choice. */

import { defect, quoted } from "./defects.ts";
import { bareName, type ColumnChoice, formatOf, positionOf, roleOf, type TextFormat } from "./format.ts";
import { decimalOf } from "./numbers.ts";
import type { FirstRow } from "./table.ts";

/** Positions of the columns from 0; −1 where there is none. */
export interface Layout {
  readonly format: TextFormat;
  readonly header: boolean;
  readonly fieldCount: number;
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
}

const plainAdvice =
  "a header names them user, item, rating and perhaps timestamp; without a header that is their order; or say which with `columns`";

/** The layout of a table; throws `bad-input` when the first row does not tell it, or lacks a chosen column. */
export function layoutOf(file: string, first: FirstRow, choice: ColumnChoice | undefined): Layout {
  const format = formatOf(first.separator, first.fields);
  const places = choice === undefined ? recognise(file, first) : choose(file, first, choice);
  return { format, fieldCount: first.fields.length, ...places };
}

type Places = Omit<Layout, "format" | "fieldCount">;

function recognise(file: string, first: FirstRow): Places {
  const { fields } = first;
  if (fields.length < 3) throw missing(file, first);
  if (isNumber(fields[2])) {
    if (fields.length > 4)
      throw defect(file, first.place, `${fields.length} fields in ${quoted(first.line)}`, "3 or 4 fields", plainAdvice);
    return { header: false, user: 0, item: 1, rating: 2, time: fields.length === 4 ? 3 : -1 };
  }
  const [user, item, rating, time] = (["user", "item", "rating", "time"] as const).map((role) =>
    positionOf(file, fields, role, first.place),
  );
  if (user < 0 || item < 0 || rating < 0) throw missing(file, first);
  return { header: true, user, item, rating, time };
}

function missing(file: string, first: FirstRow): Error {
  const roles = first.fields.map((field) => roleOf(field));
  const lacking = (["user", "item", "rating"] as const).filter((role) => !roles.includes(role));
  if (lacking.length === 3) {
    const expected = "a header that names user, item and rating, or a first row with a number as its third field";
    return defect(file, first.place, quoted(first.line), expected, plainAdvice);
  }
  const advice =
    lacking.join() === "rating"
      ? "if the set has no ratings, `columns` USER,ITEM takes every rating as 1"
      : plainAdvice;
  return defect(
    file,
    first.place,
    `no column for the ${lacking.join(" and the ")} in ${quoted(first.line)}`,
    "one",
    advice,
  );
}

function choose(file: string, first: FirstRow, choice: ColumnChoice): Places {
  const header = hasHeader(file, first, choice);
  const [user, item, rating, time] = (["user", "item", "rating", "time"] as const).map((role) => {
    const column = choice[role];
    return column === undefined ? -1 : chosen(file, first, header, role, column);
  });
  const used = [user, item, rating, time].filter((at) => at >= 0);
  if (new Set(used).size !== used.length)
    throw defect(file, first.place, "one column chosen for two things", "a column for each", "check `columns`");
  return { header, user, item, rating, time };
}

/** With names there must be a header. With positions, a first row is a header only if it says so: none is skipped silently. */
function hasHeader(file: string, first: FirstRow, choice: ColumnChoice): boolean {
  const columns = [choice.user, choice.item, choice.rating, choice.time];
  if (columns.some((column) => typeof column === "string")) return true;
  const field = (column: string | number | undefined) => first.fields[Number(column)] ?? "";
  if (choice.rating === undefined)
    return roleOf(field(choice.user)) === "user" && roleOf(field(choice.item)) === "item";
  if (isNumber(field(choice.rating))) return false;
  if (roleOf(field(choice.rating)) === "rating" || formatOf(first.separator, first.fields) === "inter") return true;
  if (Number(choice.rating) >= first.fields.length) return false;
  throw defect(
    file,
    first.place,
    `${quoted(field(choice.rating))} in the rating column`,
    "a number",
    "if this line is a header, choose the columns by its names",
  );
}

function chosen(file: string, first: FirstRow, header: boolean, role: string, column: string | number): number {
  const { fields } = first;
  if (typeof column === "number") {
    if (Number.isInteger(column) && column >= 0 && column < fields.length) return column;
    throw defect(file, first.place, `${fields.length} columns`, `a column ${column} (counted from 0) for the ${role}`);
  }
  const found = fields.flatMap((field, k) => (field === column || bareName(field) === column ? [k] : []));
  if (found.length === 1) return found[0];
  const advice =
    header && fields.some((field) => isNumber(field)) ? "without a header, choose by position: 0,1,2" : undefined;
  const expected = `${found.length > 1 ? "only one" : "a"} column named ${quoted(column)} for the ${role}`;
  throw defect(
    file,
    first.place,
    `columns ${fields.map((field) => quoted(bareName(field))).join(", ")}`,
    expected,
    advice,
  );
}

function isNumber(text: string): boolean {
  return Number.isFinite(decimalOf(Buffer.from(text), 0, Buffer.byteLength(text)));
}
