/** How commands speak: one JSON document or plain text on stdout, progress and warnings on stderr. */

import { LetheError } from "../errors.ts";
import type { Progress } from "../run.ts";
import { withFlagNames } from "./flags.ts";
import { progressEntry, progressLine } from "./progress.ts";
import { resourceRefusal } from "./resources.ts";
import { type Line, redraw, type Terminal, wipe, writeJson, writeLines } from "./terminal.ts";
import { widthOf } from "./text.ts";
import { timeLeft } from "./time-left.ts";

/** Where a command writes. */
export interface Console {
  readonly json: boolean;
  /** The one document of --json; plain text otherwise, line by line. */
  result(document: unknown, text: () => Iterable<Line>): void;
  /** Text ahead of the result; nothing under --json. */
  say(lines: Iterable<Line>): void;
  warn(message: string): void;
  /** Warnings that are also in the document: told in text, and not twice under --json. */
  advise(warnings: readonly string[]): void;
  /** Draws a progress line on a terminal, after `label`; elsewhere, and under --json, long work writes a line now and then. */
  progress(label: string): (progress: Progress) => void;
  /** Ends a progress line. */
  clear(): void;
}

const redrawEvery = 80;
const logEvery = 10_000;

/** A console on a terminal's streams. */
export function consoleOn(terminal: Terminal, json: boolean): Console {
  const { stdout, stderr, whilePrinting = (print) => print(), now = () => performance.now() } = terminal;
  const drawing = stderr.isTTY === true && !json;
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) wipe(stderr, drawn);
    drawn = 0;
  };
  const say = (lines: Iterable<Line>) => {
    clear();
    if (!json) whilePrinting(() => writeLines(stdout, lines));
  };
  const warn = (message: string) => {
    clear();
    writeLines(stderr, [`lethe: ${message}`]);
  };
  return {
    json,
    clear,
    say,
    result(document, text) {
      clear();
      whilePrinting(() => (json ? writeJson(stdout, document) : writeLines(stdout, text())));
    },
    warn,
    advise(warnings) {
      if (!json) for (const warning of warnings) warn(warning);
    },
    progress(label) {
      const leftAt = timeLeft();
      // Work that ends before the first line is due says nothing to a log.
      let last = drawing ? Number.NEGATIVE_INFINITY : now();
      return (progress) => {
        const time = now();
        const left = leftAt(time, progress.fraction);
        if (time - last < (drawing ? redrawEvery : logEvery)) return;
        last = time;
        if (!drawing) return writeLines(stderr, [progressEntry(label, progress, left)]);
        const line = progressLine(label, progress, left, (stderr.columns || 80) - 1);
        redraw(stderr, line, drawn);
        drawn = widthOf(line);
      };
    },
  };
}

/** Warns of what was left beside what a command has put in place. */
export function warnOfLeftovers({ warn }: Console, out: string, leftovers: readonly string[] = []): void {
  for (const path of leftovers)
    warn(`${out} is in place, but ${path} is left, and may hold what was there before: look at it and remove it`);
}

/** Where what was written beside the answer is, a line a file. */
export function writtenLines({ csv, svg, html }: Readonly<Partial<Record<"csv" | "svg" | "html", string>>>): string[] {
  const lines = [
    ...(csv === undefined ? [] : [`all rows are in ${csv}`]),
    ...(svg === undefined ? [] : [`the figure is in ${svg}`]),
    ...(html === undefined ? [] : [`the report is in ${html}`]),
  ];
  return lines.length === 0 ? [] : ["", ...lines];
}

/** How errors are told. */
export interface TellOptions {
  /** Also as one JSON document on stdout. */
  readonly json: boolean;
  /** Whether the command has a flag of this field. */
  isFlag(field: string): boolean;
}

/** The exit status of an error, after telling it on stderr: one message, one piece of advice, never a stack trace for misuse. */
export function tell(thrown: unknown, { json, isFlag }: TellOptions, { stdout, stderr }: Terminal): number {
  const error = resourceRefusal(thrown) ?? thrown;
  const told = error instanceof LetheError ? withFlagNames(error.message, isFlag) : String(error);
  if (json) {
    const { code = "internal", advice, place = null } = error instanceof LetheError ? error : {};
    const document = {
      code,
      message: told,
      advice: advice === undefined ? null : withFlagNames(advice, isFlag),
      place,
    };
    writeJson(stdout, { error: document });
  }
  if (error instanceof LetheError) {
    const advice = error.advice === undefined ? [] : [`       ${withFlagNames(error.advice, isFlag)}`];
    writeLines(stderr, [`lethe: ${told}`, ...advice]);
    return error.exitStatus;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeLines(stderr, ["lethe: a defect of Lethe itself, please report it", ...text.split("\n")]);
  return 1;
}
