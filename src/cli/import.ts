/** `lethe import PATH --interactions FILE --out DIR`: a factor model from another system, measured against its objective. */

import type { Command } from "commander";
import { readLabels } from "../data/reading.ts";
import type { ImportReport } from "../study/cases/import.ts";
import { folderStore, importFactors, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, readingSpellings, withFlagNames, withFlags } from "./flags.ts";
import { counted, rough } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, good } from "./style.ts";
import { cut, flow, indent, lineWidth, wrap } from "./text.ts";

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
        ...readingSpellings,
        userIds: { flag: "--user-ids <ids>", parse: (text) => text },
        itemIds: { flag: "--item-ids <ids>", parse: (text) => text },
      },
    ),
  ).action((from: string, { json, threads, userIds, itemIds, ...fields }: ImportFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = importFactors.parse({
        ...{ path: from, ...fields },
        userIds: userIds === undefined ? undefined : await readLabels(userIds),
        itemIds: itemIds === undefined ? undefined : await readLabels(itemIds),
      });
      const result = await importFactors.run(request, context("polish "), folderStore);
      const asTyped = (told: string) => withFlagNames(told, () => true);
      const verdict = { ...result.verdict, reason: asTyped(result.verdict.reason) };
      const report = { ...result, meaning: asTyped(result.meaning), notes: result.notes.map(asTyped), verdict };
      warnOfLeftovers(console, result.out, result.leftovers);
      console.result(report, () => text(report as unknown as ImportReport));
      return request.polish === true && report.status !== "converged" ? 1 : 0;
    }),
  );
}

function text(report: ImportReport): string[] {
  const { shortfall, confidence, withoutData, passedOver } = report;
  const kind = confidence
    ? `implicit feedback, confidence ${confidence.base} + ${confidence.alpha}·|r|`
    : "squared loss on ratings";
  const far = farText(shortfall);
  const measured = `as it came: ‖∇J‖ ${rough(shortfall.gradientNorm)}, ${rough(shortfall.relativeGradient)} of the L2's pull; ${far}`;
  const empty = withoutData.users + withoutData.items;
  return [
    ...wrap(
      `${report.format}: ${counted(report.users, "user")}, ${counted(report.items, "item")}, ${counted(report.factors, "factor")} in ${report.precision}; ${counted(report.interactions, "interaction")}`,
      lineWidth,
    ),
    `${kind}; ${report.regularizer} L2 λ ${report.l2}`,
    ...report.notes.flatMap((note) => wrap(note, lineWidth)),
    ...whoIsWho(report.ids).flatMap((line) => wrap(line, lineWidth)),
    ...named(passedOver),
    ...(empty > 0 ? [`left out: ${counted(empty, "row")} without an interaction`] : []),
    ...wrap(measured, lineWidth),
    ...wrap(`${report.verdict.kind}: ${report.verdict.reason}`, lineWidth),
    ...indent(wrap(report.meaning, lineWidth - 2), 2).map(report.status === "converged" ? good : bad),
    `model in ${report.out}`,
  ];
}

function farText({ scoreShift, objectiveExcess, method, reason, passes }: ImportReport["shortfall"]): string {
  if (scoreShift === null || objectiveExcess === null) return `how far the optimum nearby is: ${reason}`;
  const how = method === "polished" ? "measured by polishing" : `found by following the way there for ${passes} passes`;
  const about = method === "newton" ? "about " : "";
  return `J is ${about}${rough(objectiveExcess)} above the optimum nearby, and scores would move by ${about}${rough(scoreShift)} (${how})`;
}

const sources: Readonly<Record<ImportReport["ids"]["users"], string | undefined>> = {
  file: undefined,
  labels: "label k of the list is id k of the file",
  order: "the list has their ids in the order of the rows",
  positions: "known by position: row k is id k",
};

/** How rows got their ids, where the file does not say it itself. */
function whoIsWho({ users, items }: ImportReport["ids"]): string[] {
  if (users === items) return sources[users] === undefined ? [] : [`users and items: ${sources[users]}`];
  return Object.entries({ users, items }).flatMap(([side, source]) =>
    sources[source] === undefined ? [] : [`${side}: ${sources[source]}`],
  );
}

const mostNamed = 20;

/** What else the file holds; a stranger chose the names. */
function named(passedOver: readonly string[]): string[] {
  if (passedOver.length === 0) return [];
  const names = passedOver.slice(0, mostNamed).map((name) => cut(name, 60));
  const more = passedOver.length - names.length;
  return flow(["passed over, not needed:", ...names, ...(more > 0 ? [`and ${more} more`] : [])], " ", lineWidth);
}
