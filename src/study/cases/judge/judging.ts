/** A judge that judges every method, and what each judgement cost. */

import type { Candidate, Judge, JudgingSubject, PreparedJudge } from "../../../judging/judge.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { EstimateRun } from "../../../method/estimator.ts";
import { ended, inParts, within } from "../../../run.ts";
import type { Chosen } from "./candidates.ts";
import type { ExpectedWork } from "./effort.ts";
import type { JudgedCell, UsedJudge } from "./judged.ts";
import { refusalOf } from "./refusal.ts";
import type { Valued } from "./valuing.ts";

/** Judges all methods, and says how far that is by what each part is expected to take. */
export async function judgedBy(
  { name, made, settings }: Chosen<Judge>,
  subject: JudgingSubject,
  valued: readonly Valued[],
  { before, each }: ExpectedWork,
  run: RunContext,
): Promise<{ readonly used: UsedJudge; readonly cells: readonly JudgedCell[] }> {
  const begun = performance.now();
  const parts = inParts(run, [before, ...each]).map((part, step) => within(part, 0, 1, { step }));
  const prepared = await made.prepare(subject, parts[0]);
  ended(parts[0]);
  const seconds = (performance.now() - begun) / 1000;
  const trainings = prepared.trainings();
  try {
    const cells: JudgedCell[] = [];
    for (const [k, { candidate }] of valued.entries()) {
      cells.push(await cellOf(made, prepared, candidate, parts[k + 1]));
      ended(parts[k + 1]);
    }
    const { question, better, axis = null } = made;
    const figures = finite(prepared.figures);
    return { used: { judge: name, settings, question, better, axis, figures, seconds, trainings }, cells };
  } finally {
    await prepared.close();
  }
}

async function cellOf(
  judge: Judge,
  prepared: PreparedJudge,
  candidate: Candidate,
  run: EstimateRun,
): Promise<JudgedCell> {
  const begun = performance.now();
  const before = prepared.trainings();
  const unfit = judge.unfit?.(candidate);
  const found = unfit ?? (await prepared.of(candidate, run).catch(refusalOf));
  const cost = { seconds: (performance.now() - begun) / 1000, trainings: prepared.trainings() - before };
  if (typeof found === "string")
    return { ...cost, value: null, interval: null, figures: {}, curves: {}, status: null, reason: found, notes: [] };
  const { value, interval, figures, curves = {}, status, notes = [] } = found;
  const told = interval?.every(Number.isFinite) ? interval : null;
  return {
    ...{ value: orNull(value), interval: told, figures: finite(figures), curves, status },
    ...{ ...cost, reason: null, notes },
  };
}

const orNull = (value: number) => (Number.isFinite(value) ? value : null);
const finite = (figures: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, orNull(value)]));
