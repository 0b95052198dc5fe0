/** Which column of a table of interactions is what, decided from its first rows and from the reader's choice. */

import { defect, quoted } from "./defects.ts";
import {
  bareName,
  type ColumnChoice,
  formatOf,
  listOrder,
  positionOf,
  positionsOf,
  roleOf,
  type TextFormat,
} from "./format.ts";
import { proposal } from "./proposal.ts";
import { isNumberText } from "./signs.ts";
import type { FirstRow } from "./table.ts";
import { looksLikeTime } from "./times.ts";

/** Positions of the columns from 0; −1 where there is none. */
export interface Layout {
  readonly format: TextFormat;
  readonly header: boolean;
  readonly fieldCount: number;
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
}

/** What a reader wants of a table. */
export interface LayoutWishes {
  readonly choice?: ColumnChoice | undefined;
  /** Whether a table without ratings can be used: each is 1 then. */
  readonly rating: "needed" | "optional";
  /** What takes a table without ratings, for the error where they are needed. */
  readonly unrated?: string | undefined;
  /** That of the file before: a part without a header has the columns of the part that has one. */
  readonly before?: Layout | undefined;
}

type Places = Omit<Layout, "format" | "fieldCount">;

/** The layout of a table; throws `bad-input` when the first row does not tell it, or lacks a chosen column. */
export function layoutOf(file: string, first: FirstRow, wishes: LayoutWishes): Layout {
  const format = formatOf(first.separator, first.fields);
  return { format, fieldCount: first.fields.length, ...placesOf(file, first, wishes) };
}

function placesOf(file: string, first: FirstRow, wishes: LayoutWishes): Places {
  const { choice, before } = wishes;
  const isHeader = choice === undefined ? isNamed(first) : namesAll(first, choice);
  if (before?.header && !first.named && !isHeader && first.fields.length === before.fieldCount)
    return { ...before, header: false };
  if (choice !== undefined) return choose(file, first, choice);
  return !first.named && isRow(first, wishes) ? byOrder(file, first, wishes) : byName(file, first, wishes);
}

/** Whether the first row calls a user and an item by their names. */
function isNamed({ fields }: FirstRow): boolean {
  return positionsOf(fields, "user").length > 0 && positionsOf(fields, "item").length > 0;
}

function namesAll({ fields }: FirstRow, choice: ColumnChoice): boolean {
  const named = listOrder.map((role) => choice[role]).filter((column) => typeof column === "string");
  return named.every((name) => fields.some((field) => field === name || bareName(field) === name));
}

/** Whether the first row is one of data: its third field is a number or a time, or there are two that are no names. */
function isRow(first: FirstRow, { rating }: LayoutWishes): boolean {
  const { fields, separator } = first;
  if (fields.length > 2) return isNumberText(fields[2], separator) || looksLikeTime(fields[2]);
  if (rating === "needed" || fields.some((field) => ["user", "item"].includes(roleOf(field) ?? ""))) return false;
  const later = first.rows().slice(1);
  const isNumber = (text: string) => isNumberText(text, separator);
  // Numbers below what is none: that is a name.
  return fields.every(
    (field, k) => isNumber(field) || later.length === 0 || !later.every((row) => isNumber(row[k] ?? "")),
  );
}

const plain = { header: false, guessed: true, user: 0, item: 1 } as const;

/** User, item, rating, time; where times stand third, they are no ratings. */
function byOrder(file: string, first: FirstRow, wishes: LayoutWishes): Places {
  const { length } = first.fields;
  if (length === 2) return { ...plain, rating: -1, time: -1 };
  if (length > 4)
    throw defect(
      file,
      first.place,
      `${length} fields in ${quoted(first.line)}`,
      "3 or 4 fields",
      `without a header they are user,item,rating[,time]; say which is what: ${proposal(first, false)}${listsHint(first)}`,
    );
  const timeAt = (k: number) => first.rows().every((row) => looksLikeTime(row[k] ?? ""));
  if (!timeAt(2)) return { ...plain, rating: 2, time: length === 4 ? 3 : -1 };
  if (length === 4 && !timeAt(3)) return { ...plain, rating: 3, time: 2 };
  if (wishes.rating === "needed") throw timesForRatings(file, first, wishes);
  return { ...plain, rating: -1, time: 2 };
}

