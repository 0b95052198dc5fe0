/** A page or a table for people, written as one file: where nothing is, or in the place of a file. */

import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../files/replace.ts";
import { realFolder } from "../files/temporaries.ts";
import { checkPlace, type PlaceOptions, replaceFile } from "./sink.ts";

/**
 * The state of the place of a page, to be expected there until it is written; to be asked before long work. Throws `bad-input` where a folder
 * or a device is there, or where it is one of `others` (what the page is about) or inside it: these are left as they are. `field` is the
 * field of the request that names it.
 */
export async function checkPage(
  target: string,
  others: readonly string[],
  field: "html" | "csv" = "html",
): Promise<Fingerprint> {
  const refusedPage = (why: string) => refused(field, target, why);
  const path = await realFolder(target);
  for (const other of others) {
    const taken = await realFolder(other);
    if (path === taken || path.startsWith(`${taken}${sep}`))
      throw refusedPage(path === taken ? "is read here" : `is inside ${other}, which is read here`);
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw refusedPage("is a folder");
  if (found !== undefined && !found.isFile()) throw refusedPage("is no file");
  return checkPlace(target);
}

/** Writes a page in one step. Throws as `replaceFile` does; returns the paths of old contents that could not be removed. */
export async function writePage(target: string, page: string, options: PlaceOptions): Promise<string[]> {
  const bytes = new TextEncoder().encode(page);
  const isFile = (path: string) => stat(path).then((found) => found.isFile());
  return replaceFile(resolve(target), (sink) => sink.write(bytes), isFile, options);
}

function refused(field: "html" | "csv", target: string, why: string): LetheError {
  return new LetheError(
    "bad-input",
    `\`${field}\`: ${target} ${why}: ${field === "html" ? "no page" : "nothing"} is written there`,
    `name a file, such as ${field === "html" ? "audit.html" : "values.csv"}, where nothing is or where an older one may go`,
    field,
  );
}
