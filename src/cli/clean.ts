/** `lethe clean DIR`: which interactions or users spoil a model, and does it help to remove them? */

import type { Command } from "commander";
import { documentLines } from "../report/index.ts";
import type { Cleaned } from "../study/cases/clean/cleaned.ts";
import { cleanReport } from "../study/cases/clean/report.ts";
import { cleanRequest } from "../study/verbs/clean.ts";
import { clean, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { commandLine } from "./next.ts";
import { counted } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers, writtenLines } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth } from "./text.ts";

/** Adds the command. */
export function cleanCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("clean")
        .description(clean.summary)
        .argument("<dir>", argumentSummary(clean as Verb, "model"), path),
      clean as Verb,
      ["model"],
      {
        settings: setSpelling,
        holdout: { flag: "--holdout <share>", parse: (asked) => asked },
        count: { flag: "-n, --count <n>" },
        test: { flag: "--test <file>" },
        svg: { flag: "--svg <file>" },
        csv: { flag: "--csv <file>" },
        html: { flag: "--html <file>" },
        out: { flag: "--out <file>" },
      },
    ),
  ).action((model: string, { json, threads, set, ...rest }: CleanFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = clean.parse({ model, ...rest, settings: set });
      const found = await clean.run(request, context("clean "), folderStore);
      const isField = (name: string) => name in cleanRequest.shape;
      const report = { ...found, warnings: found.warnings.map((told) => withFlagNames(told, isField)) };
      console.advise(report.warnings);
      warnOfLeftovers(console, report.out?.file ?? report.svg ?? report.csv ?? report.html ?? "", report.leftovers);
      const next = report.out ? commandLine(["lethe", "train", report.out.file, "--out", "DIR"]) : undefined;
      console.result({ ...report, ...(next === undefined ? {} : { next }) }, () => [
        ...documentLines(cleanReport(report as Cleaned, request.count), lineWidth, "marked"),
        ...writtenLines(report),
        ...outLines(report, next),
      ]);
      return report.status === "breakdown" || report.status === "step-limit" ? 1 : 0;
    }),
  );
}

function outLines({ out }: Awaited<ReturnType<typeof clean.run>>, next: string | undefined): string[] {
  if (out === undefined) return [];
  const { file, interactions, removed, relabelled } = out;
  const changed =
    removed + relabelled === 0
      ? "all of them, as they were"
      : `${removed} removed${relabelled === 0 ? "" : `, ${relabelled} relabelled`}`;
  return ["", `${counted(interactions, "interaction")} in ${file}: ${changed}`, `next: ${next}`];
}

interface CleanFlags extends CommonFlags {
  readonly set?: unknown;
}
