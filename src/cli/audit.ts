/** `lethe audit DIR2 --original DIR`: is what an unlearned model claims true? */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { readInteractions } from "../data/reading.ts";
import { type AuditReport, auditModels } from "../study/audit.ts";
import { openModel } from "../study/model.ts";
import { findingLines } from "./findings.ts";
import { counted } from "./numbers.ts";
import { path } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

interface AuditFlags {
  readonly original: string;
  readonly retrained?: string;
  readonly test?: string;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function auditCommand(program: Command): void {
  withCommonFlags(
    program
      .command("audit")
      .description("compare an unlearned model with its original and with a retrained one")
      .argument("<dir>", "the folder of the unlearned model", path)
      .requiredOption("--original <dir>", "the model before forgetting", path)
      .option("--retrained <dir>", "a model trained again on what remains (lethe forget --method retrain)", path)
      .option("--test <file>", "held-out ratings", path),
  ).action((dir: string, flags: AuditFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const test = flags.test === undefined ? undefined : (await readInteractions(flags.test)).dataset;
      const report = await auditModels(
        {
          unlearned: await openModel(dir),
          original: await openModel(flags.original),
          retrained: flags.retrained === undefined ? undefined : await openModel(flags.retrained),
          test: test && {
            users: Array.from(test.interactions.users, (u) => test.userIds.list[u]),
            items: Array.from(test.interactions.items, (i) => test.itemIds.list[i]),
            ratings: test.interactions.ratings,
          },
        },
        { kernels, signal },
      );
      console.result(report, () => text(report));
      return 0;
    }),
  );
}

function text(report: AuditReport): string[] {
  const lines = [
    `${counted(report.forgotten, "rating")} of the original ${report.forgotten === 1 ? "is" : "are"} gone`,
  ];
  for (const { name, question } of audits) {
    const finding = report.findings[name];
    if (typeof finding !== "object" || finding === null) continue;
    const heading = wrap(`${padded(name, nameWidth)}${question}`, lineWidth);
    lines.push("", `${strong(name)}${heading[0].slice(name.length)}`, ...indent(heading.slice(1), nameWidth));
    lines.push(...indent(findingLines(finding, lineWidth - 2), 2));
  }
  return lines;
}

const nameWidth = 14;
