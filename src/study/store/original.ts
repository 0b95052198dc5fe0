/** A model kept as it was before it forgets, for an audit to compare with. */

import { rm } from "node:fs/promises";
import { LetheError } from "../../errors.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { type NamedModel, storeModel } from "./model.ts";

/** Throws `bad-input` where something is at the place, or where it is one of these folders. To be asked before long work. */
export async function checkOriginal(place: string | undefined, others: readonly string[]): Promise<void> {
  if (place === undefined) return;
  const real = await realFolder(place);
  for (const other of others) if (real === (await realFolder(other))) throw taken(place, "is the model itself");
  if ((await checkTarget(place)) !== null) throw taken(place, "has a model already");
}

function taken(place: string, why: string): LetheError {
  return new LetheError(
    "bad-input",
    `\`keepOriginal\`: ${place} ${why}, and is left as it is; nothing was forgotten`,
    "name a folder that is not there yet",
    "keepOriginal",
  );
}

/** Keeps the model at a place while work goes on that is to replace it; where the work fails, nothing is kept. */
export async function withOriginal<Result>(
  model: NamedModel,
  place: string | undefined,
  { signal }: { readonly signal?: AbortSignal | undefined },
  work: () => Promise<Result>,
): Promise<Result> {
  if (place === undefined) return work();
  await storeModel(place, model, { expected: null, signal });
  try {
    return await work();
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}
