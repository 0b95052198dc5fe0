/** What the first line of a file tells: its separator, whether it is a header, and what its columns are. */

import { LetheError } from "../../errors.ts";
import { defect, type Place, quoted } from "./defects.ts";
import type { Separator } from "./records.ts";

/** The text formats: MovieLens `::`, commas, tabs, and RecBole's header of `name:type`. */
export type TextFormat = "dat" | "csv" | "tsv" | "inter";

/** What a column can be. */
export type Role = "user" | "item" | "rating" | "time" | "title" | "genres";

const recognised: Record<Role, readonly string[]> = {
  user: ["user", "userid", "uid"],
  item: ["item", "itemid", "iid", "movie", "movieid"],
  rating: ["rating", "score", "stars"],
  time: ["timestamp", "time"],
  title: ["title", "movietitle", "itemtitle", "name", "itemname"],
  genres: ["genres", "genre", "class", "categories", "category"],
};

const separatorsByEnding: Record<string, Separator> = {
  csv: ",",
  tsv: "\t",
  inter: "\t",
  item: "\t",
  dat: "::",
};

const listsAdvice =
  "if each line is a user and then the items of that user, separated by spaces, choose the format lists";

/** The separator of a table, by the ending of its name where the first line has it, else the first of tab, `::`, comma. */
export function separatorOf(file: string, line: string): Separator {
  const ending = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1].toLowerCase() ?? "";
  const named = separatorsByEnding[ending];
  if (named !== undefined && line.includes(named)) return named;
  for (const separator of ["\t", "::", ","] as const) if (line.includes(separator)) return separator;
  const advice = line.trim().includes(" ") ? listsAdvice : undefined;
  throw defect(file, 1, quoted(line), "fields separated by commas, tabs or ::", advice);
}

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

/** The role that a column's name tells, or undefined. Case, spaces, `_` and `-` do not count. */
export function roleOf(field: string): Role | undefined {
  const name = bareName(field)
    .toLowerCase()
    .replace(/[\s_-]/g, "");
  return (Object.keys(recognised) as Role[]).find((role) => recognised[role].includes(name));
}

/** Where the one column of a role is in a header, or −1; throws `bad-input` when two columns could be it. */
export function positionOf(file: string, header: readonly string[], role: Role, place: Place = 1): number {
  const found = header.flatMap((field, k) => (roleOf(field) === role ? [k] : []));
  if (found.length > 1) {
    const names = found.map((k) => quoted(header[k])).join(" and ");
    throw defect(file, place, `columns ${names}`, `one column of the ${role}`, "say which one with `columns`");
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

const listOrder = ["user", "item", "rating", "time"] as const;
const listAdvice =
  "the order is user,item[,rating[,time]]; give names from the header, or positions from 0 such as 0,1,2";

/** The choice in a list "user,item[,rating[,time]]" of names or positions; throws `bad-input` when it is no such list. */
export function columnChoiceOf(list: string): ColumnChoice {
  const parts = list.split(",").map((part) => part.trim());
  if (parts.length < 2 || parts.length > 4 || parts.includes(""))
    throw new LetheError("bad-input", `columns ${quoted(list)}: expected 2 to 4 names or positions`, listAdvice);
  parts.forEach((part, k) => {
    // A list in another order than ours would swap columns without a word.
    const role = roleOf(part);
    if (role !== undefined && role !== listOrder[k])
      throw new LetheError(
        "bad-input",
        `columns ${quoted(list)}: ${quoted(part)} stands for the ${listOrder[k]}`,
        listAdvice,
      );
  });
  const [user, item, rating, time] = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return { user, item, rating, time };
}
