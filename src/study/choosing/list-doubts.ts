/** Lists of ids that could be read in two ways: which one is right only the ids of the model can tell. */

import { LetheError } from "../../errors.ts";
import type { Side } from "./requested-side.ts";

/** What was doubtful when a list was read. */
export interface ListDoubt {
  /** A word that was taken for a header. */
  readonly header?: string | undefined;
  /** The lines were taken as ids; what to do where they are rows of a table. */
  readonly table?: string | undefined;
}

/** Throws `bad-input` where the header may be an id, or where lines that may be rows of a table are no ids. */
export function refuseDoubtful(
  what: "user" | "item",
  { header, table }: ListDoubt = {},
  side: Side,
  unknown: readonly string[],
): void {
  const found = header === undefined ? [] : side.forms(header);
  if (header !== undefined && found.length > 0) throw headerOrId(what, header, side.told(found));
  if (table !== undefined && unknown.length > 0) throw tableOrIds(what, unknown, table);
}

function headerOrId(what: string, word: string, told: readonly string[]): LetheError {
  return new LetheError(
    "bad-input",
    `the list of ${what}s begins with ${JSON.stringify(word)}, which was taken for a header, and the model has the ${what} ${told.join(", ")}; nothing was forgotten`,
    `if it is a header, name it: \`column\` ${JSON.stringify(word)}; if it is an id, write a header above it, such as ${what}_id`,
  );
}

function tableOrIds(what: string, unknown: readonly string[], advice: string): LetheError {
  const lines = `${unknown.length} of its lines ${unknown.length === 1 ? "is no" : "are no"} ${what}${unknown.length === 1 ? "" : "s"}`;
  const some = unknown.slice(0, 3).map((line) => JSON.stringify(line));
  return new LetheError(
    "bad-input",
    `the list of ${what}s may be a table without a header: ${lines} of the model: ${some.join(", ")}${unknown.length > 3 ? ", …" : ""}; nothing was forgotten`,
    advice,
  );
}
