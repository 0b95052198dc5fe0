/** `lethe request DIR --rule random --set share=0.025 --out FILE`: what a rule chooses to be forgotten. */

import type { Command } from "commander";
import { methodNamed } from "../method/method.ts";
import { requestRules } from "../requests/index.ts";
import type { RequestReport } from "../study/cases/request.ts";
import { folderStore, request, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, setSpelling, withFlags } from "./flags.ts";
import { commandLine } from "./next.ts";
import { counted } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function requestCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("request")
        .description(request.summary)
        .argument("<dir>", argumentSummary(request as Verb, "folder"), path),
      request as Verb,
      ["folder"],
      {
        out: { flag: "--out <file>" },
        settings: { ...setSpelling, summary: "a setting of the rule; may be repeated" },
      },
    ),
  ).action((folder: string, { json, threads, set, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const asked = request.parse({ folder, settings: set, ...fields });
      methodNamed(requestRules, asked.rule);
      const report = await request.run(asked, context("request "), folderStore);
      const next = nextCommand(folder, report);
      console.advise(report.warnings);
      if (report.out !== null) warnOfLeftovers(console, report.out, report.leftovers);
      console.result({ ...report, next }, () => text(report, next));
      return 0;
    }),
  );
}

/** The command that forgets it; null where it was not written. Several requests are forgotten one after another. */
function nextCommand(folder: string, { of, out, requests }: Pick<RequestReport, "of" | "out" | "requests">) {
  if (out === null) return null;
  const named = of === "interactions" ? out : requests.length > 1 ? "ID" : `@${out}`;
  return commandLine(["lethe", "forget", folder, `--${of}`, named, "--exactly", "--out", "DIR"]);
}

function text(report: RequestReport, next: string | null): string[] {
  const { rule, of, users, items, interactions, requests, out } = report;
  const sides = `${counted(users, "user")} and ${counted(items, "item")}`;
  const what = of === "interactions" ? counted(interactions, "rating") : `all ${counted(interactions, "rating")}`;
  const whose = of === "users" ? counted(users, "user") : of === "items" ? counted(items, "item") : sides;
  const several = requests.length === 1 ? "" : `, in ${requests.length} requests that follow each other`;
  return [
    ...wrap(`${rule}: ${what} of ${whose}${several}`, lineWidth),
    ...(out === null || next === null ? [] : [`${of} in ${out}`, `next: ${next}`]),
  ];
}
