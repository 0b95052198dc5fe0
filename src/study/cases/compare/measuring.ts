/** What is measured of every method: the distance left, top lists, the test file, and verdicts of audits. */

import type { AuditSubject, NamedPairs } from "../../../audit/audit.ts";
import { type DistanceOnPairs, distance, topItemsOverlap } from "../../../audit/index.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { GivenSettings } from "../../../method/method.ts";
import type { Verdict } from "../../../report/part.ts";
import type { NamedModel } from "../../store/model.ts";
import { evaluateOn } from "../evaluate.ts";
import type { ChosenAudit } from "./choosing.ts";
import type { ComparedMethod, Left, TestFigures } from "./comparison.ts";

/** What all methods of one model are measured against. */
export interface Yardstick {
  readonly original: NamedModel;
  readonly retrained: NamedModel;
  readonly forgotten: NamedPairs;
  readonly test: NamedPairs | undefined;
}

/** The subject that audits look at. */
export function subjectOf(yardstick: Yardstick, unlearned: NamedModel): AuditSubject {
  return { ...yardstick, unlearned };
}

/** How much of the distance from the original to the retrained model is left, by kind of pairs. */
export async function leftOf(subject: AuditSubject, settings: GivenSettings, run: RunContext): Promise<Left> {
  const found = await distance.make(settings).run(subject, run);
  return Object.fromEntries(Object.entries(found).map(([pairs, compared]) => [pairs, shareOf(compared)]));
}

/** A method that moves what forgetting does not move leaves no share that could be told: null, and not 0. */
function shareOf({ left, originalToRetrained, unlearnedToRetrained }: DistanceOnPairs): number | null {
  const strays = originalToRetrained?.rms === 0 && unlearnedToRetrained?.rms !== 0;
  return strays ? null : numberOrNull(left);
}

/** The share of common items in the top lists, with the retrained model. */
export async function topItemsOf(subject: AuditSubject, settings: GivenSettings, run: RunContext): Promise<number> {
  const { withRetrained = Number.NaN } = await topItemsOverlap.make(settings).run(subject, run);
  return withRetrained;
}

/** RMSE and hit rate on the test set. */
export async function testFigures(
  named: NamedModel,
  test: Dataset | undefined,
  run: RunContext,
): Promise<TestFigures | null> {
  if (test === undefined) return null;
  const { rmse, metrics } = await evaluateOn(named, test, {}, run);
  return { rmse: numberOrNull(rmse), hr: numberOrNull(metrics.hr) };
}

function numberOrNull(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

/** What audits say of an unlearned model, in a verdict each. */
export async function verdictsOf(
  chosen: readonly ChosenAudit[],
  subject: AuditSubject,
  run: RunContext,
): Promise<ComparedMethod["audits"]> {
  const out: Record<string, Pick<Verdict, "outcome" | "text">> = {};
  for (const { name, audit, unmet, asked } of chosen) {
    const why = unmet(subject);
    if (why !== undefined) {
      out[name] = { outcome: "open", text: why };
      continue;
    }
    const finding = await audit.run(subject, run);
    const parts = finding === null ? [] : (audit.parts?.(finding) ?? []);
    const verdicts = parts.filter((part) => part.kind === "verdict");
    if (verdicts.length > 0) out[name] = together(verdicts);
    else if (asked) out[name] = { outcome: "open", text: "gives no verdict" };
    await run.yieldToEventLoop();
  }
  return out;
}

/** Several verdicts as one: as good as the worst of them. */
function together(verdicts: readonly Verdict[]): Pick<Verdict, "outcome" | "text"> {
  const outcome = (["bad", "open"] as const).find((one) => verdicts.some((verdict) => verdict.outcome === one));
  return { outcome: outcome ?? "good", text: verdicts.map(({ text }) => text).join("; ") };
}
