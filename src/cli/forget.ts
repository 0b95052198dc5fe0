/** `lethe forget DIR --users … --out DIR2`: a model without the forgotten data, with its certificate. */

import type { Command } from "commander";
import { LetheError } from "../errors.ts";
import { methodNamed } from "../method/method.ts";
import type { Forgetting, Preview } from "../study/verbs/forget.ts";
import { folderStore, forget, type Verb } from "../study/verbs/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { argumentSummary, setSpelling, withFlags } from "./flags.ts";
import { forgottenLines, nextAfter, previewLines } from "./forgotten.ts";
import { timeText } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import {
  asFields,
  namesSomething,
  type RequestedFlags,
  readRequested,
  requestedIn,
  requestedSpellings,
  withRequestedFlags,
} from "./requested.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { padded } from "./text.ts";

/** Adds the command. */
export function forgetCommand(program: Command, run: Run): void {
  withCommonFlags(
    withRequestedFlags(
      withFlags(
        program
          .command("forget")
          .description(forget.summary)
          .argument("<dir>", argumentSummary(forget as Verb, "folder"), path),
        forget as Verb,
        ["folder"],
        {
          out: { flag: "--out <dir>" },
          keepOriginal: { flag: "--keep-original <dir>" },
          receipt: { flag: "--receipt <file>" },
          ...requestedSpellings,
          settings: setSpelling,
        },
      ),
    ),
  ).action((folder: string, { json, threads, set, ...fields }: ForgetFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      if (!namesSomething(requestedIn(fields)))
        throw new LetheError(
          "bad-input",
          "nothing to forget was named",
          "give --users, --items, --interactions FILE, --before DATE or --older-than AGE",
        );
      if (fields.method !== undefined) methodNamed(unlearners, fields.method);
      const requested = await readRequested(requestedIn(fields));
      const request = forget.parse({ folder, settings: set, ...asFields(fields), ...requested.fields });
      const result = await forget.run(request, context(`${fields.method ?? "forget"} `), folderStore);
      const warnings = [...requested.warnings, ...result.warnings];
      console.advise(warnings);
      if ("estimate" in result) {
        console.result({ ...result, warnings }, () => previewLines(result as Preview));
        return 0;
      }
      const report = { ...(result as Forgetting), warnings };
      const { promised, ...told } = report;
      const next = nextAfter(report, folder);
      warnOfLeftovers(console, report.out, report.leftovers);
      const { written = true, file, why } = report.receipt ?? {};
      if (!written)
        console.warn(
          `the model is in place in ${report.out}, but the receipt is not in ${file}: ${why}; do not forget once more, but save the receipt that stands in the output as that file`,
        );
      console.result({ ...told, next: next.map(({ command }) => command) }, () => forgottenLines(report, folder, next));
      return written && !(promised && report.status !== "converged") && holds(report) ? 0 : 1;
    }),
  );
}

/** Whether training again has not spoken against what the method claims: an approximation claims nothing. */
function holds({ verification, guarantee }: Pick<Forgetting, "verification" | "guarantee">): boolean {
  return verification === null || verification.equal || guarantee === "approximate";
}

interface ForgetFlags extends CommonFlags, RequestedFlags {
  readonly method?: string;
  readonly set?: unknown;
}

/** A method, how long it took, and what is to be said of it. */
export function methodLine(name: string, seconds: number, said: string): string {
  return `${padded(name, 10)}${padded(timeText(seconds), 7, "right")}   ${said}`;
}
