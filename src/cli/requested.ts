/** What is to be forgotten, as flags: ids, a file of events, or a time. */

import { type Command, Option } from "commander";
import { type IdList, readEvents, readIds } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import type { Spelling } from "./flags.ts";
import { path } from "./options.ts";
import { type Age, ageOption, timeAgo, timeOption } from "./times.ts";

const idsSummary = "outside ids, comma separated; @FILE with one a line, or a table of requests; - for standard input";
const ids = (name: string): Spelling => ({ flag: `--${name} <ids>`, summary: idsSummary, parse: (text) => text });

/** How the fields of a request are written. */
export const requestedSpellings: Readonly<Record<string, Spelling | undefined>> = {
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
  // Found when a list is read.
  lists: undefined,
};

/** Adds the flags of a request that stand for no field of their own. */
export function withRequestedFlags(command: Command): Command {
  const older = "the same, by age: 90d, 8w, 25mo or 2y before now, in months of the calendar";
  const column = "of lists of ids in a table: the column that has them, by its name or position from 0";
  // Where the schema has what these stand for.
  const add = (flags: string, summary: string) => new Option(flags, summary).helpGroup("What is forgotten:");
  return command
    .addOption(add("--older-than <age>", older).argParser(ageOption))
    .addOption(add("--column <name>", column));
}

/** These flags as they are typed. */
export interface RequestedFlags {
  readonly users?: string;
  readonly items?: string;
  readonly interactions?: string;
  readonly before?: number;
  readonly olderThan?: Age;
  readonly column?: string;
}

/** What the flags of a request are, out of all flags. */
export function requestedIn(flags: RequestedFlags): RequestedFlags {
  const { users, items, interactions, before, olderThan, column } = flags;
  return { users, items, interactions, before, olderThan, column };
}

/** The flags that are fields of a request as they are. */
export function asFields<Flags extends RequestedFlags>(flags: Flags): Omit<Flags, keyof RequestedFlags> {
  const {
    users: _users,
    items: _items,
    interactions: _pairs,
    before: _before,
    olderThan: _age,
    column: _column,
    ...fields
  } = flags;
  return fields;
}

/** Whether something to forget is named. */
export function namesSomething({ column: _, ...flags }: RequestedFlags): boolean {
  return Object.values(flags).some((flag) => flag !== undefined);
}

/** The fields of a request that the flags stand for, read from their files, and what is to be said of columns that were not read. */
export async function readRequested(flags: RequestedFlags) {
  const { interactions } = flags;
  const before = beforeOf(flags);
  // A header alone asks to forget nothing: then no byte of the model changes.
  const { unused = [], ...events } =
    interactions === undefined ? {} : await readEvents(interactions, "interactions to forget");
  const lists = await readLists(flags);
  const fields = {
    users: lists.users && [...lists.users.ids],
    items: lists.items && [...lists.items.ids],
    interactions: interactions === undefined ? undefined : events,
    before,
    lists: doubtsOf(lists),
  };
  return { fields, warnings: [...unused.map(unusedColumn), ...repeatsIn(lists)] };
}

/** The lists of a request. */
interface Lists {
  readonly users?: IdList | undefined;
  readonly items?: IdList | undefined;
}

async function readLists({ users, items, column }: RequestedFlags): Promise<Lists> {
  const isInput = (text: string | undefined) => text === "-" || text === "@-";
  if (isInput(users) && isInput(items))
    throw new LetheError("bad-input", "--users and --items both are standard input", "put one of the lists in a file");
  if (column !== undefined && ![users, items].some((text) => isInput(text) || text?.startsWith("@")))
    throw new LetheError("bad-input", "--column is for lists of ids in a file", "leave it out, or give --users @FILE");
  return {
    users: users === undefined ? undefined : await readIds(users, { role: "user", column }),
    items: items === undefined ? undefined : await readIds(items, { role: "item", column }),
  };
}

/** What was doubtful when lists were read: the verb knows the model's ids. */
function doubtsOf({ users, items }: Lists) {
  const doubtOf = (list: IdList | undefined) =>
    list?.header === undefined && list?.table === undefined ? undefined : { header: list.header, table: list.table };
  const doubts = { users: doubtOf(users), items: doubtOf(items) };
  return doubts.users === undefined && doubts.items === undefined ? undefined : doubts;
}

function repeatsIn(lists: Lists): string[] {
  return Object.entries(lists).flatMap(([side, list]: [string, IdList | undefined]) => {
    const { repeats = 0 } = list ?? {};
    return repeats === 0
      ? []
      : [
          `${repeats} ${repeats === 1 ? "entry" : "entries"} in the list of ${side} ${repeats === 1 ? "repeats an earlier id and is" : "repeat earlier ids and are"} not counted again`,
        ];
  });
}

function beforeOf({ before, olderThan }: RequestedFlags): number | undefined {
  if (olderThan === undefined) return before;
  if (before === undefined) return timeAgo(olderThan, new Date());
  throw new LetheError("bad-input", "--before and --older-than both say how old", "leave one of them out");
}

function unusedColumn(column: string): string {
  return `the column ${column} of the request says nothing of an interaction, and was not read`;
}
