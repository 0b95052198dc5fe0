/** What is to be forgotten, as flags: ids, or a file of events. */

import { readEvents, readIdList } from "../data/reading.ts";
import type { Spelling } from "./flags.ts";
import { path } from "./options.ts";

const idsSummary = "outside ids, comma separated, or @FILE with one a line";
const ids = (name: string): Spelling => ({ flag: `--${name} <ids>`, summary: idsSummary, parse: (text) => text });

/** How `users`, `items` and `interactions` are written. */
export const requestedSpellings: Readonly<Record<"users" | "items" | "interactions", Spelling>> = {
  users: ids("users"),
  items: ids("items"),
  interactions: {
    flag: "--interactions <file>",
    summary: "lines of user,item[,rating[,time]] (a header may come first)",
    parse: path,
  },
};

/** These flags as they are typed. */
export interface RequestedFlags {
  readonly users?: string;
  readonly items?: string;
  readonly interactions?: string;
}

/** The fields of a request that the flags stand for, read from their files, and what is to be said of columns that were not read. */
export async function readRequested({ users, items, interactions }: RequestedFlags) {
  // A header alone asks to forget nothing: then no byte of the model changes.
  const { unused = [], ...events } =
    interactions === undefined ? {} : await readEvents(interactions, "interactions to forget");
  const fields = {
    users: users === undefined ? undefined : await readIdList(users),
    items: items === undefined ? undefined : await readIdList(items),
    interactions: interactions === undefined ? undefined : events,
  };
  return { fields, warnings: unused.map(unusedColumn) };
}

function unusedColumn(column: string): string {
  return `the column ${column} of the request says nothing of an interaction, and was not read`;
}
