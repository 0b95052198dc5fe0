/** How commands speak: one JSON document or plain text on stdout, progress and warnings on stderr. */

import { LetheError } from "../errors.ts";
import type { Progress } from "../run.ts";

/** Where a command writes. */
export interface Console {
  readonly json: boolean;
  /** The one document of --json; plain text otherwise comes from `text`. */
  result(document: unknown, text: () => string): void;
  warn(message: string): void;
  /** Draws a progress line on a terminal; nothing elsewhere. */
  progress(label: string): (progress: Progress) => void;
  /** Ends a progress line. */
  clear(): void;
}

/** A console on the process's own streams. */
export function processConsole(json: boolean): Console {
  const drawing = process.stderr.isTTY === true && !json;
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) process.stderr.write(`\r${" ".repeat(drawn)}\r`);
    drawn = 0;
  };
  return {
    json,
    clear,
    result(document, text) {
      clear();
      process.stdout.write(json ? `${JSON.stringify(document)}\n` : `${text()}\n`);
    },
    warn(message) {
      clear();
      process.stderr.write(`lethe: ${message}\n`);
    },
    progress(label) {
      const begun = performance.now();
      let last = 0;
      return (progress) => {
        const now = performance.now();
        if (!drawing || now - last < 80) return;
        last = now;
        const line = progressLine(label, progress, (now - begun) / 1000, (process.stderr.columns ?? 80) - 1);
        process.stderr.write(`\r${line.padEnd(drawn)}`);
        drawn = line.length;
      };
    },
  };
}

/** `label ████░░░ relaxing 3  J 357326.6  ‖∇J‖ 2e-5  4 s left`, cut to the width. */
export function progressLine(label: string, progress: Progress, elapsed: number, width: number): string {
  const { phase, step, fraction, objective, gradientNorm } = progress;
  const cells = 20;
  const full = Math.round(cells * fraction);
  const parts = [`${label} ${"█".repeat(full)}${"░".repeat(cells - full)}  ${phase} ${step}`];
  if (objective !== undefined) parts.push(`J ${objective.toPrecision(7)}`);
  if (gradientNorm !== undefined) parts.push(`‖∇J‖ ${gradientNorm.toExponential(1)}`);
  if (fraction > 0.05) parts.push(`${timeText((elapsed * (1 - fraction)) / fraction)} left`);
  return parts.join("  ").slice(0, width);
}

/** Seconds for people: 0.12 s, 3.4 s, 2 min. */
export function timeText(seconds: number): string {
  if (seconds >= 120) return `${Math.round(seconds / 60)} min`;
  if (seconds >= 10) return `${Math.round(seconds)} s`;
  return `${seconds.toFixed(seconds >= 1 ? 1 : 2)} s`;
}

/** The exit status of an error, after telling it on stderr: one message, one piece of advice, never a stack trace for misuse. */
export function tell(error: unknown): number {
  if (error instanceof LetheError) {
    process.stderr.write(`lethe: ${error.message}\n`);
    if (error.advice !== undefined) process.stderr.write(`       ${error.advice}\n`);
    return error.exitStatus;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`lethe: a defect of Lethe itself, please report it\n${text}\n`);
  return 1;
}
