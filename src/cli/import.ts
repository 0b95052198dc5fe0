/** `lethe import PATH --interactions FILE --out DIR`: a factor model from another system, measured against its objective. */

import { type Command, Option } from "commander";
import { type FileFormat, readIdList } from "../data/reading.ts";
import { foreignFormats } from "../exchange/foreign/index.ts";
import type { Regularizer } from "../objective/factorization.ts";
import { type ImportReport, importModel } from "../study/import.ts";
import { counted, rough } from "./numbers.ts";
import { atLeast, path, positive } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";
import { indent, lineWidth, wrap } from "./text.ts";

interface ImportFlags {
  readonly interactions: string;
  readonly out: string;
  readonly from?: string;
  readonly loss?: "ials" | "mf";
  readonly l2?: number;
  readonly l2Bias?: number;
  readonly regularizer?: Regularizer;
  readonly alpha?: number;
  readonly confidenceBase?: number;
  readonly userIds?: string;
  readonly itemIds?: string;
  readonly columns?: string;
  readonly format?: FileFormat;
  readonly items?: string;
  readonly polish?: boolean;
  readonly tolerance: number;
  readonly json?: boolean;
}

/** Adds the command. */
export function importCommand(program: Command): void {
  withCommonFlags(
    program
      .command("import")
      .description("import factors trained elsewhere, and measure how near to an optimum they are")
      .argument("<path>", "the file or folder of the factors", path)
      .requiredOption("--interactions <file>", "the interactions that they were trained on", path)
      .requiredOption("--out <dir>", "model folder to write; a model that is there is replaced in one step", path)
      .addOption(
        new Option("--from <format>", "the format, where the bytes do not tell").choices(
          foreignFormats.map(({ name }) => name),
        ),
      )
      .addOption(
        new Option(
          "--loss <kind>",
          "ials: implicit feedback; mf: squared loss on ratings (default: what the format says)",
        ).choices(["ials", "mf"]),
      )
      .option("--l2 <x>", "λ beside a sum of ½·squared errors (default: what the file states)", positive(1e12))
      .option("--l2-bias <x>", "L2 of the biases, where there are any (default: λ)", positive(1e12))
      .addOption(
        new Option("--regularizer <kind>", "table, or interaction as Spark (default: what the format does)").choices([
          "table",
          "interaction",
        ]),
      )
      .option("--alpha <x>", "ials: confidence base + alpha·r (default: what the file states, else 1)", positive(1e12))
      .option("--confidence-base <x>", "ials: that base (default: 0 for npz, else 1)", atLeast(0))
      .option("--user-ids <ids>", "outside ids in the order of rows: @FILE with one a line")
      .option("--item-ids <ids>", "outside ids in the order of rows: @FILE with one a line")
      .option("--columns <list>", "of the interactions: user,item,rating[,time]")
      .addOption(
        new Option("--format <kind>", "of the interactions, where their bytes do not tell").choices([
          "table",
          "lists",
          "parquet",
        ]),
      )
      .option("--items <file>", "titles and genres of the items", path)
      .option("--polish", "minimise the stated objective from the imported factors, and store the optimum")
      .option("--tolerance <x>", "‖∇J‖ at which a model counts as converged", positive(), 1e-8),
  ).action((from: string, flags: ImportFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const { columns, format, items: itemsFile } = flags;
      const report = await importModel(
        {
          ...flags,
          path: from,
          format: flags.from,
          userIds: flags.userIds === undefined ? undefined : await readIdList(flags.userIds),
          itemIds: flags.itemIds === undefined ? undefined : await readIdList(flags.itemIds),
          reading: { columns, format, itemsFile },
          kernels,
          signal,
          onProgress: console.progress("polish "),
        },
        flags.out,
      );
      console.result(report, () => text(report));
      return flags.polish === true && report.status !== "converged" ? 1 : 0;
    }),
  );
}

function text(report: ImportReport): string[] {
  const { shortfall, confidence, withoutData } = report;
  const kind = confidence
    ? `implicit feedback, confidence ${confidence.base} + ${confidence.alpha}·r`
    : "squared loss on ratings";
  const measured = `as it came: ‖∇J‖ ${rough(shortfall.gradientNorm)}, ${rough(shortfall.relativeGradient)} of the L2's pull; J about ${rough(shortfall.objectiveExcess)} above the optimum nearby; scores would move by about ${rough(shortfall.scoreShift)}`;
  const empty = withoutData.users + withoutData.items;
  return [
    ...wrap(
      `${report.format}: ${counted(report.users, "user")}, ${counted(report.items, "item")}, ${counted(report.factors, "factor")} in ${report.precision}; ${counted(report.interactions, "interaction")}`,
      lineWidth,
    ),
    `${kind}; ${report.regularizer} L2 λ ${report.l2}`,
    ...(empty > 0 ? [`left out: ${counted(empty, "row")} without an interaction`] : []),
    ...wrap(measured, lineWidth),
    ...indent(wrap(report.meaning, lineWidth - 2), 2).map(report.status === "converged" ? good : bad),
    `model in ${report.out}`,
  ];
}
