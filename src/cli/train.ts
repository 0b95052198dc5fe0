/** `lethe train FILE --out DIR`: from ratings to a model folder. */

import { type Command, Option } from "commander";
import type { Duplicates } from "../data/reading.ts";
import type { Mean, Regularizer } from "../objective/factorization.ts";
import { type TrainReport, trainFile } from "../study/train.ts";
import { counted, rough, timeText } from "./numbers.ts";
import { meanOption, path, positive, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";

interface TrainFlags {
  readonly out: string;
  readonly factors: number;
  readonly l2: number;
  readonly l2Bias: number;
  readonly biases: "both" | "none";
  readonly mean: Mean;
  readonly regularizer: Regularizer;
  readonly seed: number;
  readonly tolerance: number;
  readonly columns?: string;
  readonly duplicates: Duplicates;
  readonly items?: string;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function trainCommand(program: Command): void {
  withCommonFlags(
    program
      .command("train")
      .description("train a model on a file of ratings")
      .argument("<file>", "ratings: .dat, .csv, .tsv or .inter, each also .gz", path)
      .requiredOption("--out <dir>", "model folder to write; a model that is there is replaced in one step", path)
      .addOption(new Option("--model <name>", "the model").choices(["mf"]).default("mf"))
      .option("--factors <n>", "length of the embeddings", whole(1, 1024), 8)
      .option("--l2 <x>", "λ: L2 of the embeddings, beside a sum of squared errors", positive(1e12), 15)
      .option("--l2-bias <x>", "λ_b: L2 of the biases", positive(1e12), 5)
      .addOption(new Option("--biases <which>", "user and item biases").choices(["both", "none"]).default("both"))
      .addOption(
        new Option("--mean <x>", 'the mean: "learned", or a number to fix it at')
          .argParser(meanOption)
          .default({ kind: "learned" } satisfies Mean, '"learned"'),
      )
      .addOption(
        new Option("--regularizer <kind>", "table: L2 stays when rows go; interaction: every row carries its own")
          .choices(["table", "interaction"])
          .default("table"),
      )
      .option("--seed <n>", "where the factors start", whole(0), 1)
      .option("--tolerance <x>", "‖∇J‖ at which training is converged", positive(), 1e-8)
      .option("--columns <list>", "user,item,rating[,time]: names or positions (from 0) of the columns")
      .addOption(
        new Option("--duplicates <policy>", "rows of the same user and item: each counts, the last counts, or refuse")
          .choices(["keep", "last", "error"])
          .default("keep"),
      )
      .option("--items <file>", "titles and genres of the items", path),
  ).action((file: string, flags: TrainFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const report = await trainFile(
        file,
        flags.out,
        {
          factors: flags.factors,
          biases: flags.biases === "both",
          mean: flags.mean,
          l2: flags.l2,
          l2Bias: flags.l2Bias,
          regularizer: flags.regularizer,
        },
        {
          seed: flags.seed,
          tolerance: flags.tolerance,
          kernels,
          signal,
          onProgress: console.progress("train "),
          reading: { columns: flags.columns, duplicates: flags.duplicates, itemsFile: flags.items },
        },
      );
      if (report.duplicates > 0 && flags.duplicates === "keep")
        console.warn(
          `${counted(report.duplicates, "row")} with a user and item that came before; each counts (--duplicates last keeps one)`,
        );
      console.result(report, () => text(report));
      return report.status === "converged" ? 0 : 1;
    }),
  );
}

function text(report: TrainReport): string[] {
  const { users, items, interactions, status, gradientNorm, tolerance, seconds, objective, out } = report;
  const end =
    status === "converged"
      ? `${good("converged")}: ‖∇J‖ ${rough(gradientNorm)} in ${timeText(seconds)};  J ${objective.toPrecision(10)}`
      : `${bad("NOT converged")} (${status}): ‖∇J‖ ${rough(gradientNorm)} is above ${rough(tolerance)} after ${timeText(seconds)}`;
  return [
    `${counted(interactions, "rating")}, ${counted(users, "user")}, ${counted(items, "item")}`,
    end,
    `model in ${out}${status === "converged" ? "" : ", marked as not converged"}`,
  ];
}
