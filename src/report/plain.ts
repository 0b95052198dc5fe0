/** Any finding as parts: numbers under their names, and a table where several things have the same numbers. */

import type { Cell, Numbers, Part, TablePart } from "./part.ts";

const initials = new Set(["rms", "rmse", "mae", "auc", "id", "ids"]);
const mostColumns = 5;

/** The parts of a finding that is plain data, named as its keys are. Entries that are null are left out. */
export function plainParts(finding: unknown, title = ""): Part[] {
  if (finding === null || finding === undefined) return [];
  if (typeof finding !== "object") return [numbersOf(title, [["", finding]])];
  const entries = Object.entries(finding).filter(([, value]) => value !== null && value !== undefined);
  const facts = entries.filter(([, value]) => typeof value !== "object");
  const inner = entries.filter((entry): entry is [string, object] => typeof entry[1] === "object");
  const first = facts.length === 0 ? [] : [numbersOf(title, facts)];
  const columns = sharedKeys(inner.map(([, part]) => part));
  if (columns !== undefined) return [...first, tableOf(facts.length === 0 ? title : "", columns, inner)];
  const below = (key: string) => (title === "" ? words(key) : `${title}, ${words(key)}`);
  return [...first, ...inner.flatMap(([key, part]) => plainParts(part, below(key)))];
}

function numbersOf(title: string, facts: readonly (readonly [string, unknown])[]): Numbers {
  return { kind: "numbers", title, entries: facts.map(([key, value]) => ({ label: words(key), value: plain(value) })) };
}

function tableOf(title: string, columns: readonly string[], rows: readonly (readonly [string, object])[]): TablePart {
  return {
    kind: "table",
    title,
    header: ["", ...columns.map(words)],
    rows: rows.map(([key, part]) => [words(key), ...Object.values(part).map((value): Cell => plain(value ?? ""))]),
  };
}

/** The keys that all parts have in common, where these are few and their values are plain. */
function sharedKeys(parts: readonly object[]): string[] | undefined {
  if (parts.length === 0) return undefined;
  const keys = Object.keys(parts[0]);
  const alike = parts.every(
    (part) =>
      Object.keys(part).join() === keys.join() && Object.values(part).every((value) => typeof value !== "object"),
  );
  return alike && keys.length > 0 && keys.length <= mostColumns ? keys : undefined;
}

/** `gradientNormBefore` as "gradient norm before". */
function words(key: string): string {
  const spaced = key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("-", " ")
    .toLowerCase();
  return spaced.replace(/\w+/g, (word) => (initials.has(word) ? word.toUpperCase() : word));
}

function plain(value: unknown): string | number {
  return typeof value === "number" ? value : String(value);
}
