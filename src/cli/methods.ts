/** `lethe methods`: the catalogues. */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { estimators } from "../influence/index.ts";
import { solvers } from "../linear/index.ts";
import { models } from "../model/index.ts";
import { trainers } from "../training/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { run, withCommonFlags } from "./run.ts";

/** Adds the command. */
export function methodsCommand(program: Command): void {
  withCommonFlags(
    program.command("methods").description("list solvers, models, trainers, estimators, unlearners, audits"),
  ).action((flags: { readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const catalogue = catalogues();
      console.result(catalogue, () =>
        Object.entries(catalogue)
          .map(([kind, entries]) => [kind, ...entries.map((e) => `  ${e.name.padEnd(24)} ${e.summary}`)].join("\n"))
          .join("\n\n"),
      );
      return 0;
    }),
  );
}

function catalogues(): Record<string, { name: string; summary: string }[]> {
  return {
    solvers: [...solvers],
    models: [...models],
    trainers: [...trainers],
    estimators: Object.entries(estimators).map(([name, make]) => ({ name, summary: make().summary })),
    unlearners: Object.entries(unlearners).map(([name, make]) => {
      const { summary, guarantee } = make();
      return { name, guarantee, summary };
    }),
    audits: audits.map(({ name, question }) => ({ name, summary: question })),
  };
}
