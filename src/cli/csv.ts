/** `--csv FILE`, and `--csv -` for stdout, of commands that answer about many at once. */

import { LetheError } from "../errors.ts";
import type { Spelling } from "./flags.ts";
import { path } from "./options.ts";

/** How the field `csv` is written. */
export const csvSpelling: Spelling = {
  flag: "--csv <file>",
  summary: "a file for all rows, as CSV, replaced in one step where it is there; - for stdout",
  parse: path,
};

/** The file that is asked for, and whether the table goes to stdout instead. Throws `bad-input` where the document of --json is there already. */
export function csvPlace(csv: unknown, json: boolean | undefined) {
  if (csv !== "-") return { csv, toStdout: false };
  if (json)
    throw new LetheError("bad-input", "--csv - and --json both write to stdout", "name a file, or leave out --json");
  return { csv: undefined, toStdout: true };
}
