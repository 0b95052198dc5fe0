/** Any finding as lines for people: numbers under their names, and a table where several things have the same numbers. */

import { count } from "./numbers.ts";
import { table } from "./table.ts";
import { indent, wrap } from "./text.ts";

const initials = new Set(["rms", "rmse", "mae", "auc", "id", "ids"]);
const mostColumns = 5;
const labelGap = 2;

/** Lines of at most `width` columns, except where a name alone is longer. Entries that are null are left out. */
export function findingLines(finding: object, width: number): string[] {
  const entries = Object.entries(finding).filter(([, value]) => value !== null && value !== undefined);
  const parts = entries.filter((entry): entry is [string, object] => typeof entry[1] === "object");
  const facts = entries.filter(([, value]) => typeof value !== "object");
  const longest = Math.max(0, ...facts.map(([key]) => words(key).length)) + labelGap;
  const lines = facts.flatMap(([key, value]) =>
    wrap(valueText(value), width - longest).map((line, k) => (k === 0 ? words(key) : "").padEnd(longest) + line),
  );
  const columns = sharedKeys(parts.map(([, part]) => part));
  if (columns === undefined)
    return [...lines, ...parts.flatMap(([key, part]) => [words(key), ...indent(findingLines(part, width - 2), 2)])];
  const rows = parts.map(([key, part]) => [words(key), ...Object.values(part).map(valueText)]);
  return [...lines, ...table([["", ...columns.map(words)], ...rows], { right: columns.map((_, c) => c + 1) })];
}

/** The keys that all parts have in common, where these are few and their values are plain. */
function sharedKeys(parts: readonly object[]): string[] | undefined {
  if (parts.length === 0) return undefined;
  const keys = Object.keys(parts[0]);
  const alike = parts.every(
    (part) =>
      Object.keys(part).join() === keys.join() && Object.values(part).every((value) => typeof value !== "object"),
  );
  return alike && keys.length <= mostColumns ? keys : undefined;
}

/** `gradientNormBefore` as "gradient norm before". */
function words(key: string): string {
  const spaced = key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("-", " ")
    .toLowerCase();
  return spaced.replace(/\w+/g, (word) => (initials.has(word) ? word.toUpperCase() : word));
}

function valueText(value: unknown): string {
  if (typeof value !== "number") return String(value);
  return Math.abs(value) >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(4)));
}
