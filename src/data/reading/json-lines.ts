/** Reads interactions from lines of JSON: an object a line, whose keys are the columns. */

import { LetheError } from "../../errors.ts";
import { addRow, beginPart, type Collection, isRating, type Part, ratingDefect } from "./collecting.ts";
import { defect, nameOf, quoted } from "./defects.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import type { Layout, LayoutWishes } from "./layout.ts";
import { checkedTime, endPart, lostTimes } from "./part-times.ts";
import { layoutOf } from "./recognising.ts";
import { type FirstRow, scanTable } from "./table.ts";

type Values = Readonly<Record<string, unknown>>;

/** Whether a text can only be JSON: objects a line, or one array. Throws `bad-input` for the array. */
export function looksLikeJson(file: string, head: Buffer): boolean {
  const start = head.toString("latin1", 0, 4096).replace(/^\xef\xbb\xbf/, "");
  if (/^\s*\[\s*(\{|\[|$)/.test(start))
    throw new LetheError(
      "bad-input",
      `${nameOf(file)}: found a JSON array, expected an object a line`,
      `write its elements one a line: jq -c '.[]' ${file} > lines.jsonl`,
    );
  return /^\s*\{\s*("|\}|$)/.test(start);
}

/** Adds the rows of lines of JSON, and returns their layout. Throws `bad-input`, naming the line. */
export async function collectJson(
  to: Collection,
  file: string,
  blocks: AsyncIterable<Buffer>,
  wishes: LayoutWishes,
): Promise<Layout | undefined> {
  let layout: Layout | undefined;
  await scanTable(file, blocks, { rows: "lines of JSON", separator: "\n" }, (line) => {
    const first = namesIn(file, line);
    const found = layoutOf(file, first, wishes);
    layout = found;
    const part = beginPart(to, { file, format: "json", timed: found.time >= 0 });
    const keys = keysOf(first.fields, found);
    return {
      header: false,
      row: (fields, bytes, at) =>
        takeObject(to, part, keys, objectIn(file, bytes.toString("utf8", fields.starts[0], fields.ends[0]), at), at),
    };
  });
  if (layout !== undefined) endPart(to);
  return layout;
}

/** The keys of the first object as names of columns. */
function namesIn(file: string, first: FirstRow): FirstRow {
  const names = Object.keys(objectIn(file, first.line, 1));
  const rows = () => [
    names,
    ...first.rows().map(([line]) => {
      const values = parsed(line) as Values | null | undefined;
      return names.map((name) => textIn(values?.[name]));
    }),
  ];
  return { ...first, separator: ",", named: true, fields: names, rows };
}

function textIn(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

interface Keys {
  readonly user: string;
  readonly item: string;
  readonly rating: string | undefined;
  readonly time: string | undefined;
}

function keysOf(names: readonly string[], { user, item, rating, time }: Layout): Keys {
  return { user: names[user], item: names[item], rating: names[rating], time: names[time] };
}

function objectIn(file: string, line: string, at: number): Values {
  const read = parsed(line);
  if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Values;
  throw defect(
    file,
    at,
    quoted(line),
    "a whole JSON object in every line",
    `write an object a line: jq -c . ${file} > lines.jsonl`,
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function takeObject(to: Collection, part: Part, keys: Keys, values: Values, line: number): void {
  const user = idIn(part, to.users, "user", keys.user, values, line);
  const item = idIn(part, to.items, "item", keys.item, values, line);
  const rating = keys.rating === undefined ? 1 : ratingIn(part, keys.rating, values, line);
  const time =
    keys.time === undefined || to.columns.times === undefined ? undefined : timeIn(to, values[keys.time], line);
  addRow(to, user, item, rating, time, line);
}

function idIn(part: Part, ids: Interner, role: "user" | "item", key: string, values: Values, line: number): number {
  const value = valueIn(part, key, values, line);
  const isId = typeof value === "string" || Number.isSafeInteger(value);
  if (!isId)
    throw defect(
      part.file,
      line,
      `${quoted(JSON.stringify(value))} as the ${role}`,
      "text, or a whole number below 2⁵³",
      "write ids as text, in quotes",
    );
  const bytes = Buffer.from(String(value));
  const id = ids.intern(bytes, 0, bytes.length);
  if (id < 0) throw idDefect(part.file, role, String(value), line);
  return id;
}

function ratingIn(part: Part, key: string, values: Values, line: number): number {
  const value = valueIn(part, key, values, line);
  const rating = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof rating === "number" && isRating(rating)) return rating;
  throw ratingDefect(part, Number.NaN, JSON.stringify(value), line);
}

function timeIn(to: Collection, value: unknown, line: number): number {
  const isTime = typeof value === "string" || typeof value === "number";
  return isTime
    ? checkedTime(to, String(value), line)
    : lostTimes(to, `${quoted(JSON.stringify(value) ?? "nothing")} as the time`, line);
}

/** What stands under a key; throws `bad-input` where nothing does, or something with parts of its own. */
function valueIn({ file }: Part, key: string, values: Values, line: number): unknown {
  const value = values[key];
  if (value === undefined)
    throw defect(
      file,
      line,
      `no ${quoted(key)} in an object with ${Object.keys(values).map(quoted).join(", ")}`,
      "one",
    );
  if (typeof value !== "object" || value === null) return value;
  throw defect(
    file,
    line,
    `${Array.isArray(value) ? "a list" : "an object"} under ${quoted(key)}`,
    "text or a number",
    `write an object of user, item and rating a line, with jq -c '{user: …, item: …, rating: …}' ${file}`,
  );
}
