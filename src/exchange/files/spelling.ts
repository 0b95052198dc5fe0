/** The one spelling of a sealed JSON document: what is read must be, byte for byte, what would be written. */

import { LetheError } from "../../errors.ts";

const longestShown = 60;

/** The text of bytes in UTF-8; throws `bad-model` where they are not, because a stand-in for a broken character is another text. */
export function textOf(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LetheError("bad-model", `${place} is not text in UTF-8`, advice);
  }
}

/** Throws `bad-model`, with the first line that differs, unless a text is spelled as it would be written: duplicate keys show here. */
export function checkSpelling(text: string, expected: string, place: string): void {
  if (text === expected) return;
  const [found, wanted] = [text.split("\n"), expected.split("\n")];
  const line = wanted.findIndex((one, k) => one !== found[k]);
  const at = line < 0 ? wanted.length : line;
  throw new LetheError(
    "bad-model",
    `${place}, line ${at + 1}: found ${shown(found[at])}, expected ${shown(wanted[at])}; the file is not spelled as it was written`,
    advice,
  );
}

const advice = "it was edited: restore the folder from a copy, or train the model again";

function shown(line: string | undefined): string {
  if (line === undefined) return "the end of the file";
  return JSON.stringify(line.length > longestShown ? `${line.slice(0, longestShown)}…` : line);
}
