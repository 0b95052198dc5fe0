/** `lethe evaluate DIR --test FILE`: how good a model's rankings are. */

import type { Command } from "commander";
import type { EvaluationReport } from "../study/cases/evaluate.ts";
import { evaluate, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, heldOutSpellings, withFlags } from "./flags.ts";
import { count, counted, timeText } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { table } from "./table.ts";
import { indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function evaluateCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("evaluate")
        .description(evaluate.summary)
        .argument("<dir>", argumentSummary(evaluate as Verb, "folder"), path),
      evaluate as Verb,
      ["folder"],
      {
        ...heldOutSpellings,
        ...{ negatives: { flag: "--negatives <file>" }, k: { flag: "-k <n>" } },
      },
    ),
  ).action((folder: string, { json, threads, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const report = await evaluate.run(evaluate.parse({ folder, ...fields }), context(), folderStore);
      console.result(report, () => text(report as unknown as EvaluationReport));
      return 0;
    }),
  );
}

function text({ protocol, k, rows, users, metrics, rmse, dropped, seconds }: EvaluationReport): string[] {
  const what = protocol === "full" ? "among all items that the user does not have" : "among the negatives of the file";
  const cells = Object.entries(metrics).map(([name, value]) => [
    name === "auc" ? "AUC" : `${name.toUpperCase()}@${k}`,
    shown(value),
  ]);
  if (rmse !== null) cells.push(["RMSE", shown(rmse)]);
  const left = Object.entries(dropped).filter(([, n]) => n > 0);
  return [
    ...wrap(
      `${counted(rows, "test row")} of ${counted(users, "user")}, ranked ${what} in ${timeText(seconds)}`,
      lineWidth,
    ),
    ...indent(table(cells, { right: [1] }), 2),
    ...left.map(([name, n]) => `left out: ${count(n)} ${name.replace(/([A-Z])/g, " $1").toLowerCase()}`),
  ];
}

/** A mean over nothing is none. */
function shown(value: number | null): string {
  return value === null ? "none" : value.toFixed(4);
}
