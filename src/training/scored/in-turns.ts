/** The whole objective's value, gradient and Hessian products, with turns of the event loop in between. */

import type { Curvature } from "../../kernel/kernels.ts";
import { addPenalty } from "../../objective/penalty.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import type { Breathe } from "../../run.ts";

/** About as many pairs are worked through between two breaths, unless the model wants more together. */
const pairsInTurn = 2 ** 13;

/** J, and ∇J in `gradient`, with a breath now and then. */
export async function evaluateInTurns(
  objective: ScoredObjective,
  params: Float64Array,
  gradient: Float64Array | undefined,
  breathe: Breathe,
): Promise<number> {
  gradient?.fill(0);
  let sum = 0;
  for (const units of turns(objective, pairsInTurn)) {
    sum += objective.addLoss(params, units, gradient);
    await breathe();
  }
  if (gradient) addPenalty(objective.penalty, params, gradient);
  return sum + objective.penalty.value(params);
}

/** out = H·direction, with a breath now and then. */
export async function productInTurns(
  objective: ScoredObjective,
  params: Float64Array,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
  breathe: Breathe,
): Promise<void> {
  out.fill(0);
  for (const units of turns(objective, pairsInTurn)) {
    objective.addLossProduct(params, units, direction, out, curvature);
    await breathe();
  }
  addPenalty(objective.penalty, direction, out);
}

/** All units, in stretches of about so many pairs, or as many as the model wants together. */
export function* turns(objective: ScoredObjective, pairs: number): Generator<Uint32Array> {
  const { units, settings, interactions, model } = objective;
  const perUnit =
    settings.loss.form === "listwise"
      ? interactions.itemCount + model.extraOutputs
      : (settings.sampling?.perRow ?? 0) * (settings.loss.form === "pairwise" ? 2 : 1) + 1;
  const together = Math.max(1, Math.floor(Math.min(model.batch, 2 ** 31) / perUnit));
  // Whole batches, so that gradients add up in the order, and to the bytes, of `objective.evaluate`.
  const size = together * Math.max(1, Math.floor(pairs / (together * perUnit)));
  for (let at = 0; at < units.length; at += size) yield units.subarray(at, at + size);
}
