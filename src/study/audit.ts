/** All audits of an unlearned model, in one report. */

import type { AuditOptions, NamedPairs } from "../audit/audit.ts";
import { type AuditSubject, audits, missingPairs } from "../audit/index.ts";
import { LetheError } from "../errors.ts";
import { type AnyTrained, isFactorTrained } from "../training/trained.ts";
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
  const kind = kindOf(unlearned.trained);
  for (const [what, other] of Object.entries({ original, retrained }))
    if (other && kindOf(other.trained) !== kind)
      throw new LetheError(
        "bad-input",
        `the ${what} model is ${kindOf(other.trained)}, the unlearned one is ${kind}: they cannot be compared`,
        `name the ${what} that belongs to the unlearned one`,
      );
  const forgotten = missingPairs(original, unlearned);
  const subject: AuditSubject = { original, unlearned, retrained, forgotten, test };
  const findings: Record<string, unknown> = {};
  for (const audit of audits) findings[audit.name] = await audit.run(subject, options);
  return { forgotten: forgotten.users.length, findings };
}

/** The kind of model and its loss, in words. */
function kindOf(trained: AnyTrained): string {
  if (isFactorTrained(trained)) return trained.objective.settings.confidence ? "ials" : "mf with squared loss";
  const { kind, loss } = trained.objective.settings;
  return `${kind.name} with ${loss.name} loss`;
}
