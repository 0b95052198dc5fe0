/** `lethe forget DIR --users … --out DIR2`: a model without the forgotten data, with its certificate. */

import type { Command } from "commander";
import { LetheError } from "../errors.ts";
import { methodNamed } from "../method/method.ts";
import type { ForgetReport } from "../study/cases/forget.ts";
import { folderStore, forget, type Verb } from "../study/verbs/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { argumentSummary, setSpelling, withFlags } from "./flags.ts";
import { count, counted, rough, timeText } from "./numbers.ts";
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
import { indent, lineWidth, padded, wrap } from "./text.ts";

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
      const { promised, ...rest } = result;
      const report = { ...rest, warnings: [...requested.warnings, ...rest.warnings] };
      console.advise(report.warnings);
      warnOfLeftovers(console, request.out, report.leftovers);
      console.result(report, () => text(report as unknown as ForgetReport, request.out));
      return promised && report.status !== "converged" ? 1 : 0;
    }),
  );
}

interface ForgetFlags extends CommonFlags, RequestedFlags {
  readonly method?: string;
  readonly set?: unknown;
}

function text(report: ForgetReport, out: string): string[] {
  const { method, rows } = report;
  const left = `${counted(report.users, "user")} and ${counted(report.items, "item")}`;
  if (rows === 0 && method !== "retrain") return ["nothing was to be forgotten", `model in ${out}, as it was`];
  return [
    `${counted(rows, "rating")} forgotten; ${count(report.interactions)} remain, of ${left}`,
    ...certifiedLines(report, "on what remains"),
    `model in ${out}`,
  ];
}

/** How long a method took, and what is proved of its result. */
export function certifiedLines(report: Omit<ForgetReport, "rows">, of: string): string[] {
  const { method, seconds, guarantee, certificate, gradientNormBefore, caveats } = report;
  const norms =
    certificate.gradientNorm === null
      ? certificate.kind
      : `‖∇J‖ ${rough(certificate.gradientNorm)} ${of} (before: ${rough(gradientNormBefore)})`;
  const more = [`guarantee: ${guarantee}`, certificate.verdict, ...caveats.map((caveat) => `note: ${caveat}`)];
  return [
    methodLine(method, seconds, `certificate: ${norms}`),
    ...indent(
      more.flatMap((line) => wrap(line, lineWidth - methodWidth)),
      methodWidth,
    ),
  ];
}

const methodWidth = 11;

/** A method, how long it took, and what is to be said of it. */
export function methodLine(name: string, seconds: number, said: string): string {
  return `${padded(name, 10)}${padded(timeText(seconds), 7, "right")}   ${said}`;
}
