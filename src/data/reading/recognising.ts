/** Which column of a table of interactions is what, decided from its first rows and from the reader's choice. */

import { choose } from "./chosen-columns.ts";
import { alternatives, missing, timesForRatings, tooManyFields } from "./column-defects.ts";
import { bareName, type ColumnChoice, formatOf, listOrder, positionOf, positionsOf, roleOf } from "./format.ts";
import type { Layout, LayoutWishes, Places } from "./layout.ts";
import { isNumberText } from "./signs.ts";
import type { FirstRow } from "./table.ts";
import { looksLikeTime } from "./times.ts";

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
  if (length > 4) throw tooManyFields(file, first);
  const timeAt = (k: number) => first.rows().every((row) => looksLikeTime(row[k] ?? ""));
  if (!timeAt(2)) return { ...plain, rating: 2, time: length === 4 ? 3 : -1 };
  if (length === 4 && !timeAt(3)) return { ...plain, rating: 3, time: 2 };
  if (wishes.rating === "needed") throw timesForRatings(file, first, wishes);
  return { ...plain, rating: -1, time: 2 };
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
