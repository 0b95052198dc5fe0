/** `lethe export DIR --out model.npz`: a model's factors in the format of the system that serves them. */

import type { Command } from "commander";
import type { ExportReport } from "../study/cases/export.ts";
import { exportFactors, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { counted } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function exportCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("export")
        .description(exportFactors.summary)
        .argument("<dir>", argumentSummary(exportFactors as Verb, "folder"), path),
      exportFactors as Verb,
      ["folder"],
      { out: { flag: "--out <path>" } },
    ),
  ).action((folder: string, { json, threads, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const report = await exportFactors.run(exportFactors.parse({ folder, ...fields }), context(), folderStore);
      warnOfLeftovers(console, report.path, report.leftovers);
      console.result(report, () => text(report));
      return 0;
    }),
  );
}

function text({
  format,
  path: to,
  factors,
  users,
  items,
  biases,
  mean,
  emptyRows,
  notes = [],
}: ExportReport): string[] {
  const more = `${biases ? ", biases" : ""}${mean === 0 ? "" : `, mean ${mean.toPrecision(6)}`}`;
  return [
    `${counted(users, "user")} and ${counted(items, "item")} with ${counted(factors, "factor")}${more}`,
    ...(emptyRows ? wrap(emptyText(emptyRows), lineWidth) : []),
    ...notes.flatMap((note) => wrap(note, lineWidth)),
    `${format} in ${to}`,
  ];
}

function emptyText({ users, items }: NonNullable<ExportReport["emptyRows"]>): string {
  const sides = [users > 0 ? counted(users, "user row") : "", items > 0 ? counted(items, "item row") : ""];
  return `zeros in ${sides.filter((side) => side !== "").join(" and ")} without data, so that row k is still id k`;
}
