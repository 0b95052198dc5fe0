/** A method that values the players, and what that took. */

import type { Candidate, JudgingSubject } from "../../../judging/judge.ts";
import { recorded } from "../../../judging/keys.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { type Estimate, type Estimator, type PreparedEstimator, worstOf } from "../../../method/estimator.ts";
import type { Measure } from "../../../method/measure.ts";
import { unmetNeed } from "../../../method/method.ts";
import type { Players } from "../../../method/players.ts";
import { inParts } from "../../../run.ts";
import { budgetOf } from "../../choosing/budget.ts";
import type { Chosen } from "./candidates.ts";
import { type MethodEffort, metered, sinceThen } from "./effort.ts";
import type { JudgedMethod } from "./judged.ts";
import { refusalOf } from "./refusal.ts";

/** A method with its values and what they cost. */
export interface Valued {
  readonly row: Omit<JudgedMethod, "judgements">;
  readonly candidate: Candidate;
  readonly effort: MethodEffort;
}

/** Lets a method value the players of the subject; the sets of rows that it trains without are put to `fitted`. */
export async function valuedBy(
  { name, entry, made, settings }: Chosen<Estimator>,
  { model, measures, players, openTrainings }: JudgingSubject,
  fitted: Set<string>,
  budget: string | undefined,
  run: RunContext,
): Promise<Valued> {
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  let pooled = 0;
  const counting = recorded(openTrainings, fitted, (trained) => {
    pooled += trained;
  });
  const { seconds } = budgetOf(budget);
  const secondsLeft = seconds === undefined ? undefined : () => seconds - passed();
  const [preparing, asking] = inParts(run, [1, 1]);
  let part = preparing;
  const onProgress: RunContext["onProgress"] = (progress) => part.onProgress?.(progress);
  const meter = metered({ ...run, openTrainings: counting, secondsLeft, onProgress });
  const prepared = await made.prepare(model, meter.run);
  const before = meter.taken();
  part = asking;
  const estimate = await estimateOr(prepared, measures, players).finally(() => prepared.close());
  const trainings = entry.cost === "a training a player" ? Math.max(pooled, estimate.evaluations) : pooled;
  const byPlayer = entry.cost === "a solve a player" || entry.cost === "a training a player";
  return {
    row: {
      ...{ method: name, settings, seconds: passed(), evaluations: estimate.evaluations, trainings },
      ...{ status: worstOf(estimate), notes: estimate.notes ?? [] },
    },
    candidate: {
      ...{ name, estimator: made, estimate, family: entry.properties?.family, cost: entry.cost },
      unmet: (other) => unmetNeed(entry, other),
    },
    effort: {
      ...{ prepared: before, byPlayer, ownAtOnce: prepared.own !== undefined },
      question: sinceThen(meter.taken(), before, byPlayer ? players.count : measures.length),
    },
  };
}

/** What a method says of measures. One that values players for their own rows alone says nothing of them, and judges of own values are left. */
async function estimateOr(
  prepared: PreparedEstimator,
  measures: readonly Measure[],
  players: Players,
): Promise<Estimate> {
  const found = await prepared.estimate(measures, players).catch((error) => {
    if (prepared.own === undefined) throw error;
    return refusalOf(error);
  });
  if (typeof found !== "string") return found;
  const values = new Float64Array(measures.length * players.count).fill(Number.NaN);
  const statuses = Array.from(values, () => "converged" as const);
  return { values, statuses, residual: 0, evaluations: 0, notes: [found] };
}
