/** Interactions that were held out: what a model is tested on. */

import type { Dataset } from "../../data/dataset.ts";
import { type ReadingOptions, readInteractions } from "../../data/reading.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** Reads them; only a model whose scores are ratings needs ratings to be tested by. */
export async function readHeldOut(
  file: string,
  { unit }: Pick<TrainedModel, "unit">,
  options: ReadingOptions = {},
): Promise<Dataset> {
  const rating = unit === "rating" ? "needed" : "optional";
  return (await readInteractions(file, { rating, ...options })).dataset;
}
