/** `lethe audit DIR2 --original DIR`: is what an unlearned model claims true? */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { LetheError } from "../errors.ts";
import { methodNamed } from "../method/method.ts";
import { sectionLines } from "../report/index.ts";
import { sectionsOf } from "../study/cases/audit.ts";
import { audit, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, heldOutSpellings, setSpelling, withFlags } from "./flags.ts";
import { counted } from "./numbers.ts";
import { list, path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function auditCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("audit")
        .description(audit.summary)
        .argument("<dir>", argumentSummary(audit as Verb, "folder"), path),
      audit as Verb,
      ["folder"],
      {
        original: { flag: "--original <dir>" },
        retrained: { flag: "--retrained <dir>" },
        ...heldOutSpellings,
        html: { flag: "--html <file>" },
        only: { flag: "--only <names>", parse: list },
        settings: { ...setSpelling, summary: "a setting of that audit; may be repeated" },
      },
    ),
  ).action((folder: string, { json, threads, set, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = audit.parse({ folder, settings: set, ...fields });
      const { method, only } = request;
      if (method !== undefined && only !== undefined)
        throw new LetheError("bad-input", "--method and --only both name audits", "leave one of them out");
      if (request.settings !== undefined && method === undefined && only?.length !== 1)
        throw new LetheError("bad-input", "--set is for one audit", "name it with --method");
      for (const name of method === undefined ? (only ?? []) : [method]) methodNamed(audits, name);
      const report = await audit.run(request, context(), folderStore);
      console.result(report, () => text(report));
      warnOfLeftovers(console, report.html ?? "", report.leftovers);
      return 0;
    }),
  );
}

function text(report: Awaited<ReturnType<typeof audit.run>>): string[] {
  const { forgotten, findings, skipped, html } = report;
  const lines = [`${counted(forgotten, "rating")} of the original ${forgotten === 1 ? "is" : "are"} gone`];
  for (const section of sectionsOf(findings)) lines.push("", ...sectionLines(section, lineWidth, "marked"));
  for (const [name, why] of Object.entries(skipped)) {
    const told = wrap(`${name} was left out: it ${why}`, lineWidth);
    lines.push("", strong(name) + told[0].slice(name.length), ...told.slice(1));
  }
  if (html !== undefined) lines.push("", `the report is in ${html}`);
  return lines;
}
