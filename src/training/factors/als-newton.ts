/** Training from scratch: alternating least squares to the basin, then Newton to the optimum. */

import { randomOf } from "../../numeric/random.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";
import { indexKeys } from "../../objective/negatives.ts";
import { alternate } from "./alternating.ts";
import { newton } from "./newton.ts";
import { type DescentOptions, descend, finish } from "./reoptimise.ts";
import { toOptimum } from "./to-optimum.ts";
import type { Trained } from "./trained.ts";

/** What training takes. */
export interface TrainOptions extends DescentOptions {
  /** Where the item factors start; the optimum should not depend on it. Default 1. */
  readonly seed?: number | undefined;
  /** By which the items' starts are drawn: keys of outside ids; default those of the indices. */
  readonly itemKeys?: Uint32Array | undefined;
  /** Sweeps of alternating least squares before Newton. Default 12. */
  readonly sweeps?: number | undefined;
}

/** Minimises the objective from a random start. The status tells whether ‖∇J‖ came within the tolerance. */
export async function train(objective: Factorization, options: TrainOptions): Promise<Trained> {
  const { seed = 1, tolerance = 1e-8, sweeps = 12, itemKeys = indexKeys(objective.interactions).items } = options;
  const optimum = await descend(objective, { ...options, tolerance }, async (descent) => {
    descent.session.setPoint(randomStart(objective, seed, itemKeys));
    const rough = await alternate(descent, sweeps, tolerance);
    if (rough.gradientNorm > tolerance) await toOptimum(descent, newton);
    return finish(descent);
  });
  return { ...optimum, objective, seed, tolerance };
}

/** Items at random near zero, each by its key, everything else at zero, the mean at the ratings' mean. Users are solved first, so they need no start. */
export function randomStart(objective: Factorization, seed: number, itemKeys: Uint32Array): Float64Array {
  const { shape, interactions } = objective;
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const params = new Float64Array(objective.parameterCount);
  const random = randomOf(seed, "items");
  const { start } = interactions.byItem;
  for (let i = 0; i < shape.itemCount; i++) {
    if (start[i + 1] === start[i]) continue;
    const own = random.fork(itemKeys[i]);
    for (let f = 0; f < shape.factors; f++) params[itemsAt + i * stride + f] = 0.1 * own.normal();
  }
  if (meanAt >= 0) {
    let sum = 0;
    for (let k = 0; k < interactions.size; k++) sum += interactions.ratings[k];
    params[meanAt] = interactions.size > 0 ? sum / interactions.size : 0;
  }
  return params;
}
