/** `lethe judge DIR`: how far may methods of influence be trusted on this model? */

import type { Command } from "commander";
import { documentLines } from "../report/index.ts";
import type { Judged } from "../study/cases/judge/judged.ts";
import { judgedReport } from "../study/cases/judge/report.ts";
import { folderStore, judge, type Verb } from "../study/verbs/index.ts";
import { judgeRequest } from "../study/verbs/judge.ts";
import { argumentSummary, heldOutSpellings, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { list, more, path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth } from "./text.ts";

/** Adds the command. */
export function judgeCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("judge")
        .description(judge.summary)
        .argument("<dir>", argumentSummary(judge as Verb, "model"), path),
      judge as Verb,
      ["model"],
      {
        methods: { flag: "--methods <names>", parse: list },
        judges: { flag: "--judges <names>", parse: list },
        count: { flag: "-n <count>" },
        ...heldOutSpellings,
        html: { flag: "--html <file>" },
        measure: { flag: "--measure <name>", parse: more as (text: string, before: never) => unknown },
        budget: { flag: "--budget <time|trainings>" },
        pool: { flag: "--pool <dir>" },
        settings: { ...setSpelling, summary: "a setting of a method or judge as NAME.name=value; may be repeated" },
      },
    ),
  ).action((model: string, { json, threads, set, n, ...rest }: JudgeFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = judge.parse({ model, workers: threads, ...rest, settings: set, count: n });
      const { warnings, ...result } = await judge.run(request, context("judge "), folderStore);
      const isField = (name: string) => name in judgeRequest.shape;
      const report = { ...result, warnings: warnings.map((told) => withFlagNames(told, isField)) };
      console.advise(report.warnings);
      console.result(report, () => [
        ...documentLines(judgedReport(report as Judged), lineWidth, "marked"),
        ...(report.html === undefined ? [] : ["", `the report is in ${report.html}`]),
      ]);
      warnOfLeftovers(console, report.html ?? "", report.leftovers);
      return 0;
    }),
  );
}

interface JudgeFlags extends CommonFlags {
  readonly set?: unknown;
  readonly n?: number;
}
