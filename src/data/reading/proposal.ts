/** The list of columns to give for a table whose header does not tell them: real names where there are any, in the right order. */

import { bareName, listOrder, positionsOf, swappedRole } from "./format.ts";
import { isNumberText } from "./signs.ts";
import type { FirstRow } from "./table.ts";
import { looksLikeTime } from "./times.ts";
import { likeness } from "./words.ts";

type ListRole = (typeof listOrder)[number];

/**
 * "`columns` user_id,business_id,stars,date" for this first row; `said` says which column has a role where several could. A table of too few columns
 * has no such list.
 */
export function proposal(
  first: FirstRow,
  header: boolean,
  said: Partial<Record<ListRole, number>> = {},
): string | undefined {
  const places = proposed(first, header, said);
  if (places.user < 0 || places.item < 0) return undefined;
  const parts = listOrder.map((role) => (places[role] < 0 ? "" : nameOf(first, header, role, places[role])));
  const list = parts.join(",").replace(/,+$/, "");
  return `\`columns\` ${/^[\w.:,@%+/-]+$/.test(list) ? list : `'${list}'`}`;
}

/** Known columns first; then what is like the word, then what repeats as ids do, from left to right. */
function proposed(first: FirstRow, header: boolean, said: Partial<Record<ListRole, number>>): Record<ListRole, number> {
  const places = { user: -1, item: -1, rating: -1, time: -1 };
  if (header) for (const role of listOrder) places[role] = said[role] ?? positionsOf(first.fields, role)[0] ?? -1;
  const columns = columnsOf(first, header);
  const isFree = (k: number) => !Object.values(places).includes(k);
  const ids = (["user", "item"] as const).filter((role) => places[role] < 0).length;
  for (const role of ["rating", "user", "item", "time"] as const) {
    const isShort = role === "rating" && columns.filter(({ place }) => isFree(place)).length <= ids;
    if (places[role] >= 0 || isShort) continue;
    const fitting = columns.filter((column) => isFree(column.place) && fits(role, column));
    const best = fitting.sort((a, b) => likenessOf(role, b) - likenessOf(role, a))[0];
    if (best !== undefined) places[role] = best.place;
  }
  for (const role of ["user", "item"] as const)
    if (places[role] < 0) places[role] = columns.find(({ place }) => isFree(place))?.place ?? -1;
  return places;
}

interface Column {
  readonly place: number;
  readonly name: string;
  readonly numbers: boolean;
  readonly times: boolean;
  readonly repeats: boolean;
  readonly varies: boolean;
}

function columnsOf(first: FirstRow, header: boolean): Column[] {
  const rows = first.rows().slice(header ? 1 : 0);
  return first.fields.map((field, place) => {
    const texts = rows.flatMap((row) => (row[place] === undefined ? [] : [row[place]]));
    const all = (test: (text: string) => boolean) => texts.length > 0 && texts.every(test);
    return {
      place,
      name: header ? field : "",
      numbers: all((text) => isNumberText(text, first.separator)),
      times: all(looksLikeTime),
      repeats: new Set(texts).size < texts.length,
      varies: new Set(texts).size > 1,
    };
  });
}

function fits(role: ListRole, { name, numbers, times }: Column): boolean {
  if (role === "time") return times;
  return !times && (role !== "rating" || numbers) && swappedRole(name, role) === undefined;
}

/** Names of rows, which are neither users nor items. */
const ofRows = /^(|id|index|key|row|no|nr|unnamed.*)$/i;

/** Users repeat; items and ratings vary. Ratings stand behind ids, ids before ratings. */
function likenessOf(role: ListRole, { name, place, repeats, varies }: Column): number {
  const kind = 1e6 * likeness(role, bareName(name));
  if (role === "rating") return kind + 1e3 * Number(varies) + place;
  return kind + 1e3 * (Number(role === "user" ? repeats : varies) - Number(ofRows.test(name))) - place;
}

/** A name that can stand in a list and in a shell; else the position. */
function nameOf({ fields }: FirstRow, header: boolean, role: ListRole, place: number): string {
  const name = bareName(fields[place]);
  const isOne = fields.filter((field) => bareName(field) === name).length === 1;
  const isUsable = /^[^\p{Cc},'`]+$/u.test(name) && !/^\d+$/.test(name) && name === name.trim();
  return header && isOne && isUsable && swappedRole(name, role) === undefined ? name : String(place);
}
