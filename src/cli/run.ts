/** What every command does around its work: kernels for the asked threads, Ctrl-C, and the exit status. */

import type { Command } from "commander";
import { type RunContext, runContext } from "../kernel/run-context.ts";
import { openKernels } from "../kernel/select.ts";
import { whole } from "./options.ts";
import { type Console, processConsole } from "./output.ts";

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

/** Adds the flags that every command has. */
export function withCommonFlags(command: Command): Command {
  return command
    .option("--json", "print one JSON document on stdout and nothing else there")
    .option("--threads <n>", "threads of the kernels; results have the same bytes for any number", whole(1, 8));
}

/** Runs a command's work; sets the exit status that it returns. Errors are told by `main`. */
export async function run(
  flags: { readonly json?: boolean; readonly threads?: number },
  work: (context: Context) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const kernels = openKernels(flags.threads === undefined ? {} : { threads: flags.threads });
  const console = processConsole(flags.json === true);
  try {
    const context = (label = "") => runContext(kernels, { signal: stop.signal, onProgress: console.progress(label) });
    process.exitCode = await work({ console, run: context });
  } finally {
    console.clear();
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    await kernels.close();
  }
}
