/** What the first line of a file tells: its separator, whether it is a header, and what its columns are. */

import { LetheError } from "../../errors.ts";
import { defect, type Place, quoted } from "./defects.ts";
import type { Separator } from "./records.ts";
import { type Role, strictness } from "./words.ts";

const roles: readonly Role[] = ["user", "item", "rating", "time", "title", "genres"];

/** The text formats: MovieLens `::`, tabs, RecBole's header of `name:type`, and all other separators. */
export type TextFormat = "dat" | "csv" | "tsv" | "inter";

/** The format that a separator and a header tell. */
export function formatOf(separator: Separator, fields: readonly string[]): TextFormat {
  if (fields.every((field) => typed.test(field))) return "inter";
  return separator === "::" ? "dat" : separator === "\t" ? "tsv" : "csv";
}

const typed = /^.+:(token|float|token_seq|float_seq)$/;

/** The name of a column without RecBole's type. */
export function bareName(field: string): string {
  return typed.test(field) ? field.slice(0, field.lastIndexOf(":")) : field;
}

/** The role that a column's name tells most strictly, or undefined. Case, spaces, `_` and `-` do not count. */
export function roleOf(field: string): Role | undefined {
  let [found, best]: [Role | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const role of roles) {
    const strict = strictness(role, bareName(field)) ?? Number.POSITIVE_INFINITY;
    if (strict < best) [found, best] = [role, strict];
  }
  return found;
}

/** Where the columns are that a header calls by the strictest word for the role; none, one, or several that are as good. */
export function positionsOf(header: readonly string[], role: Role): number[] {
  const strict = header.map((field) => strictness(role, bareName(field)) ?? Number.POSITIVE_INFINITY);
  const best = Math.min(...strict);
  return best === Number.POSITIVE_INFINITY ? [] : strict.flatMap((of, k) => (of === best ? [k] : []));
}

/** Where the one column of a role is in a header, or −1; throws `bad-input` when two columns could be it. */
export function positionOf(
  file: string,
  header: readonly string[],
  role: Role,
  place: Place = 1,
  advice = "say which one with `columns`",
): number {
  const found = positionsOf(header, role);
  if (found.length > 1) {
    const names = found.map((k) => quoted(header[k])).join(" and ");
    throw defect(file, place, `columns ${names}`, `one column of the ${role}`, advice);
  }
  return found[0] ?? -1;
}

/** Which columns to read: by name in the header, or by position from 0. Without a rating column every rating is 1. */
export interface ColumnChoice {
  readonly user: string | number;
  readonly item: string | number;
  readonly rating?: string | number | undefined;
  readonly time?: string | number | undefined;
}

/** The roles in the order of a list of columns. */
export const listOrder = ["user", "item", "rating", "time"] as const;
const listAdvice =
  "the order is user,item[,rating[,time]]; give names from the header, or positions from 0 such as 0,1,2; user,item,,time where there is no rating";

/** The choice in a list "user,item[,rating[,time]]" of names or positions; throws `bad-input` when it is no such list. */
export function columnChoiceOf(list: string): ColumnChoice {
  const parts = list.split(",").map((part) => part.trim());
  const isGap = (part: string, k: number) => part === "" && k === 2 && parts.length === 4;
  if (parts.length < 2 || parts.length > 4 || parts.some((part, k) => part === "" && !isGap(part, k)))
    throw new LetheError("bad-input", `columns ${quoted(list)}: expected 2 to 4 names or positions`, listAdvice);
  parts.forEach((part, k) => {
    refuseSwapped(list, part, listOrder[k]);
  });
  const [user, item, rating, time] = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return { user, item, rating: rating === "" ? undefined : rating, time };
}

/** How strict a word has to be to say that it stands in the wrong place. */
const tellsSwapped = { user: 2, item: 4, rating: 2, time: Number.POSITIVE_INFINITY } as const;

/** A list in another order than ours would swap columns without a word. */
function refuseSwapped(list: string, part: string, expected: (typeof listOrder)[number]): void {
  const role = swappedRole(part, expected);
  if (role === undefined) return;
  throw new LetheError("bad-input", `columns ${quoted(list)}: ${quoted(part)} stands for the ${expected}`, listAdvice);
}

/** What a name says that a column is, where that is not what is expected of it. */
export function swappedRole(name: string, expected: (typeof listOrder)[number]): Role | undefined {
  const of = (role: Role) => strictness(role, bareName(name));
  if (of(expected) !== undefined) return undefined;
  return listOrder.find((role) => (of(role) ?? Number.POSITIVE_INFINITY) < tellsSwapped[role]);
}
