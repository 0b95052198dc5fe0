/** How much work something took, and how much judges will do by that. */

import type { Judge, JudgeWork, JudgingSubject } from "../../../judging/judge.ts";
import type { RunContext } from "../../../kernel/run-context.ts";

/** What a piece of work took. Interactions read are the same on every machine; seconds are not. */
export interface Effort {
  readonly seconds: number;
  readonly rows: number;
}

/** A run that counts what its work takes. */
export function metered<Run extends RunContext>(run: Run): { readonly run: Run; taken(): Effort } {
  const begun = performance.now();
  let rows = 0;
  const onRows = (more: number) => {
    rows += more;
    run.onRows?.(more);
  };
  return { run: { ...run, onRows }, taken: () => ({ seconds: (performance.now() - begun) / 1000, rows }) };
}

/** What a method took: before it was asked, and for one question. */
export interface MethodEffort {
  readonly prepared: Effort;
  readonly question: Effort;
  /** Whether every player is a question, rather than every measure. */
  readonly byPlayer: boolean;
  /** Whether all players' own fits are one question. */
  readonly ownAtOnce: boolean;
}

/** What came after a part of an effort, for each of so many questions. */
export function sinceThen(whole: Effort, before: Effort, questions: number): Effort {
  const share = Math.max(1, questions);
  return { seconds: (whole.seconds - before.seconds) / share, rows: (whole.rows - before.rows) / share };
}

/** How much a judge does before the first method, and for each. */
export interface ExpectedWork {
  readonly before: number;
  readonly each: readonly number[];
}

/** What judges are told of who is asked about. */
export function askedOf({ measures, players, model }: JudgingSubject): Parameters<Judge["work"]>[0] {
  return { measures: measures.length, players: players.count, users: model.interactions.userCount };
}

/** The work of a judge in the unit that is asked for, by what a training and each method took. */
export function expectedWork(
  work: JudgeWork,
  training: Effort,
  methods: readonly MethodEffort[],
  unit: keyof Effort,
): ExpectedWork {
  const each = methods.map((method) => {
    const questions = questionsOf(work, method);
    const asked = questions === 0 ? 0 : method.prepared[unit] + questions * method.question[unit];
    return work.trainingsEach * training[unit] + asked;
  });
  return { before: work.trainings * training[unit], each };
}

function questionsOf({ measures, players, own }: JudgeWork, { byPlayer, ownAtOnce }: MethodEffort): number {
  if (measures === 0) return 0;
  if (byPlayer) return (own ? 2 : 1) * players;
  return measures + (own ? (ownAtOnce ? 1 : players) : 0);
}

/** All of it. */
export function wholeOf({ before, each }: ExpectedWork): number {
  return each.reduce((sum, one) => sum + one, before);
}
