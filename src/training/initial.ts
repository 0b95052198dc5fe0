/** Where the training of a model began. */

import type { TrainedModel } from "./trained-model.ts";

/**
 * The parameters before the first step, drawn again by the model's trainer and seed; undefined for a model without an objective of its own, for
 * an imported one, whose start nobody knows, and for a trainer that has none.
 */
export function initialParameters({ smooth, trainer, seed, origin }: TrainedModel): Float64Array | undefined {
  if (smooth === undefined || origin === "imported") return undefined;
  return trainer.start?.(smooth.objective, seed);
}
