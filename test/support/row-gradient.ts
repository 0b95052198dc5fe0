/** Gradients over all parameters, the slow way: what sparse ones are held against. */

import type { Objective } from "../../src/objective/objective.ts";
import type { Target } from "../../src/objective/target.ts";

/** ∇ of one row's own term, without L2. */
export function slowRowGradient(objective: Objective, params: Float64Array, row: number): Float64Array {
  const out = new Float64Array(params.length);
  objective.addLoss(params, Uint32Array.of(row), out);
  return out;
}

/** ∇ of what J loses with one row, the loss and the interaction L2 that the row carries: of models that no interaction enters. */
export function takenAwayGradient(objective: Objective, params: Float64Array, row: number): Float64Array {
  const [whole, rest] = [new Float64Array(params.length), new Float64Array(params.length)];
  objective.evaluate(params, whole);
  objective.without(Uint32Array.of(row)).evaluate(params, rest);
  return whole.map((x, k) => x - rest[k]);
}

/** ∇target. */
export function slowTargetGradient(objective: Objective, params: Float64Array, target: Target): Float64Array {
  const out = new Float64Array(params.length);
  const point = objective.serving.at(params, target.pairs);
  point.addVjp(target.slopes(point.scores), out);
  return out;
}
