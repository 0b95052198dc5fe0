/** `lethe import PATH --interactions FILE --out DIR`: a factor model from another system, measured against its objective. */

import type { Command } from "commander";
import { readIdList } from "../data/reading.ts";
import type { ImportReport } from "../study/cases/import.ts";
import { folderStore, importFactors, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, withFlagNames, withFlags } from "./flags.ts";
import { counted, rough } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";
import { indent, lineWidth, wrap } from "./text.ts";

interface ImportFlags extends CommonFlags {
  readonly userIds?: string;
  readonly itemIds?: string;
}

/** Adds the command. */
export function importCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("import")
        .description(importFactors.summary)
        .argument("<path>", argumentSummary(importFactors as Verb, "path"), path),
      importFactors as Verb,
      ["path"],
      {
        interactions: { flag: "--interactions <file>" },
        out: { flag: "--out <dir>" },
        columns: { flag: "--columns <list>" },
        userIds: { flag: "--user-ids <ids>", parse: (text) => text },
        itemIds: { flag: "--item-ids <ids>", parse: (text) => text },
      },
    ),
  ).action((from: string, { json, threads, userIds, itemIds, ...fields }: ImportFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = importFactors.parse({
        ...{ path: from, ...fields },
        userIds: userIds === undefined ? undefined : await readIdList(userIds),
        itemIds: itemIds === undefined ? undefined : await readIdList(itemIds),
      });
      const result = await importFactors.run(request, context("polish "), folderStore);
      const report = { ...result, meaning: withFlagNames(result.meaning, () => true) };
      console.result(report, () => text(report as unknown as ImportReport));
      return request.polish === true && report.status !== "converged" ? 1 : 0;
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
