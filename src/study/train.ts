/** From a file of ratings to a model folder. */

import { type ReadingOptions, readInteractions } from "../data/reading.ts";
import { checkTarget } from "../exchange/target.ts";
import { type FactorizationSettings, factorization } from "../objective/factorization.ts";
import type { TrainStatus } from "../training/descent.ts";
import { type TrainOptions, train } from "../training/train.ts";
import { storeModel } from "./model.ts";

/** What training a file reports. Norms are ‖∇J‖ of the sum-scaled objective; seconds are those of training, without reading and writing. */
export interface TrainReport {
  readonly status: TrainStatus;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly tolerance: number;
  readonly seconds: number;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Rows that repeat the user and item of an earlier one. */
  readonly duplicates: number;
  readonly seed: number;
  readonly out: string;
}

/** Reads, trains, stores. A run that does not converge is stored too, and marked. */
export async function trainFile(
  file: string,
  out: string,
  settings: FactorizationSettings,
  options: TrainOptions & { readonly reading?: ReadingOptions } = {},
): Promise<TrainReport> {
  // Before the long work, not after it.
  await checkTarget(out);
  const reading = await readInteractions(file, options.reading);
  const { dataset } = reading;
  const objective = factorization(settings, dataset.interactions);
  const begun = performance.now();
  const trained = await train(objective, options);
  const seconds = (performance.now() - begun) / 1000;
  await storeModel(out, { trained, dataset }, options);
  return {
    status: trained.status,
    objective: trained.value,
    gradientNorm: trained.gradientNorm,
    tolerance: trained.tolerance,
    seconds,
    users: dataset.userIds.size,
    items: dataset.itemIds.size,
    interactions: dataset.interactions.size,
    duplicates: reading.duplicates,
    seed: trained.seed,
    out,
  };
}
