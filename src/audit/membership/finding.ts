/** What every attack finds, and how scores become a finding. */

import type { RunContext } from "../../kernel/run-context.ts";
import { percentileInterval } from "../../numeric/statistics.ts";
import type { Interval } from "../../report/part.ts";
import type { AuditedModel, AuditSubject } from "../audit.ts";
import { resampled } from "./bootstrap.ts";
import { type AucDifference, type MembershipVerdict, pointsFactor, verdictOf } from "./equivalence.ts";
import type { MembershipPoints } from "./points.ts";
import { type AttackScores, type Ranking, type Rates, type RocPoint, rankingOf, ratesOf, rocOf } from "./ranking.ts";

/** How well an attack tells forgotten from held-out interactions, with 95 % intervals. */
export interface AttackRates {
  readonly auc: number;
  readonly interval: Interval;
  /** Mean of the shares of both classes that are called rightly. */
  readonly accuracy: number;
  readonly accuracyInterval: Interval;
  /** Share of members called members where 1 % of the others are. */
  readonly tprAt1: number;
  readonly tprAt1Interval: Interval;
}

/** By model; without a retrained one there is no floor to compare with. */
export interface ByModel<Of> {
  readonly original: Of;
  readonly unlearned: Of;
  readonly retrained?: Of;
}

/** The finding of an attack. Plain data. */
export interface MembershipFinding extends ByModel<AttackRates> {
  readonly verdict: MembershipVerdict;
  /** What the attack reads: "outputs" can show weak unlearning alone, "parameters" speak of strong unlearning. */
  readonly reads: "outputs" | "parameters";
  readonly margin: number;
  readonly points: PointCounts;
  /** AUC(unlearned) − AUC(retrained), paired. */
  readonly difference?: AucDifference;
  /** AUC(original) − AUC(retrained), paired: whether the attack sees anything. */
  readonly power?: AucDifference;
  /** Of an undecided verdict: members, and as many times more others, that would decide, were the difference what it seems; absent above a thousand times. */
  readonly pointsNeeded?: number;
  readonly caveats: readonly string[];
  readonly roc: ByModel<readonly RocPoint[]>;
}

/** How many points an attack was tried on. */
export interface PointCounts {
  readonly members: number;
  readonly nonMembers: number;
  /** Members whose user or item has no interaction left in the unlearned model. */
  readonly gone: number;
  /** Held-out interactions that were left out: trained on, or of an unknown user or item. */
  readonly leftOut: number;
}

/** Settings that every attack has. */
export const attackSettings = {
  margin: { summary: "difference of AUC that counts as none", standard: 0.005, above: 0 },
  points: { summary: "points of each class at most, drawn by seed", standard: 20_000, least: 1 },
  resamples: { summary: "resamples of the bootstrap", standard: 1000, least: 20 },
  seed: { summary: "seed of all draws", standard: 1, least: 0 },
} as const;

/** Values of these settings. */
export interface AttackSettings {
  readonly margin: number;
  readonly points: number;
  readonly resamples: number;
  readonly seed: number;
}

/** Something for each model of a subject, one after the other, with the share of progress that each has. */
export async function forEachModel<Of>(
  { original, unlearned, retrained }: AuditSubject,
  run: RunContext,
  ask: (model: AuditedModel, run: RunContext) => Promise<Of>,
): Promise<ByModel<Of>> {
  const models = { original, unlearned, ...(retrained ? { retrained } : {}) };
  const count = Object.keys(models).length;
  const found: Partial<Record<keyof typeof models, Of>> = {};
  for (const [k, [name, model]] of Object.entries(models).entries()) {
    const { onProgress = () => {} } = run;
    const at = (fraction: number) => ({ phase: `the ${name} model`, step: k + 1, fraction: (k + fraction) / count });
    onProgress(at(0));
    found[name as keyof typeof models] = await ask(model, {
      ...run,
      onProgress: ({ fraction }) => onProgress(at(fraction)),
    });
    await run.yieldToEventLoop();
  }
  return found as ByModel<Of>;
}

/** Something computed of each model's. */
export function mapModels<From, To>(of: ByModel<From>, change: (from: From) => To): ByModel<To> {
  return {
    original: change(of.original),
    unlearned: change(of.unlearned),
    ...(of.retrained === undefined ? {} : { retrained: change(of.retrained) }),
  };
}

/** A difference that would need more than so many times the points is as large as the margin, for what can be told. */
const mostTimes = 1000;

/** What is told of an attack beside its scores. */
export interface AttackFacts {
  readonly reads: MembershipFinding["reads"];
  readonly caveats?: readonly string[];
}

/** Rates with intervals, differences and the verdict. Scores of all models are of the same points, in the same order. */
export async function findingOf(
  scores: ByModel<AttackScores>,
  { gone, leftOut }: Pick<MembershipPoints, "gone" | "leftOut">,
  settings: AttackSettings,
  { reads, caveats = [] }: AttackFacts,
  { yieldToEventLoop }: RunContext,
): Promise<MembershipFinding> {
  const { margin } = settings;
  const rankings = mapModels(scores, rankingOf);
  const { members, nonMembers } = rankings.original;
  const list = Object.values(rankings) as Ranking[];
  const { rates } = await resampled(list, settings, yieldToEventLoop);
  const told = mapModels(rankings, (ranking) => ratesWith(ranking, rates[list.indexOf(ranking)]));
  const between = (a: 0 | 1): AucDifference | undefined =>
    list.length < 3
      ? undefined
      : {
          value: ratesOf(list[a]).auc - ratesOf(list[2]).auc,
          interval: percentileInterval(rates[a].map(({ auc }, n) => auc - rates[2][n].auc)),
        };
  const [power, difference] = [between(0), between(1)];
  const verdict = verdictOf(difference, power, margin);
  const factor = verdict === "undecided" && difference ? pointsFactor(difference, margin) : Number.POSITIVE_INFINITY;
  return {
    verdict,
    reads,
    margin,
    points: { members, nonMembers, gone, leftOut },
    ...told,
    ...(difference ? { difference } : {}),
    ...(power ? { power } : {}),
    ...(factor <= mostTimes ? { pointsNeeded: Math.ceil(factor * members) } : {}),
    caveats,
    roc: mapModels(rankings, (ranking) => rocOf(ranking)),
  };
}

function ratesWith(ranking: Ranking, rates: readonly Rates[]): AttackRates {
  const { auc, accuracy, tprAt1 } = ratesOf(ranking);
  const interval = (name: keyof Rates) => percentileInterval(rates.map((one) => one[name]));
  return {
    auc,
    interval: interval("auc"),
    accuracy,
    accuracyInterval: interval("accuracy"),
    tprAt1,
    tprAt1Interval: interval("tprAt1"),
  };
}
