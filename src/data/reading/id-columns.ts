/** Which column of a list of ids has them: by the words that people who keep such lists write above it. */

import { roleOf } from "./format.ts";

/** Whose ids a list has; where that is not said, either. */
export type ListRole = "user" | "item" | undefined;

const words = {
  user: "customer client account member subject datasubject person visitor buyer listener reader viewer".split(" "),
  item: "product article sku asin song track business book isbn artist".split(" "),
  either: "id ids identifier externalid".split(" "),
};

/** What a word above a column says of it: ids of that side, or ids of whatever the list is about. */
export function sideOfWord(cell: string): "user" | "item" | "either" | undefined {
  const role = roleOf(cell);
  if (role === "user" || role === "item") return role;
  const word = cell.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const stem = word.replace(/(?:id|ids|s)$/, "");
  return (["either", "user", "item"] as const).find((side) => [word, stem].some((form) => words[side].includes(form)));
}

/** Columns of a header by what they hold. */
export interface HeaderColumns {
  /** Those with ids of the list's role; where there are none, those with just ids. */
  readonly own: readonly number[];
  /** Those with ids of the other side. */
  readonly other: readonly number[];
}

/** What the cells of a first line say, or undefined where it is no header. */
export function headerColumns(cells: readonly string[], role: ListRole): HeaderColumns | undefined {
  // A row of data may have such a word in it, too, but a header has no number.
  if (cells.some((cell) => /^[-+]?[\d.]+$/.test(cell))) return undefined;
  const sides = cells.map(sideOfWord);
  const where = (test: (side: "user" | "item" | "either") => boolean) =>
    sides.flatMap((side, k) => (side !== undefined && test(side) ? [k] : []));
  const named = where((side) => (role === undefined ? side !== "either" : side === role));
  const own = named.length > 0 ? named : where((side) => side === "either");
  const other = role === undefined ? [] : where((side) => side !== role && side !== "either");
  return own.length + other.length === 0 ? undefined : { own, other };
}
