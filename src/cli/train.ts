/** `lethe train FILE --out DIR`: from interactions to a model folder. */

import type { Command } from "commander";
import type { Progress } from "../run.ts";
import type { TrainReport } from "../study/cases/train.ts";
import { folderStore, train, type Verb } from "../study/verbs/index.ts";
import { trainRequest } from "../study/verbs/train.ts";
import { argumentSummary, readingSpellings, withFlagNames, withFlags } from "./flags.ts";
import { counted, objectiveText, rough, timeText } from "./numbers.ts";
import { paths } from "./options.ts";
import { startsLines } from "./other-starts.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";
import { lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function trainCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("train")
        .description(train.summary)
        .argument("<files...>", argumentSummary(train as Verb, "files"), paths),
      train as Verb,
      ["files"],
      {
        out: { flag: "--out <dir>" },
        holdout: { flag: "--holdout <share>", parse: (asked) => asked },
        ...readingSpellings,
        items: { flag: "--items <file>" },
        checkpoint: { flag: "--checkpoint <dir>" },
        batchLog: { flag: "--batch-log <file>" },
      },
    ),
  ).action((files: string[], { json, threads, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const running = context("train ");
      const onProgress = (progress: Progress) =>
        progress.phase === "resumed"
          ? console.warn(
              `goes on after ${counted(progress.step, "epoch")}, from the checkpoint in ${fields.checkpoint}`,
            )
          : running.onProgress?.(progress);
      const result = await train.run(train.parse({ files, ...fields }), { ...running, onProgress }, folderStore);
      const { toOptimum, read, resumed: _, notes, warnings, ...rest } = result;
      const report = { ...rest, ...(notes ? { notes: notes.map(asTyped) } : {}), warnings: warnings.map(asTyped) };
      if (report.duplicates > 0 && read === "keep")
        console.warn(
          `${counted(report.duplicates, "row")} with a user and item that came before; each counts (--duplicates last keeps one)`,
        );
      for (const note of report.notes ?? []) console.warn(note);
      if (typeof result.breakdown === "string") console.warn(result.breakdown);
      console.advise(report.warnings);
      warnOfLeftovers(console, report.out, report.leftovers);
      console.result(report, () => text(report as unknown as TrainReport, toOptimum));
      // A model that is to reach an optimum fails when it does not; batches alone are not expected to.
      const isProved = report.certificate === undefined || report.certificate.kind === "global";
      return isProved && (report.status === "converged" || (report.status === "step-limit" && !toOptimum)) ? 0 : 1;
    }),
  );
}

const asTyped = (told: string) => withFlagNames(told, isField);
const isField = (name: string) => name in trainRequest.shape;

function text(report: TrainReport, toOptimum: boolean): string[] {
  const { users, items, interactions, status, gradientNorm, tolerance, seconds, objective, l2, l2From, out } = report;
  const epochs = report.epochs && epochLines(report.epochs);
  const end =
    objective === null
      ? `trained in ${timeText(seconds)}`
      : status === "converged"
        ? `${good("converged")}: ‖∇J‖ ${rough(gradientNorm)} in ${timeText(seconds)};  J ${objectiveText(objective)}`
        : status === "step-limit" && !toOptimum
          ? `trained in ${timeText(seconds)};  J ${objectiveText(objective)}, ‖∇J‖ ${rough(gradientNorm)}: no optimum, which batches do not reach (--polish does)`
          : `${bad("NOT converged")} (${status}): ‖∇J‖ ${rough(gradientNorm)} is above ${rough(tolerance)} after ${timeText(seconds)}`;
  return [
    `${counted(interactions, "rating")}, ${counted(users, "user")}, ${counted(items, "item")}`,
    ...(l2From === "data" ? [`λ ${l2}, which follows from the data`] : []),
    ...(epochs ?? []),
    ...wrap(end, lineWidth),
    ...proofLines(report),
    ...startsLines(report.otherStarts, report),
    ...errorLines(report),
    `model in ${out}${status === "converged" ? "" : ", marked as not converged"}`,
  ];
}

/** Whether the model is provably the global optimum, and what that costs. */
function proofLines({ certificate, certifiable, error }: TrainReport): string[] {
  if (certificate === undefined || certifiable === undefined) return [];
  const isProved = certificate.kind === "global";
  return [
    `${isProved ? good("certified") : bad("NOT certified")}: ${certificate.verdict}`,
    ...(isProved ? [costText(certifiable, error?.unit === "rating")] : []),
  ].flatMap((line) => wrap(line, lineWidth));
}

function costText(
  { rank, factors, l2, regularizer, heldOutError, uncertified, seconds }: NonNullable<TrainReport["certifiable"]>,
  isRating: boolean,
): string {
  const figure = (error: number) => (isRating ? error : 1 - error).toPrecision(4);
  const beside =
    heldOutError === null || uncertified === null
      ? ""
      : `${isRating ? "RMSE" : "NDCG@10"} ${figure(heldOutError)} on held-out rows against ${figure(uncertified.error)} of ${counted(uncertified.factors, "factor")} without a proof, `;
  const took = timeText(seconds.path + seconds.training + seconds.certificate);
  return `the proof costs: ${beside}${counted(factors, "factor")} (rank ${rank}, ${regularizer} L2 λ ${l2}), ${took}`;
}

/** How far the scores are from what they were trained on and, in words of the same unit, from what was held out. */
function errorLines({ error, ranking, interactions }: TrainReport): string[] {
  if (error === null) return [];
  const { metric, unit, train, test, mean, rows } = error;
  const figure = (x: number) => x.toPrecision(4);
  const what = metric === "rmse" ? `RMSE ${figure(train)}` : `mean loss ${figure(train)} nats`;
  const lines = [
    `error on what it was trained on: ${what}${unit === "preference" ? " of 0 and 1, by confidence" : ""}`,
  ];
  const beside = mean === null ? "" : `, and ${figure(mean)} of predicting the mean`;
  if (rows.test + rows.unknown === 0) return [test === null ? `${lines[0]}${beside}` : lines[0]];
  if (test !== null) lines.push(`error on ${counted(rows.test, "held-out rating")}: RMSE ${figure(test)}${beside}`);
  if (ranking !== null)
    lines.push(
      `${counted(rows.test, "held-out row")}: NDCG@10 ${figure(ranking.test)}, and ${figure(ranking.popular)} of ranking by popularity`,
    );
  if (rows.unknown > 0)
    lines.push(`${counted(rows.unknown, "held-out row")} of users or items without another row: in no figure`);
  const kept =
    interactions > rows.train
      ? "the model was then trained again with them"
      : "they are not in the model (--refit trains again with them)";
  return [...lines, kept].flatMap((line) => wrap(line, lineWidth));
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
