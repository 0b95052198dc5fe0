/** `lethe audit DIR2 --original DIR`: is what an unlearned model claims true? */

import type { Command } from "commander";
import { readInteractions } from "../data/reading.ts";
import { type AuditReport, auditModels } from "../study/audit.ts";
import { openModel } from "../study/model.ts";
import { run, withCommonFlags } from "./run.ts";

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
      .command("audit <dir>")
      .description("compare an unlearned model with its original and with a retrained one")
      .requiredOption("--original <dir>", "the model before forgetting")
      .option("--retrained <dir>", "a model trained again on what remains (lethe forget --method retrain)")
      .option("--test <file>", "held-out ratings"),
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

function text(report: AuditReport): string {
  const lines = [`${report.forgotten.toLocaleString("en")} interactions of the original are gone`];
  for (const [name, finding] of Object.entries(report.findings)) {
    if (finding === null) continue;
    lines.push("", name, ...indented(finding, "  "));
  }
  return lines.join("\n");
}

function indented(finding: unknown, margin: string): string[] {
  if (typeof finding !== "object" || finding === null) return [`${margin}${String(finding)}`];
  return Object.entries(finding).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? [`${margin}${key}`, ...indented(value, `${margin}  `)]
      : [`${margin}${key}: ${typeof value === "number" ? Number(value.toPrecision(4)) : value}`],
  );
}
