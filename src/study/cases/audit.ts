/** All audits of an unlearned model, in one report. */

import type { NamedPairs } from "../../audit/audit.ts";
import { type AuditSubject, audits } from "../../audit/index.ts";
import { missingPairsSteps } from "../../audit/names.ts";
import { LetheError } from "../../errors.ts";
import { type GivenSettings, makeNamed } from "../../method/method.ts";
import { finishYielding } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";

/** Findings by audit name, and how many interactions were found to be forgotten. */
export interface AuditReport {
  readonly forgotten: number;
  readonly findings: Readonly<Record<string, unknown>>;
}

/** Which audits are run, with which settings. */
export interface AuditRequest extends UseOptions {
  /** Names; default: all of them. */
  readonly audits?: readonly string[] | undefined;
  /** Settings of an audit, where one is asked for. */
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
  const findings: Record<string, unknown> = {};
  for (const name of request.audits ?? audits.methods.map((audit) => audit.name)) {
    const audit = makeNamed(audits, name, unlearned.trained, request.settings);
    findings[name] = await audit.run(subject, run);
    await run.yieldToEventLoop();
  }
  return { forgotten: forgotten.users.length, findings };
}

/** The kind of model and its loss, in words. */
function kindOf({ kind, smooth }: TrainedModel): string {
  const loss = smooth?.objective.settings.loss;
  return loss === undefined || loss.confidence ? kind : `${kind} with ${loss.name} loss`;
}
