/** Gradients of whole units along a direction: of rows' terms, or of a user's whole list with what the model adds to it. */

import type { Steps } from "../run.ts";
import type { Objective } from "./objective.ts";
import { batchesOf } from "./units.ts";

/** About as many pairs are between two turns of the event loop, unless the model is faster with more. */
const pairsInTurn = 2 ** 13;

/** ⟨∇ℓ of each unit, direction⟩, without L2: of an autoencoder the gradient of a user's negative ELBO. In steps of some milliseconds. */
export function* unitsAlongInSteps(
  objective: Objective,
  params: Float64Array,
  units: Uint32Array,
  direction: Float64Array,
): Steps<Float64Array> {
  const out = new Float64Array(units.length);
  let at = 0;
  for (const some of batchesOf(objective, units, pairsInTurn)) {
    const examples = objective.examplesOf(some);
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    objective.settings.loss.evaluate(point.scores, examples, slopes);
    const tangent = point.jvp(direction);
    const { owners, start } = examples;
    for (let g = 0; g < owners.length; g++)
      for (let n = start[g]; n < start[g + 1]; n++) out[at + owners[g]] += slopes[n] * tangent[n];
    at += some.length;
    yield;
  }
  return out;
}
