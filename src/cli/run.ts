/** What every command does around its work: kernels for the asked threads, Ctrl-C, and the exit status. */

import type { Command } from "commander";
import { useKernels, useMatrices, useTriples } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import { wasmMatrices } from "../kernel/matrices/wasm.ts";
import { selectKernels } from "../kernel/select.ts";
import { wasmTriples } from "../kernel/triples/wasm.ts";
import { whole } from "./options.ts";
import { type Console, processConsole } from "./output.ts";

/** What a command's work gets. */
export interface Context {
  readonly console: Console;
  readonly kernels: FactorKernels;
  readonly signal: AbortSignal;
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
  const kernels = selectKernels(flags.threads === undefined ? {} : { threads: flags.threads });
  useKernels(kernels);
  const closeOthers = flags.threads === undefined ? undefined : shareAmong(flags.threads);
  const console = processConsole(flags.json === true);
  try {
    process.exitCode = await work({ console, kernels, signal: stop.signal });
  } finally {
    console.clear();
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    await kernels.close();
    await closeOthers?.();
  }
}

/** Makes matrix products and triples use so many threads, too; returns what ends these. */
function shareAmong(threads: number): () => Promise<void> {
  const matrices = wasmMatrices({ threads });
  const triples = wasmTriples({ threads });
  useMatrices(matrices);
  useTriples(triples);
  return async () => {
    await matrices.close();
    await triples.close();
  };
}
