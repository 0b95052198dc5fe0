/** What tests of training in shards share. */

import { type Smooth, smoothModel, type TrainedModel } from "../../../src/training/index.ts";

export { likes, ratings } from "../../support/subjects.ts";

/** The model with other parameters. */
export function modelOfParams(model: TrainedModel, params: (length: number) => Float64Array): TrainedModel {
  const smooth = model.smooth as Smooth;
  const { trainer, seed } = model;
  return smoothModel({ ...smooth, params: params(smooth.params.length), trainer, seed });
}
