/** `lethe train FILE --out DIR`: from interactions to a model folder. */

import { type Command, Option } from "commander";
import type { Duplicates, FileFormat } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import type { TrainPlan } from "../study/plan.ts";
import { type TrainReport, trainFile } from "../study/train.ts";
import { counted, rough, timeText } from "./numbers.ts";
import { path, positive, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";
import { lineWidth, wrap } from "./text.ts";
import { type PlanFlags, planOf, withPlanFlags } from "./train-flags.ts";

interface TrainFlags extends PlanFlags {
  readonly out: string;
  readonly tolerance: number;
  readonly columns?: string;
  readonly format?: FileFormat;
  readonly duplicates?: Duplicates;
  readonly items?: string;
  readonly checkpoint?: string;
  readonly batchLog?: string;
  readonly batchLogEvery?: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function trainCommand(program: Command): void {
  withCommonFlags(
    withPlanFlags(
      program
        .command("train")
        .description("train a model on a file of interactions")
        .argument(
          "<file>",
          "interactions: .dat, .csv, .tsv, .inter, lines of user item item …, .parquet; text also .gz",
          path,
        )
        .requiredOption("--out <dir>", "model folder to write; a model that is there is replaced in one step", path),
    )
      .option("--seed <n>", "where the parameters start, and what is drawn", whole(0), 1)
      .option("--tolerance <x>", "‖∇J‖ at which training is converged", positive(), 1e-8)
      .option("--columns <list>", "user,item,rating[,time]: names or positions (from 0) of the columns")
      .addOption(
        new Option("--format <kind>", "what the file is, where its bytes do not tell").choices([
          "table",
          "lists",
          "parquet",
        ]),
      )
      .addOption(
        new Option(
          "--duplicates <policy>",
          "rows of the same user and item: each counts, the last, their sum, or refuse (default: keep; ials: sum)",
        ).choices(["keep", "last", "sum", "error"]),
      )
      .option("--items <file>", "titles and genres of the items", path)
      .option("--checkpoint <dir>", "keep where training stands after every epoch, and go on from there", path)
      .option("--batch-log <file>", "new file for a line of JSON about every step, parameters beside it", path)
      .option(
        "--batch-log-every <n>",
        "keep the parameters before every n-th step (default: the first of each epoch)",
        whole(1),
      ),
  ).action((file: string, flags: TrainFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const duplicates = flags.duplicates ?? (flags.model === "ials" ? "sum" : "keep");
      const plan = planOf(flags);
      checkCourseFlags(flags, plan);
      const report = await trainFile(file, flags.out, plan, {
        seed: flags.seed,
        tolerance: flags.tolerance,
        kernels,
        signal,
        onProgress: console.progress("train "),
        ...{ checkpoint: flags.checkpoint, batchLog: flags.batchLog, batchLogEvery: flags.batchLogEvery },
        onResume: (epochs) =>
          console.warn(`goes on after ${counted(epochs, "epoch")}, from the checkpoint in ${flags.checkpoint}`),
        reading: { columns: flags.columns, format: flags.format, duplicates, itemsFile: flags.items },
      });
      if (report.duplicates > 0 && duplicates === "keep")
        console.warn(
          `${counted(report.duplicates, "row")} with a user and item that came before; each counts (--duplicates last keeps one)`,
        );
      if (report.breakdown !== undefined) console.warn(report.breakdown);
      // A model that is to reach an optimum fails when it does not; batches alone are not expected to.
      const toOptimum = report.epochs === undefined || flags.polish === true || flags.optimizer === "newton";
      console.result(report, () => text(report, toOptimum));
      return report.status === "converged" || (report.status === "step-limit" && !toOptimum) ? 0 : 1;
    }),
  );
}

function checkCourseFlags({ checkpoint, batchLog, batchLogEvery, refit }: TrainFlags, { kind }: TrainPlan): void {
  const refuse = (why: string, advice: string) => {
    throw new LetheError("bad-input", why, advice);
  };
  const given = Object.entries({
    "--checkpoint": checkpoint,
    "--batch-log": batchLog,
    "--batch-log-every": batchLogEvery,
  });
  const flag = given.find(([, value]) => value !== undefined)?.[0];
  if (flag !== undefined && kind !== "scored")
    refuse(
      `${flag} is for models that are trained by batches; mf with squared loss and ials are minimised to their optimum`,
      `leave ${flag} out, or choose another --model or --loss`,
    );
  if (batchLogEvery !== undefined && batchLog === undefined)
    refuse("--batch-log-every says how to keep a --batch-log", "give --batch-log FILE, or leave --batch-log-every out");
  if (batchLog !== undefined && refit === true)
    refuse(
      "--batch-log is of one training, and --refit makes two",
      "choose the epochs with --validation first; then --epochs with so many, on all rows, ends with the same bytes",
    );
}

function text(report: TrainReport, toOptimum: boolean): string[] {
  const { users, items, interactions, status, gradientNorm, tolerance, seconds, objective, out } = report;
  const course = report.epochs && epochLines(report.epochs);
  const end =
    status === "converged"
      ? `${good("converged")}: ‖∇J‖ ${rough(gradientNorm)} in ${timeText(seconds)};  J ${objective.toPrecision(10)}`
      : status === "step-limit" && !toOptimum
        ? `trained in ${timeText(seconds)};  J ${objective.toPrecision(10)}, ‖∇J‖ ${rough(gradientNorm)}: no optimum, which batches do not reach (--polish does)`
        : `${bad("NOT converged")} (${status}): ‖∇J‖ ${rough(gradientNorm)} is above ${rough(tolerance)} after ${timeText(seconds)}`;
  return [
    `${counted(interactions, "rating")}, ${counted(users, "user")}, ${counted(items, "item")}`,
    ...(course ?? []),
    ...wrap(end, lineWidth),
    `model in ${out}${status === "converged" ? "" : ", marked as not converged"}`,
  ];
}

/** The last epochs, and which one was taken. */
function epochLines({ taken, log, heldOut }: NonNullable<TrainReport["epochs"]>): string[] {
  const shown = log.slice(-5).map(({ epoch, loss, validation }) => {
    const said = validation ? `, ${validation.metric} ${validation.value.toFixed(4)}` : "";
    return `  epoch ${epoch + 1}: mean loss ${loss.toPrecision(5)}${said}${epoch + 1 === taken && heldOut > 0 ? "  (taken)" : ""}`;
  });
  const how =
    heldOut > 0 ? `epoch ${taken} taken, by ${counted(heldOut, "held-out row")}` : `${counted(taken, "epoch")}`;
  return [how, ...shown];
}
