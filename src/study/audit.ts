/** All audits of an unlearned model, in one report. */

import type { AuditOptions, NamedPairs } from "../audit/audit.ts";
import { type AuditSubject, audits, missingPairs } from "../audit/index.ts";
import type { NamedModel } from "./model.ts";

/** Findings by audit name, and how many interactions were found to be forgotten. */
export interface AuditReport {
  readonly forgotten: number;
  readonly findings: Readonly<Record<string, unknown>>;
}

/** Runs every audit of the catalogue. */
export async function auditModels(
  models: {
    readonly original: NamedModel;
    readonly unlearned: NamedModel;
    readonly retrained?: NamedModel | undefined;
    readonly test?: NamedPairs | undefined;
  },
  options: AuditOptions = {},
): Promise<AuditReport> {
  const { original, unlearned, retrained, test } = models;
  const forgotten = missingPairs(original, unlearned);
  const subject: AuditSubject = { original, unlearned, retrained, forgotten, test };
  const findings: Record<string, unknown> = {};
  for (const audit of audits) findings[audit.name] = await audit.run(subject, options);
  return { forgotten: forgotten.users.length, findings };
}
