/** Audits of an unlearned model, in one report. */

import type { NamedPairs } from "../../audit/audit.ts";
import { type Audit, type AuditSubject, audits } from "../../audit/index.ts";
import { missingPairsSteps } from "../../audit/names.ts";
import { LetheError } from "../../errors.ts";
import { type GivenSettings, makeNamed, methodNamed, unmetNeed } from "../../method/method.ts";
import type { Section } from "../../report/part.ts";
import { plainParts } from "../../report/plain.ts";
import { finishYielding, type Progress } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";

/** Findings by audit name, and how many interactions were found to be forgotten. */
export interface AuditReport {
  readonly forgotten: number;
  readonly findings: Readonly<Record<string, unknown>>;
  /** Cheap audits that were left out, each with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
  /** What the findings show, by audit; of those that found something. */
  readonly sections: readonly Section[];
}

/** Which audits are run, with which settings. */
export interface AuditRequest extends UseOptions {
  /** Names; default: those that cost little, where the models have what they need. */
  readonly audits?: readonly string[] | undefined;
  /** Settings of the audit, where one alone is asked for. */
  readonly settings?: GivenSettings | undefined;
}

/** Runs audits of the catalogue. */
export async function auditModels(
  models: {
    readonly original: NamedModel;
    readonly unlearned: NamedModel;
    readonly retrained?: NamedModel | undefined;
    readonly test?: NamedPairs | undefined;
  },
  request: AuditRequest = {},
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
  const run = runOf(request);
  const forgotten = await finishYielding(missingPairsSteps(original, unlearned), run.yieldToEventLoop);
  const subject: AuditSubject = { original, unlearned, retrained, forgotten, test };
  const skipped: Record<string, string> = {};
  const names = request.audits ?? cheapOnes(subject, skipped);
  const chosen = names.map((name) => [name, auditOf(name, subject, request.settings)] as const);
  const findings: Record<string, unknown> = {};
  for (const [k, [name, audit]] of chosen.entries()) {
    const part = (fraction: number) => (k + fraction) / chosen.length;
    const { onProgress = () => {} } = run;
    onProgress({ phase: name, step: k + 1, fraction: part(0) });
    const watched = { ...run, onProgress: (at: Progress) => onProgress({ ...at, fraction: part(at.fraction) }) };
    findings[name] = await audit.run(subject, watched);
    await run.yieldToEventLoop();
  }
  return { forgotten: forgotten.users.length, findings, skipped, sections: sectionsOf(findings) };
}

/** What findings show, each under the question of its audit. An audit that does not say how is shown as names and numbers. */
export function sectionsOf(findings: Readonly<Record<string, unknown>>): Section[] {
  return Object.entries(findings).flatMap(([name, finding]) => {
    if (finding === null || finding === undefined) return [];
    const { question, parts = plainParts } = methodNamed(audits, name).entry.make({});
    return [{ name, question, parts: parts(finding) }];
  });
}

/** The audits that cost no training and no solve, less those that this subject does not allow: these are put to `skipped`, each with the reason. */
export function cheapOnes(subject: AuditSubject, skipped: Record<string, string>): string[] {
  const cheap = audits.methods.filter(({ cost }) => cost === "closed form");
  return cheap.flatMap((entry) => {
    const why = unmetNeed(entry, subject.unlearned.trained) ?? entry.make({}).missing?.(subject);
    if (why === undefined) return [entry.name];
    skipped[entry.name] = why;
    return [];
  });
}

/** The audit of a name; throws `bad-input` where the subject does not have what it cannot do without. */
export function auditOf(name: string, subject: AuditSubject, settings: GivenSettings | undefined): Audit {
  const audit = makeNamed(audits, name, subject.unlearned.trained, settings);
  const missing = audit.missing?.(subject);
  if (missing === undefined) return audit;
  throw new LetheError("bad-input", `the audit ${name} ${missing}`, "leave it out, or give it");
}

/** The kind of model and its loss, in words. */
function kindOf({ kind, smooth }: TrainedModel): string {
  const loss = smooth?.objective.settings.loss;
  return loss === undefined || loss.confidence ? kind : `${kind} with ${loss.name} loss`;
}
