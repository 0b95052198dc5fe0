/** A page for people, written as one file: where nothing is, or in the place of a file. */

import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../files/replace.ts";
import { realFolder } from "../files/temporaries.ts";
import { checkPlace, type PlaceOptions, replaceFile } from "./sink.ts";

/**
 * The state of the place of a page, to be expected there until it is written; to be asked before long work. Throws `bad-input` where a folder
 * or a device is there, or where it is one of `others` (what the page is about) or inside it: these are left as they are.
 */
export async function checkPage(target: string, others: readonly string[]): Promise<Fingerprint> {
  const path = await realFolder(target);
  for (const other of others) {
    const taken = await realFolder(other);
    if (path === taken || path.startsWith(`${taken}${sep}`))
      throw refusedPage(target, path === taken ? "is read here" : `is inside ${other}, which is read here`);
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw refusedPage(target, "is a folder");
  if (found !== undefined && !found.isFile()) throw refusedPage(target, "is no file");
  return checkPlace(target);
}

/** Writes a page in one step. Throws as `replaceFile` does; returns the paths of old contents that could not be removed. */
export async function writePage(target: string, page: string, options: PlaceOptions): Promise<string[]> {
  const bytes = new TextEncoder().encode(page);
  const isFile = (path: string) => stat(path).then((found) => found.isFile());
  return replaceFile(resolve(target), (sink) => sink.write(bytes), isFile, options);
}

function refusedPage(target: string, why: string): LetheError {
  return new LetheError(
    "bad-input",
    `\`html\`: ${target} ${why}: no page is written there`,
    "name a file, such as audit.html, where nothing is or where an older page may go",
    "html",
  );
}
