/** What a command talks to, and the one place where text goes there: nothing from outside can speak to the terminal. */

import { printable } from "../report/printable.ts";
import { dressed } from "./style.ts";
import { padded } from "./text.ts";

/** Where text goes. */
export interface Stream {
  write(text: string): unknown;
  /** Whether somebody watches: then there is a progress line, else entries of a log. */
  readonly isTTY?: boolean;
  /** How many characters a line has room for. */
  readonly columns?: number;
}

/** Two streams, and the signal that ends the work. */
export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly signal: AbortSignal;
  /** Milliseconds since some moment, for what is told of progress; default: the clock of the process. */
  readonly now?: () => number;
  /** Printing happens within this: it is one long call, and a reader that does not read makes it endless. */
  readonly whilePrinting?: (print: () => void) => void;
}

/** A line of text, or its cells, which stand between tabs. */
export type Line = string | readonly string[];

const linesPerPiece = 4096;

/** Writes lines: only our own line ends, tabs and styles are obeyed. */
export function writeLines(stream: Stream, lines: Iterable<Line>): void {
  let texts: string[] = [];
  for (const line of lines) {
    texts.push(typeof line === "string" ? shown(line) : line.map(shown).join("\t"));
    if (texts.length < linesPerPiece) continue;
    stream.write(`${texts.join("\n")}\n`);
    texts = [];
  }
  if (texts.length > 0) stream.write(`${texts.join("\n")}\n`);
}

/** Writes a document as one line of JSON; what could speak to a terminal is escaped in its strings. */
export function writeJson(stream: Stream, document: unknown): void {
  stream.write(`${printable(JSON.stringify(document))}\n`);
}

/** Writes a line over the last one, which was `before` columns wide. */
export function redraw(stream: Stream, line: string, before: number): void {
  stream.write(`\r${dressed(padded(printable(line), before))}`);
}

/** Wipes a line that was `before` columns wide. */
export function wipe(stream: Stream, before: number): void {
  redraw(stream, "", before);
  stream.write("\r");
}

function shown(text: string): string {
  // Most texts, of which there may be millions.
  if (/^[ -~]*$/.test(text)) return text;
  return dressed(printable(text));
}
