/** Reads what a command is about: files of user and item ids, and lists of ids. */

import { LetheError } from "../../errors.ts";
import { blocksOf } from "./bytes.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import { positionOf, roleOf } from "./format.ts";
import { faultOfId, idDefect } from "./ids.ts";
import { textOf } from "./records.ts";
import { type FirstRow, scanTable, type TableReader } from "./table.ts";

/** Outside ids, pair by pair. */
export interface Pairs {
  readonly users: string[];
  readonly items: string[];
}

/**
 * Reads the pairs of user and item in a CSV, TSV or `::` file, after a header or not; other columns are ignored.
 * `needs` says in messages what the file must hold. Throws `bad-input`, naming file and line, on an unusable row, an
 * empty file, and fewer than `least` (0 or 1) pairs after a header.
 */
export async function readPairs(file: string, needs = "pairs of user and item", least: 0 | 1 = 1): Promise<Pairs> {
  const users: string[] = [];
  const items: string[] = [];
  await scanTable(file, blocksOf(file), { rows: needs }, (first) => {
    const { header, user, item } = pairLayout(file, first);
    const fieldsNeeded = Math.max(user, item) + 1;
    const row: TableReader["row"] = (fields, bytes, line) => {
      if (fields.count < fieldsNeeded) throw defect(file, line, fieldCount(fields.count), `${fieldsNeeded} or more`);
      users.push(checkedId(file, "user", textOf(fields, bytes, user), line));
      items.push(checkedId(file, "item", textOf(fields, bytes, item), line));
    };
    return { header, row };
  });
  if (users.length < least) throw defect(file, 1, "a header and no rows", needs);
  return { users, items };
}

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
  await scanTable(file, blocksOf(file), { rows: needs }, (first) => ({
    header: first.fields[0]?.trim().toLowerCase() === "group",
    row: (fields, bytes, line) => {
      if (fields.count < 3) throw defect(file, line, fieldCount(fields.count), "group, user and item");
      groups.push(checkedId(file, undefined, textOf(fields, bytes, 0), line));
      users.push(checkedId(file, "user", textOf(fields, bytes, 1), line));
      items.push(checkedId(file, "item", textOf(fields, bytes, 2), line));
    },
  }));
  if (groups.length === 0) throw defect(file, 1, "a header and no rows", needs);
  return { groups, users, items };
}

function pairLayout(file: string, first: FirstRow): { header: boolean; user: number; item: number } {
  const user = positionOf(file, first.fields, "user");
  const item = positionOf(file, first.fields, "item");
  if (user >= 0 && item >= 0) return { header: true, user, item };
  const half = first.fields.slice(0, 2).some((field) => roleOf(field) === "user" || roleOf(field) === "item");
  if (half) throw defect(file, 1, quoted(first.line), "a header that names both user and item, or none");
  return { header: false, user: 0, item: 1 };
}

/**
 * The ids in a comma-separated list, or in the lines of a file when the text is `@FILE`; each once, in order of first
 * appearance. Throws `bad-input` on an unusable id or an empty list.
 */
export async function readIdList(text: string): Promise<string[]> {
  return text.startsWith("@") ? idsInFile(text.slice(1)) : idsInList(text);
}

async function idsInFile(file: string): Promise<string[]> {
  if (file === "") throw new LetheError("bad-input", 'found "@" alone, expected @FILE', "name the file after the @");
  const ids = new Set<string>();
  await scanTable(file, blocksOf(file), { rows: "ids, one a line", separator: "\n" }, () => ({
    header: false,
    row: (fields, bytes, line) => ids.add(checkedId(file, undefined, textOf(fields, bytes, 0), line)),
  }));
  return [...ids];
}

function idsInList(text: string): string[] {
  const ids = text.split(",").map((id) => id.trim());
  for (const id of ids) {
    const fault = faultOfId(id);
    if (fault === undefined) continue;
    const message = `list ${quoted(text)}: found ${fault[0]}, expected ${fault[1]}`;
    throw new LetheError(
      "bad-input",
      message,
      "ids are separated by commas; ids with commas in them go into a file: @FILE",
    );
  }
  return [...new Set(ids)];
}

function checkedId(file: string, role: "user" | "item" | undefined, id: string, line: number): string {
  if (faultOfId(id) !== undefined) throw idDefect(file, role, id, line);
  return id;
}
