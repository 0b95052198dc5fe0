/** Reads what a command is about: files of user and item ids, and lists of ids. */

import { LetheError } from "../../errors.ts";
import { blocksOf } from "./bytes.ts";
import { choose } from "./chosen-columns.ts";
import { proposed } from "./column-defects.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import { bareName, columnChoiceOf, positionOf, roleOf } from "./format.ts";
import { idsInList } from "./id-list.ts";
import { faultOfId, idDefect } from "./ids.ts";
import { atMost, refuseMore } from "./limits.ts";
import { textOf } from "./records.ts";
import { isNumberText, numberBeside } from "./signs.ts";
import { type FirstRow, scanTable, type TableReader } from "./table.ts";
import { inSeconds, looksLikeTime, readableTimes, timeOf } from "./times.ts";

/** Outside ids, pair by pair. */
export interface Pairs {
  readonly users: string[];
  readonly items: string[];
}

/** How a file of pairs is read. */
export interface PairsOptions {
  /** Pairs after a header at least. */
  readonly least?: 0 | 1 | undefined;
  /** "user,item": names of columns in the header, or positions from 0. */
  readonly columns?: string | undefined;
}

/** Pairs, and the line of each. */
export interface ReadPairs extends Pairs {
  readonly lines: readonly number[];
}

/**
 * Reads the pairs of user and item in a CSV, TSV or `::` file, after a header or not; other columns are ignored.
 * `needs` says in messages what the file must hold. Throws `bad-input`, naming file and line, on an unusable row, an
 * empty file, a header of other words, and fewer than `least` (0 or 1) pairs after a header.
 */
export async function readPairs(
  file: string,
  needs = "pairs of user and item",
  { least = 1, columns }: PairsOptions = {},
): Promise<ReadPairs> {
  const users: string[] = [];
  const items: string[] = [];
  const lines: number[] = [];
  const choice = columns === undefined ? undefined : columnChoiceOf(columns);
  await scanTable(file, atMost(file, blocksOf(file)), { rows: needs }, (first) => {
    const { header, user, item } = choice === undefined ? pairLayout(file, first, true) : choose(file, first, choice);
    const fieldsNeeded = Math.max(user, item) + 1;
    const row: TableReader["row"] = (fields, bytes, line) => {
      if (fields.count < fieldsNeeded) throw defect(file, line, fieldCount(fields.count), `${fieldsNeeded} or more`);
      refuseMore(file, line, users.length);
      users.push(checkedId(file, "user", textOf(fields, bytes, user), line));
      items.push(checkedId(file, "item", textOf(fields, bytes, item), line));
      lines.push(line);
    };
    return { header, row };
  });
  if (users.length < least) throw defect(file, 1, "a header and no rows", needs);
  return { users, items, lines };
}

/** Events of a request: pairs, with ratings and times where the file has them. */
export interface ReadEvents extends Pairs {
  readonly ratings?: number[] | undefined;
  readonly times?: number[] | undefined;
  /** Columns that say nothing of an event, as the header calls them, or by position from 0. */
  readonly unused: readonly string[];
}

/**
 * Reads events in a CSV, TSV or `::` file: user, item, and rating and time where a header names them, or where numbers stand third and fourth
 * without one. Throws `bad-input`, naming file and line, on an unusable row and an empty file.
 */
export async function readEvents(file: string, needs: string): Promise<ReadEvents> {
  const read: { users: string[]; items: string[]; ratings: number[]; times: number[] } = {
    ...{ users: [], items: [], ratings: [], times: [] },
  };
  let layout: EventLayout | undefined;
  await scanTable(file, atMost(file, blocksOf(file)), { rows: needs }, (first) => {
    layout = eventLayout(file, first);
    const { header, user, item, rating, time } = layout;
    const numberAt = (text: string) => numberBeside(first.separator, text);
    const fieldsNeeded = Math.max(user, item, rating, time) + 1;
    const row: TableReader["row"] = (fields, bytes, line) => {
      if (fields.count < fieldsNeeded) throw defect(file, line, fieldCount(fields.count), `${fieldsNeeded} or more`);
      refuseMore(file, line, read.users.length);
      read.users.push(checkedId(file, "user", textOf(fields, bytes, user), line));
      read.items.push(checkedId(file, "item", textOf(fields, bytes, item), line));
      if (rating >= 0) read.ratings.push(eventRating(file, textOf(fields, bytes, rating), numberAt, line));
      if (time >= 0) read.times.push(eventTime(file, textOf(fields, bytes, time), line));
    };
    return { header, row };
  });
  const { rating = -1, time = -1, unused = [] } = layout ?? {};
  const { users, items, ratings } = read;
  const times = inSeconds(read.times);
  return { users, items, ...(rating < 0 ? {} : { ratings }), ...(time < 0 ? {} : { times }), unused };
}

interface EventLayout {
  readonly header: boolean;
  readonly user: number;
  readonly item: number;
  /** −1 where there is none. */
  readonly rating: number;
  readonly time: number;
  readonly unused: readonly string[];
}

