/** `lethe compare DIR`: which unlearner may be trusted with an erasure request? */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { methodNamed } from "../method/method.ts";
import { documentLines } from "../report/index.ts";
import { requestRules } from "../requests/index.ts";
import type { Comparison } from "../study/cases/compare/comparison.ts";
import { comparisonReport } from "../study/cases/compare/report.ts";
import { compareRequest } from "../study/verbs/compare.ts";
import { compare, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, heldOutSpellings, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { nextCommands } from "./next-commands.ts";
import { list, path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import {
  asFields,
  type RequestedFlags,
  readRequested,
  requestedIn,
  requestedSpellings,
  withRequestedFlags,
} from "./requested.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { indent, lineWidth } from "./text.ts";

/** Adds the command. */
export function compareCommand(program: Command, run: Run): void {
  withCommonFlags(
    withRequestedFlags(
      withFlags(
        program
          .command("compare")
          .description(compare.summary)
          .argument("<dir>", argumentSummary(compare as Verb, "model"), path),
        compare as Verb,
        ["model"],
        {
          ...requestedSpellings,
          request: { flag: "--request <rule>" },
          methods: { flag: "--methods <names>", parse: list },
          audits: { flag: "--audits <names>", parse: list },
          within: { flag: "--tolerance-left <share>" },
          html: { flag: "--html <file>" },
          ...heldOutSpellings,
          settings: {
            ...setSpelling,
            summary: "a setting of the rule; of a method or audit as NAME.name=value; may be repeated",
          },
        },
      ),
    ),
  ).action((model: string, { json, threads, set, toleranceLeft, ...rest }: CompareFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const { fields, warnings: unread } = await readRequested(requestedIn(rest));
      const request = compare.parse({ model, ...asFields(rest), ...fields, settings: set, within: toleranceLeft });
      if (request.request !== undefined) methodNamed(requestRules, request.request);
      for (const name of request.audits ?? []) methodNamed(audits, name);
      const { warnings, ...result } = await compare.run(request, context("compare "), folderStore);
      const report = { ...result, warnings: [...unread, ...warnings.map((told) => withFlagNames(told, isField))] };
      console.advise(report.warnings);
      console.result(report, () => [
        ...documentLines(comparisonReport(report as unknown as Comparison), lineWidth, "marked"),
        ...(report.html === undefined ? [] : ["", `the report is in ${report.html}`]),
        ...next(nextCommands(report, { ...rest, before: fields.before })),
      ]);
      warnOfLeftovers(console, report.html ?? "", report.leftovers);
      return 0;
    }),
  );
}

interface CompareFlags extends CommonFlags, RequestedFlags {
  readonly set?: unknown;
  readonly toleranceLeft?: number;
}

const isField = (name: string) => name in compareRequest.shape || name === "polish";

const next = (commands: readonly string[]) => (commands.length === 0 ? [] : ["", "next:", ...indent(commands, 2)]);
