/** Can an attacker who learned from models of their own tell what was trained on? */

import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import type { Audit, AuditedModel, AuditSubject } from "./audit.ts";
import { drawnInteractions } from "./membership/drawing.ts";
import { standardise } from "./membership/embeddings.ts";
import { attackSettings, findingOf, forEachModel, type MembershipFinding, mapModels } from "./membership/finding.ts";
import { fitLogistic, logitsOf } from "./membership/logistic.ts";
import { type LossPoints, lossPointsOf, missingLoss, withOwnNegatives } from "./membership/losses.ts";
import type { Inputs } from "./membership/network.ts";
import { membershipParts } from "./membership/parts.ts";
import { membershipPoints, missingPoints } from "./membership/points.ts";
import {
  featureNames,
  featuresOf,
  inputsFrom,
  popularityIn,
  readingOf,
  type Shadow,
  shadowsOf,
  unseenLosses,
} from "./membership/shadows.ts";

/** What the attacker found, and what it learned. */
export interface ShadowFinding extends MembershipFinding {
  readonly shadows: {
    readonly count: number;
    /** Those that reached an optimum; null where the trainer does not go on to one. */
    readonly converged: number | null;
    /** Points that the attacker learned from, each once for every shadow model. */
    readonly points: number;
  };
  /** Weight of every feature, a deviation being the unit. */
  readonly weights: Readonly<Record<string, number>>;
}

const settings = {
  ...attackSettings,
  shadows: { summary: "shadow models, each trained on a half", standard: 4, least: 2 },
} as const;

/**
 * Shadow models (Shokri et al. 2017) are trained by the model's own trainer on halves of what remains. A logistic regression learns from them which points
 * were in; it reads score, loss, the loss beside that of shadow models that did not see the point, and how popular the item is.
 */
export const shadowModels = method({
  name: "shadow-models",
  summary: "membership attack learned from shadow models, with the retrained floor",
  source: "Shokri, Stronati, Song and Shmatikov (2017); Watson, Guo, Cormode and Sablayrolles (2022)",
  needs: [],
  settings,
  cost: "a pool",
  make: (given): Audit<ShadowFinding> => ({
    question: "can an attacker who trained models of their own tell what was trained on?",
    missing: (subject) => missingPoints(subject) ?? missingLoss(subject.unlearned.trained, subject.test),
    async run(subject, run) {
      const points = await membershipPoints(subject, given, run.yieldToEventLoop);
      const { shadows, ...lesson } = await lessonOf(subject, given, run);
      const { members, nonMembers } = await lossPointsOf(subject, points, given.seed, run.yieldToEventLoop);
      const elsewhere = await readings(shadows, [members, nonMembers], run);
      const inputs = await forEachModel(subject, run, async (model) => {
        const of = async (asked: LossPoints, lists: readonly Float64Array[]) => {
          const read = await readingOf(model, asked, run);
          const unseen = (k: number) => lists.map((losses) => losses[k]);
          return inputsFrom(featuresOf(read, unseen, popularityIn(subject.original, asked)) as number[][]);
        };
        return { members: await of(members, elsewhere[0]), nonMembers: await of(nonMembers, elsewhere[1]) };
      });
      standardise(
        lesson.inputs,
        Object.values(inputs).flatMap((one) => [one.members, one.nonMembers]),
      );
      const { weights, converged } = await fitLogistic(lesson.inputs, lesson.labels, run.yieldToEventLoop);
      const asked = (of: Inputs) => logitsOf(of, weights);
      const scores = mapModels(inputs, (one) => ({
        members: asked(one.members),
        nonMembers: asked(one.nonMembers),
        threshold: 0,
      }));
      const caveats = converged ? [] : ["The attacker's regression did not converge: it may see less than there is."];
      return {
        ...(await findingOf(scores, points, given, { reads: "outputs", caveats }, run)),
        shadows: { count: shadows.length, converged: convergedOf(shadows), points: lesson.labels.length },
        weights: Object.fromEntries(featureNames.map((name, k) => [name, weights[k]])),
      };
    },
    parts: membershipParts,
  }),
});

/** What shadow models teach: features of points that they were trained on, or not. */
async function lessonOf(
  subject: AuditSubject,
  { shadows: count, points, seed }: { shadows: number; points: number; seed: number },
  run: RunContext,
): Promise<{ shadows: readonly Shadow[]; inputs: Inputs; labels: Uint8Array }> {
  const { unlearned } = subject;
  const shadows = await shadowsOf(unlearned, count, seed, run);
  const pairs = await drawnInteractions(
    unlearned,
    { points: Math.ceil((2 * points) / count), seed },
    run.yieldToEventLoop,
  );
  const asked = await withOwnNegatives(subject, pairs, seed, run.yieldToEventLoop);
  const read: { scores: Float64Array; losses: Float64Array }[] = [];
  for (const { model } of shadows) read.push(await readingOf(model, asked, run));
  const has = shadows.map((shadow) => asked.users.map((user, k) => shadow.has(user, asked.items[k])));
  const losses = read.map((one) => one.losses);
  const rows: (readonly number[])[] = [];
  const labels: number[] = [];
  shadows.forEach((_, s) => {
    featuresOf(read[s], (k) => unseenLosses(losses, has, s, k), popularityIn(unlearned, asked)).forEach((row, k) => {
      if (row === undefined) return;
      rows.push(row);
      labels.push(has[s][k] ? 1 : 0);
    });
  });
  return { shadows, inputs: inputsFrom(rows), labels: Uint8Array.from(labels) };
}

/** Losses of lists of points under every shadow model, list by list. */
async function readings(shadows: readonly Shadow[], lists: readonly LossPoints[], run: RunContext) {
  const out: Float64Array[][] = lists.map(() => []);
  for (const { model } of shadows)
    for (const [n, list] of lists.entries()) out[n].push((await readingOf(model, list, run)).losses);
  return out;
}

function convergedOf(shadows: readonly Shadow[]): number | null {
  const reached = ({ trained }: AuditedModel) => trained.smooth === undefined || trained.smooth.status === "converged";
  if (shadows.some(({ model }) => !model.trained.trainer.toOptimum)) return null;
  return shadows.filter(({ model }) => reached(model)).length;
}