function eventLayout(file: string, first: FirstRow): EventLayout {
  const pair = pairLayout(file, first, false);
  const { fields } = first;
  const numberAt = (k: number) => (k < fields.length && isNumberText(fields[k], first.separator) ? k : -1);
  const isTimed = !pair.header && fields.length === 3 && looksLikeTime(fields[2]);
  const rating = pair.header ? positionOf(file, fields, "rating") : isTimed ? -1 : numberAt(2);
  const third = isTimed ? 2 : -1;
  const time = pair.header ? positionOf(file, fields, "time") : rating < 0 ? third : timePlace(fields);
  const used = new Set([pair.user, pair.item, rating, time]);
  const unused = fields.flatMap((field, k) => (used.has(k) ? [] : [pair.header ? quoted(bareName(field)) : String(k)]));
  return { ...pair, rating, time, unused };
}

/** Where a time stands fourth. */
function timePlace([, , , fourth]: readonly string[]): number {
  return fourth !== undefined && Number.isFinite(timeOf(fourth).value) ? 3 : -1;
}

/** A time in the words of the file, as interactions are read: one that is none says which events it would mean. */
function eventTime(file: string, text: string, line: number): number {
  const { value } = timeOf(text);
  if (Number.isFinite(value)) return value;
  throw defect(file, line, quoted(text), readableTimes, "without a column of times all rows of a pair go");
}

function eventRating(file: string, text: string, numberAt: (text: string) => number, line: number): number {
  const value = numberAt(text);
  if (Number.isFinite(value)) return value;
  throw defect(file, line, quoted(text), "a number as the rating", "without a rating column all rows of a pair go");
}

// Every group is asked about by itself.
const mostGrouped = 2 ** 20;

/** Pairs of outside ids under names of groups. */
export interface GroupedPairs extends Pairs {
  readonly groups: string[];
}

/**
 * Reads lines of group, user and item, after a header that begins with `group` or without one; other columns are ignored. `needs` says in
 * messages what the file must hold. Throws `bad-input`, naming file and line, on an unusable row and an empty file.
 */
export async function readGroupedPairs(file: string, needs: string): Promise<GroupedPairs> {
  const groups: string[] = [];
  const users: string[] = [];
  const items: string[] = [];
  await scanTable(file, atMost(file, blocksOf(file)), { rows: needs }, (first) => ({
    header: first.fields[0]?.trim().toLowerCase() === "group",
    row: (fields, bytes, line) => {
      if (fields.count < 3) throw defect(file, line, fieldCount(fields.count), "group, user and item");
      refuseMore(file, line, groups.length, "rows", mostGrouped);
      groups.push(checkedId(file, undefined, textOf(fields, bytes, 0), line));
      users.push(checkedId(file, "user", textOf(fields, bytes, 1), line));
      items.push(checkedId(file, "item", textOf(fields, bytes, 2), line));
    },
  }));
  if (groups.length === 0) throw defect(file, 1, "a header and no rows", needs);
  return { groups, users, items };
}

/** Where user and item are. `chooses` says whether whoever asks can choose columns. */
function pairLayout(file: string, first: FirstRow, chooses: boolean): { header: boolean; user: number; item: number } {
  const user = positionOf(file, first.fields, "user");
  const item = positionOf(file, first.fields, "item");
  if (user >= 0 && item >= 0) return { header: true, user, item };
  const half = first.fields.slice(0, 2).some((field) => roleOf(field) === "user" || roleOf(field) === "item");
  if (!half && !standsAboveNumbers(first)) return { header: false, user: 0, item: 1 };
  const advice = chooses
    ? `say which is what: ${proposed(first, true)}; or call the columns so in the header`
    : "call the two columns user and item in the header";
  throw defect(file, 1, quoted(first.line), "a header that names both user and item, or none", advice);
}

/** After so many rows of numbers one word above a column is its name. */
const rowsThatTell = 3;

/** Whether words stand where all other rows have numbers: those are names of columns, and no ids. */
function standsAboveNumbers({ fields, separator, rows }: FirstRow): boolean {
  const later = rows().slice(1);
  const isNumber = (text = "") => isNumberText(text, separator);
  const names = [0, 1].filter((k) => !isNumber(fields[k]) && later.every((row) => isNumber(row[k])));
  return names.length === 2 ? later.length > 0 : names.length === 1 && later.length >= rowsThatTell;
}

/**
 * The ids in a comma-separated list, or in the lines of a file when the text is `@FILE`, as they are written and with every repeat at its place: what is known by its place in a list
 * moves when one before it is left out. Throws `bad-input` on an unusable id or an empty list.
 */
export async function readLabels(text: string): Promise<string[]> {
  return text.startsWith("@") ? labelsInFile(text.slice(1)) : idsInList(text);
}

/** The same, each once in order of first appearance. */
export async function readIdList(text: string): Promise<string[]> {
  return [...new Set(await readLabels(text))];
}

async function labelsInFile(file: string): Promise<string[]> {
  if (file === "") throw new LetheError("bad-input", 'found "@" alone, expected @FILE', "name the file after the @");
  const ids: string[] = [];
  await scanTable(file, atMost(file, blocksOf(file)), { rows: "ids, one a line", separator: "\n" }, () => ({
    header: false,
    row: (fields, bytes, line) => {
      refuseMore(file, line, ids.length, "ids");
      ids.push(checkedId(file, undefined, textOf(fields, bytes, 0), line));
    },
  }));
  return ids;
}

function checkedId(file: string, role: "user" | "item" | undefined, id: string, line: number): string {
  if (faultOfId(id) !== undefined) throw idDefect(file, role, id, line);
  return id;
}
