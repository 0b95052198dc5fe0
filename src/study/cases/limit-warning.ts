/** What to change when a training to an optimum stopped before it. */

import type { RunContext } from "../../kernel/run-context.ts";
import { median } from "../../numeric/statistics.ts";
import { l2FromData } from "../../training/l2.ts";
import { toleranceScale, usualTolerance } from "../../training/tolerance.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import type { TrainPlan } from "../choosing/plan.ts";

/** Steps that may be taken where nothing is said: with closed forms, and with Newton's method on all parameters. */
const usualSteps = { closed: 300, other: 100 };

/** A warning about a training that goes to an optimum and did not reach it: none where it did, or where batches alone trained. */
export async function limitWarnings(
  trained: TrainedModel,
  plan: TrainPlan,
  maxSteps: number | undefined,
  run: RunContext,
): Promise<string[]> {
  const { smooth, trainer } = trained;
  if (!trainer.toOptimum || smooth?.status !== "step-limit") return [];
  const { gradientNorm, tolerance } = smooth;
  const found = `training stopped before its optimum: ‖∇J‖ is ${gradientNorm.toPrecision(2)}, the tolerance ${tolerance.toPrecision(2)}`;
  const usual = usualTolerance * toleranceScale(smooth.objective);
  if (gradientNorm <= usual)
    return [
      `${found}; leave \`tolerance\` out: for these data it is ${usual.toPrecision(2)}, and rounding may allow no less`,
    ];
  const most = plan.recipe === undefined ? usualSteps.closed : usualSteps.other;
  const more = `raise \`maxSteps\`, to ${Math.max(most, 4 * (maxSteps ?? most))}`;
  const others = plan.recipe === undefined ? await easier(trained, smooth, plan, run) : [];
  return [
    `${found}; ${(maxSteps !== undefined && maxSteps < most ? [more, ...others] : [...others, more]).join("; or ")}`,
  ];
}

/** Another problem on the same data that is easier: more L2, or numbers that are nearer to each other. */
async function easier(
  { interactions, keys, trainer }: TrainedModel,
  { objective: { settings } }: Smooth,
  { l2From }: TrainPlan,
  run: RunContext,
): Promise<string[]> {
  const usual =
    l2From === "given" ? await l2FromData(settings, { interactions, keys }, trainer.sharding, run) : undefined;
  const l2 =
    usual !== undefined && usual > settings.l2
      ? [`leave \`l2\` out: ${usual} follows from the data, and ${settings.l2} is little for them`]
      : [];
  const { confidence } = settings.loss;
  if (confidence === undefined) return l2;
  // The middle of the numbers then doubles the confidence.
  const alpha = 1 / median(interactions.ratings.map(Math.abs));
  const smaller = alpha < confidence.alpha ? [`give a smaller \`alpha\`, ${alpha.toPrecision(1)}`] : [];
  return [...l2, ...smaller, "write ln(1 + r) for every number r of the file, where the largest outweigh the others"];
}
