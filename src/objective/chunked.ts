/** The whole objective's value, gradient and Hessian products, with turns of the event loop in between. */

import type { Curvature } from "../kernel/kernels.ts";
import type { YieldToEventLoop } from "../run.ts";
import type { Objective } from "./objective.ts";
import { addPenalty } from "./penalty.ts";
import { batchesOf } from "./units.ts";

/** About as many pairs are in a chunk, unless the model is faster with more. */
const pairsInTurn = 2 ** 13;

/** J, and ∇J in `gradient`, yielding to the event loop between chunks. */
export async function evaluateChunked(
  objective: Objective,
  params: Float64Array,
  gradient: Float64Array | undefined,
  yieldToEventLoop: YieldToEventLoop,
): Promise<number> {
  gradient?.fill(0);
  let sum = 0;
  for (const units of chunks(objective, pairsInTurn)) {
    sum += objective.addLoss(params, units, gradient);
    await yieldToEventLoop();
  }
  if (gradient) addPenalty(objective.penalty, params, gradient);
  return sum + objective.penalty.value(params);
}

/** out = H·direction, yielding to the event loop between chunks. */
export async function productChunked(
  objective: Objective,
  params: Float64Array,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
  yieldToEventLoop: YieldToEventLoop,
): Promise<void> {
  out.fill(0);
  for (const units of chunks(objective, pairsInTurn)) {
    objective.addLossProduct(params, units, direction, out, curvature);
    await yieldToEventLoop();
  }
  addPenalty(objective.penalty, direction, out);
}

/** All units, in chunks of about this many pairs, or as many as the model wants together. */
export function chunks(objective: Objective, pairs: number): Generator<Uint32Array> {
  return batchesOf(objective, objective.units, pairs);
}
