/** The model that a comparison is about: opened from its folder, or the usual one trained on a file of interactions. */

import { type ReadingOptions, readInteractions } from "../../../data/reading.ts";
import { LetheError } from "../../../errors.ts";
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

/** How a file is read and its model trained; nothing of it is for a folder. */
export interface FileOptions extends Pick<ReadingOptions, "columns" | "format" | "separator" | "decimal"> {
  /** λ of the model; default as usual. */
  readonly l2?: number | undefined;
}

/** The model at a place; throws `bad-input` on options of files where the place is a folder. */
export async function modelAt(place: string, { l2, ...reading }: FileOptions, run: RunContext): Promise<ModelAt> {
  const ofFolder = await isFolder(place);
  if (ofFolder) refuseFileOptions(place, { l2, ...reading });
  if (ofFolder) return { named: await openModel(place, run), trainSeconds: null, warnings: [] };
  const read = await readInteractions(place, reading);
  const begun = performance.now();
  const named = await trainOn(read.dataset, planOf({ model: "mf", l2 }), run);
  const trainSeconds = (performance.now() - begun) / 1000;
  return {
    named,
    trainSeconds,
    warnings: [...read.notes, ...readingWarnings(read), ...(await modelWarnings(named.trained, run))],
  };
}

function refuseFileOptions(place: string, options: FileOptions): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  throw new LetheError(
    "bad-input",
    `\`${given}\` is for a file of interactions, and ${place} is a folder`,
    `leave \`${given}\` out`,
    given,
  );
}
