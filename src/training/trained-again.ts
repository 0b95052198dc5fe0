/** A model beside the one that its own trainer makes of the same rows: whether what came about in another way is what that training gives. */

import type { TrainStatus } from "./factors/descent.ts";
import { dataWithout } from "./refit.ts";
import { type ScoreDistance, scoreDistance } from "./sameness.ts";
import { askedOr } from "./tolerance.ts";
import type { TrainedModel, TrainRun } from "./trained-model.ts";

/** The training, and how far it ended from the model. */
export interface TrainedAgain extends ScoreDistance {
  readonly model: TrainedModel;
  /** Whether it ended as such a training is to end: at an optimum, where its trainer goes on to one. */
  readonly isFinished: boolean;
}

/** Trains on a model's rows from scratch, with its own trainer, seed and tolerance, and compares. Of a model in shards all members train again. */
export async function trainedAgain(model: TrainedModel, run: TrainRun): Promise<TrainedAgain> {
  const { smooth, shards, trainer, seed } = model;
  const as = { ...run, ...askedOr({}, smooth ?? shards?.[0]?.model.smooth) };
  const again = await trainer.train(dataWithout(model, new Uint32Array(0)), seed, as);
  const ends = statusesOf(again);
  const isFinished = !ends.includes("breakdown") && (!trainer.toOptimum || ends.every((end) => end === "converged"));
  return { model: again, isFinished, ...(await scoreDistance(model, again, run)) };
}

function statusesOf({ smooth, shards = [] }: TrainedModel): TrainStatus[] {
  return [smooth, ...shards.map(({ model }) => model.smooth)].flatMap((part) => (part ? [part.status] : []));
}
