/** Interactions for a model that is there: held-out ones to test it by, and new ones to bring it up to date. */

import type { Dataset } from "../../data/dataset.ts";
import { type Reading, type ReadingOptions, readInteractions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** Reads them; only a model whose scores are ratings needs ratings. */
export function readRowsFor(
  { unit }: Pick<TrainedModel, "unit">,
  file: string,
  options: ReadingOptions = {},
): Promise<Reading> {
  return readInteractions(file, { rating: unit === "rating" ? "needed" : "optional", ...options });
}

/** Held-out interactions, where there are any; throws `bad-input` on words about how to read a file that nobody named. */
export async function readHeldOut(
  model: Pick<TrainedModel, "unit">,
  test: string | undefined,
  reading: ReadingOptions = {},
): Promise<Dataset | undefined> {
  if (test !== undefined) return (await readRowsFor(model, test, reading)).dataset;
  const given = Object.entries(reading).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return undefined;
  throw new LetheError(
    "bad-input",
    `\`${given}\` says how held-out interactions are read, and there are none`,
    `name their file by \`test\`, or leave out \`${given}\``,
    given,
  );
}
