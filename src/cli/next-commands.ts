/** The commands that do what a comparison recommends, as a shell takes them. */

import { methodNamed } from "../method/method.ts";
import type { CompareReport } from "../study/verbs/compare.ts";
import { unlearners } from "../unlearning/index.ts";

/** Values of flags as they were typed, by field. */
export type TypedFlags = Readonly<Record<string, unknown>>;

const readingFields = ["columns", "format", "separator", "decimal", "l2"];
const idFields = ["users", "items", "interactions", "before", "column"];

/** Commands for the recommended method, on a model of a file after its training; none where nothing is recommended. */
export function nextCommands({ model, recommendation, rows }: CompareReport, typed: TypedFlags): string[] {
  const row = rows.find(({ method }) => method === recommendation.method);
  if (row === undefined) return [];
  const { settings } = methodNamed(unlearners, row.method).entry;
  const set = Object.entries(row.settings).filter(([name, value]) => value !== settings[name]?.standard);
  const ids = flagsOf(typed, idFields);
  const place = shellWord(model.place);
  const isFile = model.trainSeconds !== null;
  const forget = [
    `lethe forget ${isFile ? "model" : place} --method ${row.method}`,
    ...set.map(([name, value]) => `--set ${name}=${value}`),
    ...(ids.length === 0 ? ["--users IDS"] : ids),
    ...(typed.exactly === true ? ["--exactly"] : []),
    ...(typed.allForms === true ? ["--all-forms"] : []),
    ...(typed.ignoreUnknown === true ? ["--ignore-unknown"] : []),
    "--out after",
  ].join(" ");
  if (!isFile) return [forget];
  return [["lethe train", place, ...flagsOf(typed, readingFields), "--out model"].join(" "), forget];
}

function flagsOf(typed: TypedFlags, fields: readonly string[]): string[] {
  return fields.flatMap((name) => (typed[name] === undefined ? [] : [`--${name} ${shellWord(String(typed[name]))}`]));
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
