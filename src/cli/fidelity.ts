/** `lethe fidelity DIR`: how near do methods of influence come to training again without a row? */

import type { Command } from "commander";
import { documentLines } from "../report/index.ts";
import { fidelityReport } from "../study/cases/fidelity/report.ts";
import { fidelityRequest } from "../study/verbs/fidelity.ts";
import { fidelity, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, heldOutSpellings, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { list, path } from "./options.ts";
import { warnOfLeftovers, writtenLines } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth } from "./text.ts";

/** Adds the command. */
export function fidelityCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("fidelity")
        .description(fidelity.summary)
        .argument("<dir>", argumentSummary(fidelity as Verb, "model"), path),
      fidelity as Verb,
      ["model"],
      {
        methods: { flag: "--methods <names>", parse: list },
        ...heldOutSpellings,
        settings: { ...setSpelling, summary: "a setting of a method as NAME.name=value; may be repeated" },
        pool: { flag: "--pool <dir>" },
        svg: { flag: "--svg <file>" },
        csv: { flag: "--csv <file>" },
        html: { flag: "--html <file>" },
      },
    ),
  ).action((model: string, { json, threads, set, ...rest }: FidelityFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = fidelity.parse({ model, workers: threads, ...rest, settings: set });
      const { warnings, ...result } = await fidelity.run(request, context("fidelity "), folderStore);
      const report = { ...result, warnings: warnings.map((told) => withFlagNames(told, isField)) };
      console.advise(report.warnings);
      console.result(report, () => [
        ...documentLines(fidelityReport(report), lineWidth, "marked"),
        ...writtenLines(report),
      ]);
      warnOfLeftovers(console, report.svg ?? report.csv ?? report.html ?? "", report.leftovers);
      return report.truth.status === "converged" ? 0 : 1;
    }),
  );
}

const isField = (name: string) => name in fidelityRequest.shape || name === "polish";

interface FidelityFlags extends CommonFlags {
  readonly set?: unknown;
}
