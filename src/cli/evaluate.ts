/** `lethe evaluate DIR --test FILE`: how good a model's rankings are. */

import type { Command } from "commander";
import { type EvaluationReport, evaluate } from "../study/evaluate.ts";
import { openModel } from "../study/model.ts";
import { count, counted, timeText } from "./numbers.ts";
import { path, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { table } from "./table.ts";
import { indent, lineWidth, wrap } from "./text.ts";

interface EvaluateFlags {
  readonly test: string;
  readonly negatives?: string;
  readonly k: number;
  readonly json?: boolean;
}

/** Adds the command. */
export function evaluateCommand(program: Command): void {
  withCommonFlags(
    program
      .command("evaluate")
      .description("rank held-out items: hit rate, NDCG, precision, recall, MRR, AUC")
      .argument("<dir>", "a model folder", path)
      .requiredOption("--test <file>", "held-out interactions", path)
      .option("--negatives <file>", "rank each test item among these alone: lines of (user,item) and negatives", path)
      .option("-k <n>", "the cutoff of the metrics", whole(1, 1_000_000), 10),
  ).action((dir: string, flags: EvaluateFlags) =>
    run(flags, async ({ console }) => {
      const report = await evaluate(await openModel(dir), flags);
      console.result(report, () => text(report));
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
function shown(value: number): string {
  return Number.isNaN(value) ? "none" : value.toFixed(4);
}
