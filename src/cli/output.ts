/** How commands speak: one JSON document or plain text on stdout, progress and warnings on stderr. */

import { LetheError } from "../errors.ts";
import type { Progress } from "../run.ts";
import { withFlagNames } from "./flags.ts";
import { progressLine } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { padded, widthOf } from "./text.ts";

/** Where a command writes. */
export interface Console {
  readonly json: boolean;
  /** The one document of --json; plain text otherwise, line by line. */
  result(document: unknown, text: () => readonly string[]): void;
  /** Text ahead of the result; nothing under --json. */
  say(lines: readonly string[]): void;
  warn(message: string): void;
  /** Warnings that are also in the document: told in text, and not twice under --json. */
  advise(warnings: readonly string[]): void;
  /** Draws a progress line on a terminal, after `label`; nothing elsewhere. */
  progress(label: string): (progress: Progress) => void;
  /** Ends a progress line. */
  clear(): void;
}

const redrawEvery = 80;

/** A console on a terminal's streams. */
export function consoleOn({ stdout, stderr }: Terminal, json: boolean): Console {
  const drawing = stderr.isTTY === true && !json;
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) stderr.write(`\r${" ".repeat(drawn)}\r`);
    drawn = 0;
  };
  const say = (lines: readonly string[]) => {
    clear();
    if (!json) stdout.write(`${lines.join("\n")}\n`);
  };
  const warn = (message: string) => {
    clear();
    stderr.write(`lethe: ${oneLine(message)}\n`);
  };
  return {
    json,
    clear,
    say,
    result(document, text) {
      clear();
      if (json) stdout.write(`${JSON.stringify(document)}\n`);
      else say(text());
    },
    warn,
    advise(warnings) {
      if (!json) for (const warning of warnings) warn(warning);
    },
    progress(label) {
      if (!drawing) return () => {};
      let begun: { readonly time: number; readonly fraction: number } | undefined;
      let last = Number.NEGATIVE_INFINITY;
      return (progress) => {
        const now = performance.now();
        begun ??= { time: now, fraction: progress.fraction };
        if (now - last < redrawEvery) return;
        last = now;
        const done = progress.fraction - begun.fraction;
        const left = done > 0.02 ? ((now - begun.time) / 1000 / done) * (1 - progress.fraction) : undefined;
        const line = progressLine(label, progress, left, (stderr.columns || 80) - 1);
        stderr.write(`\r${padded(line, drawn)}`);
        drawn = widthOf(line);
      };
    },
  };
}

/** How errors are told. */
export interface TellOptions {
  /** Also as one JSON document on stdout. */
  readonly json: boolean;
  /** Whether the command has a flag of this field. */
  isFlag(field: string): boolean;
}

/** The exit status of an error, after telling it on stderr: one message, one piece of advice, never a stack trace for misuse. */
export function tell(error: unknown, { json, isFlag }: TellOptions, { stdout, stderr }: Terminal): number {
  const told = error instanceof LetheError ? withFlagNames(error.message, isFlag) : String(error);
  if (json) {
    const { code = "internal", advice, place = null } = error instanceof LetheError ? error : {};
    const document = {
      code,
      message: told,
      advice: advice === undefined ? null : withFlagNames(advice, isFlag),
      place,
    };
    stdout.write(`${JSON.stringify({ error: document })}\n`);
  }
  if (error instanceof LetheError) {
    stderr.write(`lethe: ${oneLine(told)}\n`);
    if (error.advice !== undefined) stderr.write(`       ${oneLine(withFlagNames(error.advice, isFlag))}\n`);
    return error.exitStatus;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`lethe: a defect of Lethe itself, please report it\n${text}\n`);
  return 1;
}

/** A message may hold what was typed or read: nothing in it may break the line or speak to the terminal. */
function oneLine(message: string): string {
  return message.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
