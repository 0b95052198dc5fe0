/** Files that a question writes beside its answer: a report, a table, a figure. */

import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { checkPage, type PageField, writePage } from "../../exchange/foreign/page.ts";
import { leftoversOf } from "../store/leftovers.ts";

/** Files of an answer. A receipt is told of a deed that is done, and is written apart. */
type FileField = Exclude<PageField, "receipt">;

/** Where each file goes; those that were not asked for are undefined. */
export type FilePlaces = { readonly [Field in FileField]?: string | undefined };

/** What each file holds, made when it is written. */
export type FileContents = { readonly [Field in FileField]?: () => string | Promise<string> | AsyncIterable<string> };

/** Where files are, and the paths of old contents that could not be removed. */
export interface WrittenFiles {
  html?: string;
  csv?: string;
  svg?: string;
  leftovers?: string[];
}

/** Places that were looked at. */
export interface CheckedFiles {
  /** Writes those that were asked for, each in one step. Throws as `writePage` does. */
  write(contents: FileContents, options: { readonly signal?: AbortSignal | undefined }): Promise<WrittenFiles>;
}

/** Looks at the places before long work; throws as `checkPage` does. `read` is what the question reads. */
export async function checkFiles(places: FilePlaces, read: readonly string[]): Promise<CheckedFiles> {
  const asked = (Object.keys(places) as FileField[]).filter((field) => places[field] !== undefined);
  const expected = new Map<FileField, Fingerprint>();
  for (const field of asked) {
    const place = places[field] as string;
    const twin = asked.find((other) => other !== field && places[other] === place);
    if (twin !== undefined) throw sharedPlace(field, twin, place);
    expected.set(field, await checkPage(place, read, field));
  }
  return {
    async write(contents, { signal }) {
      const written: WrittenFiles = {};
      const left: string[] = [];
      for (const field of asked) {
        const [place, content] = [places[field] as string, contents[field]];
        if (content === undefined) continue;
        left.push(...(await writePage(place, await content(), { signal, expected: expected.get(field) })));
        left.push(...((await leftoversOf(place)).leftovers ?? []));
        written[field] = place;
      }
      return { ...written, ...(left.length === 0 ? {} : { leftovers: [...new Set(left)].sort() }) };
    },
  };
}

function sharedPlace(field: FileField, twin: FileField, place: string): LetheError {
  return new LetheError(
    "bad-input",
    `\`${field}\` and \`${twin}\` both name ${place}`,
    "name two files: each is written as a whole",
    field,
  );
}
