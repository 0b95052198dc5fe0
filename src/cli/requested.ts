/** What is to be forgotten, as flags: ids, a file of events, or a time. */

import { type Command, Option } from "commander";
import { readEvents, readIdList } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import type { Spelling } from "./flags.ts";
import { path } from "./options.ts";
import { type Age, ageOption, timeAgo, timeOption } from "./times.ts";

const idsSummary = "outside ids, comma separated, or @FILE with one a line";
const ids = (name: string): Spelling => ({ flag: `--${name} <ids>`, summary: idsSummary, parse: (text) => text });

/** How `users`, `items`, `interactions` and `before` are written. */
export const requestedSpellings: Readonly<Record<"users" | "items" | "interactions" | "before", Spelling>> = {
  users: ids("users"),
  items: ids("items"),
  interactions: {
    flag: "--interactions <file>",
    summary: "lines of user,item[,rating[,time]] (a header may come first)",
    parse: path,
  },
  before: {
    flag: "--before <date>",
    summary: "of what is named, or of everything: only interactions from before this date (UTC), or time",
    parse: timeOption,
  },
};

/** Adds the flags of a request that stand for no field of their own. */
export function withRequestedFlags(command: Command): Command {
  const summary = "the same, by age: 90d, 8w, 25mo or 2y before now, in months of the calendar";
  return command.addOption(new Option("--older-than <age>", summary).argParser(ageOption));
}

/** These flags as they are typed. */
export interface RequestedFlags {
  readonly users?: string;
  readonly items?: string;
  readonly interactions?: string;
  readonly before?: number;
  readonly olderThan?: Age;
}

/** The fields of a request that the flags stand for, read from their files, and what is to be said of columns that were not read. */
export async function readRequested(flags: RequestedFlags) {
  const { users, items, interactions } = flags;
  const before = beforeOf(flags);
  // A header alone asks to forget nothing: then no byte of the model changes.
  const { unused = [], ...events } =
    interactions === undefined ? {} : await readEvents(interactions, "interactions to forget");
  const fields = {
    users: users === undefined ? undefined : await readIdList(users),
    items: items === undefined ? undefined : await readIdList(items),
    interactions: interactions === undefined ? undefined : events,
    before,
  };
  return { fields, warnings: unused.map(unusedColumn) };
}

function beforeOf({ before, olderThan }: RequestedFlags): number | undefined {
  if (olderThan === undefined) return before;
  if (before === undefined) return timeAgo(olderThan, new Date());
  throw new LetheError("bad-input", "--before and --older-than both say how old", "leave one of them out");
}

function unusedColumn(column: string): string {
  return `the column ${column} of the request says nothing of an interaction, and was not read`;
}
