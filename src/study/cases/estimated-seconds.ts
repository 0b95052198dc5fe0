/** How long forgetting will take, about: a gradient is timed here, and a method takes as long as so many. */

import type { RunContext } from "../../kernel/run-context.ts";
import { gradientAt } from "../../objective/session.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";

/** Seconds, about, and what they come from. */
export interface Estimate {
  /** Null where nothing can be timed. */
  readonly seconds: number | null;
  readonly basis: string;
}

/** Estimates how long a method takes on a model, and so many trainings that check it; the certificate is in it. Computes three gradients. */
export async function estimatedSeconds(
  model: TrainedModel,
  method: string,
  run: RunContext,
  checks = 0,
): Promise<Estimate> {
  const parts = model.smooth ? [model.smooth] : (model.shards ?? []).flatMap(({ model: { smooth } }) => smooth ?? []);
  if (parts.length === 0) return { seconds: null, basis: "this model has no objective whose passes could be timed" };
  let pass = 0;
  for (const part of parts) pass += await passSeconds(part, run);
  const trainer = model.trainer.sharding?.inner ?? model.trainer;
  const passes = passesOf(method, trainer) + checks * passesOf("retrain", trainer);
  const more = checks === 0 ? "" : ` with ${checks} more training${checks === 1 ? "" : "s"}`;
  const whose = model.smooth ? "" : " of all members, of which those that are not hit take no time";
  return {
    seconds: Number((pass * passes).toPrecision(2)),
    basis: `${method}${more} takes about as long as ${passes} gradients, and one took ${(1000 * pass).toPrecision(2)} ms here${whose}; a quarter to four times as long was seen`,
  };
}

/** The shortest of three: what else the machine does only adds. */
async function passSeconds({ objective, params }: Smooth, run: RunContext): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 3; k++) {
    await run.yieldToEventLoop();
    const begun = performance.now();
    await gradientAt(objective, params, run);
    least = Math.min(least, performance.now() - begun);
  }
  return least / 1000;
}

/** Gradients that take as long as the method: closed forms are re-optimised in some dozen passes of several gradients each, batches take epochs, Newton's method hundreds. */
function passesOf(method: string, { settings, toOptimum }: TrainedModel["trainer"]): number {
  const epochs =
    typeof settings === "object" && settings !== null && "epochs" in settings ? Number(settings.epochs) : 0;
  const byBatches = epochs > 0;
  const training = byBatches ? 3 * epochs + (toOptimum ? 500 : 0) : 500;
  if (["retrain", "sisa", "receraser"].includes(method)) return training;
  if (method === "exact") return byBatches ? 500 : 400;
  return 100;
}
