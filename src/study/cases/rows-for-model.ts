/** Interactions for a model that is there: held-out ones to test it by, and new ones to bring it up to date. */

import { type Reading, type ReadingOptions, readInteractions } from "../../data/reading.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** Reads them; only a model whose scores are ratings needs ratings. */
export function readRowsFor(
  { unit }: Pick<TrainedModel, "unit">,
  file: string,
  options: ReadingOptions = {},
): Promise<Reading> {
  return readInteractions(file, { rating: unit === "rating" ? "needed" : "optional", ...options });
}