function timesForRatings(file: string, first: FirstRow, wishes: LayoutWishes): Error {
  return defect(
    file,
    first.place,
    `a time, ${quoted(first.fields[2])}, in the third column`,
    "a rating",
    `${withoutRatings(wishes)}; if these are ratings: \`columns\` 0,1,2`,
  );
}

function byName(file: string, first: FirstRow, wishes: LayoutWishes): Places {
  const [user, item, rating] = (["user", "item", "rating"] as const).map((role) =>
    positionOf(file, first.fields, role, first.place, alternatives(first, role)),
  );
  const lacking = (["user", "item", "rating"] as const).filter(
    (role, k) => [user, item, rating][k] < 0 && (role !== "rating" || wishes.rating === "needed"),
  );
  if (lacking.length > 0) throw missing(file, first, lacking, wishes);
  return { header: true, guessed: false, user, item, rating, time: positionsOf(first.fields, "time")[0] ?? -1 };
}

/** One list of columns for each column that could have the role. */
function alternatives(first: FirstRow, role: "user" | "item" | "rating"): string {
  const lists = positionsOf(first.fields, role).map((place) => proposal(first, true, { [role]: place }));
  return `say which one: ${lists.join(" or ")}`;
}

function missing(file: string, first: FirstRow, lacking: readonly string[], wishes: LayoutWishes): Error {
  const { place, line, fields, separator } = first;
  const isHeader = first.named || lacking.length < 3 || !fields.some((field) => isNumberText(field, separator));
  const proposed = proposal(first, isHeader);
  const hasRating = (proposed.split(",")[2] ?? "") !== "";
  const remedy =
    lacking.includes("rating") && !hasRating
      ? `${withoutRatings(wishes)}; or take every rating as 1: ${proposed}`
      : `say which is what: ${proposed}${lacking.join() === "rating" ? `; without ratings, ${withoutRatings(wishes)}` : ""}`;
  const advice = remedy + listsHint(first);
  if (lacking.length === 3)
    throw defect(
      file,
      place,
      quoted(line),
      "a header that names user, item and rating, or a first row with a number as its third field",
      advice,
    );
  return defect(file, place, `no column for the ${lacking.join(" and the ")} in ${quoted(line)}`, "one", advice);
}

/** What stands between blanks need not be a table. */
export function listsHint({ separator }: Pick<FirstRow, "separator">): string {
  return separator === " " ? "; if each line is a user and then items of that user, give `format` lists" : "";
}

function withoutRatings({ unrated = "train a model that needs no ratings" }: LayoutWishes): string {
  return unrated;
}

function choose(file: string, first: FirstRow, choice: ColumnChoice): Places {
  const header = hasHeader(file, first, choice);
  const [user, item, rating, time] = listOrder.map((role) => {
    const column = choice[role];
    return column === undefined ? -1 : chosen(file, first, header, role, column);
  });
  const used = [user, item, rating, time].filter((at) => at >= 0);
  if (new Set(used).size !== used.length)
    throw defect(file, first.place, "one column chosen for two things", "a column for each", "check `columns`");
  return { header, guessed: false, user, item, rating, time };
}

/** With names there must be a header. With positions, a first row is a header only if it says so: none is skipped silently. */
function hasHeader(file: string, first: FirstRow, choice: ColumnChoice): boolean {
  if (listOrder.some((role) => typeof choice[role] === "string")) return true;
  const field = (column: string | number | undefined) => first.fields[Number(column)] ?? "";
  if (choice.rating === undefined)
    return roleOf(field(choice.user)) === "user" && roleOf(field(choice.item)) === "item";
  if (isNumberText(field(choice.rating), first.separator)) return false;
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
    header && fields.some((field) => isNumberText(field, first.separator))
      ? `without a header, choose by position: ${proposal(first, false)}`
      : undefined;
  const expected = `${found.length > 1 ? "only one" : "a"} column named ${quoted(column)} for the ${role}`;
  throw defect(
    file,
    first.place,
    `columns ${fields.map((field) => quoted(bareName(field))).join(", ")}`,
    expected,
    advice,
  );
}
