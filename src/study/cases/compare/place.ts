/** The model that a comparison is about: opened from its folder, or the usual one trained on a file of interactions. */

import { type ReadingOptions, readInteractions } from "../../../data/reading.ts";
import { isFolder } from "../../../exchange/files/make-folder.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { planOf } from "../../choosing/plan.ts";
import { type NamedModel, openModel } from "../../store/model.ts";
import { trainOn } from "../train.ts";
import { modelWarnings, readingWarnings } from "../train-warnings.ts";

/** A model, and how it came to be. */
export interface ModelAt {
  readonly named: NamedModel;
  /** Seconds of training, where the place was a file of interactions; else null. */
  readonly trainSeconds: number | null;
  readonly warnings: readonly string[];
}

/** The model at a place. */
export async function modelAt(place: string, reading: ReadingOptions, run: RunContext): Promise<ModelAt> {
  if (await isFolder(place)) return { named: await openModel(place, run), trainSeconds: null, warnings: [] };
  const read = await readInteractions(place, reading);
  const begun = performance.now();
  const named = await trainOn(read.dataset, planOf({ model: "mf" }), run);
  const trainSeconds = (performance.now() - begun) / 1000;
  return { named, trainSeconds, warnings: [...readingWarnings(read), ...(await modelWarnings(named.trained, run))] };
}
