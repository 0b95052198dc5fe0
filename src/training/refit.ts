/** Training again from scratch on what remains, as the model itself was trained. */

import type { Rows } from "../data/interactions.ts";
import { askedOr } from "./tolerance.ts";
import type { TrainedModel, TrainingData, TrainRun } from "./trained-model.ts";

/** What a model was trained on, less some rows: frozen negatives of the others go along. */
export function dataWithout({ interactions, keys, smooth }: TrainedModel, rows: Rows): TrainingData {
  if (smooth === undefined) return { interactions: interactions.without(rows), keys };
  const { interactions: left, negatives, settings } = smooth.objective.without(rows);
  return { interactions: left, keys, ...(settings.sampling ? { negatives } : {}) };
}

/** Trains a model of the same kind with the model's own trainer on what remains; it never sees the rows. */
export function refit(model: TrainedModel, withoutRows: Rows, seed: number, run: TrainRun): Promise<TrainedModel> {
  const { smooth, shards } = model;
  const as = { ...run, ...askedOr(run, smooth ?? shards?.[0]?.model.smooth) };
  // Members with the same seed that held none of the rows would come out as they are.
  if (seed === model.seed && model.refitMembers) return model.refitMembers(withoutRows, as);
  return model.trainer.train(dataWithout(model, withoutRows), seed, as);
}
