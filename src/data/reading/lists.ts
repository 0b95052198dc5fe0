/** Reads interactions from lines of a user and then the user's items, as LightGCN and its kin keep them. */

import { addRow, beginPart, type Collection, type Part } from "./collecting.ts";
import { defect } from "./defects.ts";
import { idDefect } from "./ids.ts";
import type { Interner } from "./interning.ts";
import { scanTable } from "./table.ts";

const newline = 0x0a;

/**
 * Whether the start of a file can only be lists: nothing but decimal numbers between spaces, and not equally many in
 * every line. A last line that may be cut off does not count. What else is separated by spaces could be a table.
 */
export function looksLikeLists(head: Buffer, whole: boolean): boolean {
  const end = whole ? head.length : head.lastIndexOf(newline) + 1;
  const lines = head
    .toString("latin1", 0, end)
    .replace(/^\xef\xbb\xbf/, "")
    .trimEnd()
    .split("\n");
  const counts = new Set<number>();
  for (const line of lines) {
    if (!/^\d+( +\d+)* *\r?$/.test(line)) return false;
    counts.add(line.trim().split(/ +/).length);
  }
  return counts.size > 1;
}

/**
 * Adds a row with the rating 1 for every item of every line. Ids are separated by spaces or tabs; a line may hold a user
 * alone, who then has no rows, and a user may have several lines. Throws `bad-input`, naming the line.
 */
export async function collectLists(to: Collection, file: string, blocks: AsyncIterable<Buffer>): Promise<void> {
  const part = beginPart(to, { file, format: "lists", timed: false });
  await scanTable(file, blocks, { rows: "lines of a user and items", separator: "\n" }, () => ({
    header: false,
    row: (fields, bytes, line) => takeLine(to, part, bytes, fields.starts[0], fields.ends[0], line),
  }));
}

function takeLine(to: Collection, part: Part, bytes: Buffer, start: number, end: number, line: number): void {
  let user = -1;
  for (let at = start; ; ) {
    while (at < end && isBlank(bytes[at])) at++;
    if (at === end) break;
    const from = at;
    while (at < end && !isBlank(bytes[at])) at++;
    if (user < 0) user = idIn(part, to.users, "user", bytes, from, at, line);
    else addRow(to, user, idIn(part, to.items, "item", bytes, from, at, line), 1, undefined, line);
  }
  if (user < 0) throw defect(part.file, line, "a line of blanks", "a user and items");
}

function idIn(
  { file }: Part,
  ids: Interner,
  role: "user" | "item",
  bytes: Buffer,
  from: number,
  to: number,
  line: number,
): number {
  const id = ids.intern(bytes, from, to);
  if (id < 0) throw idDefect(file, role, bytes.toString("utf8", from, to), line);
  return id;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
