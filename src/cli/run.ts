/** What every command does around its work: kernels for the asked threads, a console, and the exit status. */

import { type Command, Option } from "commander";
import { type RunContext, runContext } from "../kernel/run-context.ts";
import { openKernels } from "../kernel/select.ts";
import { configFlag, configSummary } from "./config.ts";
import { fieldsOf } from "./flags.ts";
import { whole } from "./options.ts";
import { type Console, consoleOn } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** What a command's work gets. */
export interface Context {
  readonly console: Console;
  /** What verbs run with; progress goes to the console under the label. */
  run(label?: string): RunContext;
}

/** The flags that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly threads?: number;
  readonly [field: string]: unknown;
}

const common = "Of every command:";

/** Adds the flags that every command has. */
export function withCommonFlags(command: Command): Command {
  const add = (flags: string, summary: string) => new Option(flags, summary).helpGroup(common);
  command
    .addOption(add("--json", "print one JSON document on stdout and nothing else there"))
    .addOption(
      add("--threads <n>", "threads of the kernels; results have the same bytes for any number").argParser(whole(1, 8)),
    );
  if (fieldsOf(command) !== undefined) command.addOption(add(`${configFlag} <file>`, configSummary));
  return command.addHelpOption(add("-h, --help", "display help for command"));
}

/** Runs a command's work with kernels for the asked threads. Errors are told by whoever called the program. */
export type Run = (
  flags: { readonly json?: boolean; readonly threads?: number },
  work: (context: Context) => Promise<number>,
) => Promise<void>;

/** Runs work on a terminal, keeps the exit status that it returns, and can end the progress line of work that goes on. */
export function runOn(terminal: Terminal): { readonly run: Run; status(): number; clear(): void } {
  let status = 0;
  let clear = () => {};
  const run: Run = async ({ json = false, threads }, work) => {
    const console = consoleOn(terminal, json);
    clear = console.clear;
    const kernels = openKernels({ threads, onNote: console.warn });
    const context = (label = "") =>
      runContext(kernels, { signal: terminal.signal, onProgress: console.progress(label) });
    try {
      status = await work({ console, run: context });
    } finally {
      console.clear();
      await kernels.close();
    }
  };
  return { run, status: () => status, clear: () => clear() };
}
