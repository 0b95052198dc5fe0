/** A page or a table for people, written as one file: where nothing is, or in the place of a file. */

import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../files/replace.ts";
import { realFolder } from "../files/temporaries.ts";
import { checkPlace, type PlaceOptions, replaceFile, type Sink } from "./sink.ts";

/** Fields of requests that name such a file, each with a name that it might have. */
const examples = { html: "report.html", csv: "table.csv", svg: "figure.svg", receipt: "receipt.json" } as const;

/** A field of a request that names such a file. */
export type PageField = keyof typeof examples;

/**
 * The state of the place of a page, to be expected there until it is written; to be asked before long work. Throws `bad-input` where its folder
 * is missing or takes no files, where a folder or a device is there, or where it is one of `others` (what the page is about) or inside it: these are left as they are. `field` is the
 * field of the request that names it.
 */
export async function checkPage(
  target: string,
  others: readonly string[],
  field: PageField = "html",
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
  await refuseWithoutFolder(dirname(path), dirname(target), field);
  return checkPlace(target);
}

/** Throws where the folder of a page cannot take it: not after hours of work. */
async function refuseWithoutFolder(folder: string, shown: string, field: PageField): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  const wrong = (why: string, advice: string) => new LetheError("bad-input", `\`${field}\`: ${why}`, advice, field);
  if (found === undefined)
    throw wrong(`there is no folder ${shown}`, "make it, or name a file in a folder that is there");
  if (!found.isDirectory()) throw wrong(`${shown} is no folder`, "name a file in a folder");
  await access(folder, constants.W_OK | constants.X_OK).catch(() => {
    throw wrong(`the folder ${shown} takes no new file`, "change its permissions, or name a file in another folder");
  });
}

const encoder = new TextEncoder();
const blockLength = 2 ** 18;

/** Writes a page in one step, whole or piece by piece. Throws as `replaceFile` does; returns the paths of old contents that could not be removed. */
export async function writePage(
  target: string,
  page: string | AsyncIterable<string>,
  options: PlaceOptions,
): Promise<string[]> {
  const write = async (sink: Sink) => {
    let text = "";
    for await (const piece of typeof page === "string" ? [page] : page) {
      text += piece;
      if (text.length < blockLength) continue;
      await sink.write(encoder.encode(text));
      text = "";
    }
    await sink.write(encoder.encode(text));
  };
  const isFile = (path: string) => stat(path).then((found) => found.isFile());
  return replaceFile(resolve(target), write, isFile, options);
}

function refused(field: PageField, target: string, why: string): LetheError {
  return new LetheError(
    "bad-input",
    `\`${field}\`: ${target} ${why}: ${field === "html" ? "no page" : "nothing"} is written there`,
    `name a file, such as ${examples[field]}, where nothing is or where an older one may go`,
    field,
  );
}
