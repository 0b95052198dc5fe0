/** `lethe methods`: the catalogues. */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { estimators } from "../influence/index.ts";
import { solvers } from "../linear/index.ts";
import { models } from "../model/index.ts";
import { trainers } from "../training/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

/** Adds the command. */
export function methodsCommand(program: Command): void {
  withCommonFlags(
    program.command("methods").description("list solvers, models, trainers, estimators, unlearners, audits"),
  ).action((flags: { readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const catalogue = catalogues();
      console.result(catalogue, () => text(catalogue));
      return 0;
    }),
  );
}

const nameWidth = 24;

function text(catalogue: Catalogues): string[] {
  return Object.entries(catalogue).flatMap(([kind, entries], k) => [
    ...(k === 0 ? [] : [""]),
    strong(kind),
    ...entries.flatMap(({ name, summary }) =>
      indent(
        wrap(summary, lineWidth - nameWidth - 2).map((line, n) => padded(n === 0 ? name : "", nameWidth) + line),
        2,
      ),
    ),
  ]);
}

type Catalogues = Record<string, { readonly name: string; readonly summary: string }[]>;

function catalogues(): Catalogues {
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
