/** A trained model with its outside names: opened from a folder, compacted, and stored. */

import type { AuditedModel } from "../audit/audit.ts";
import { LetheError } from "../errors.ts";
import type { Fingerprint } from "../exchange/files/replace.ts";
import { realFolder } from "../exchange/files/temporaries.ts";
import { type ModelFolder, readModel, type StoredModel, writeModel } from "../exchange/model/folder.ts";
import { isFactorTrained } from "../training/trained.ts";
import { version } from "../version.ts";
import { compactFactors, factorsFrom, type NamedFactors, storedFactors } from "./factor-model.ts";
import { compactScored, type NamedScored, scoredFrom, storedScored } from "./scored-model.ts";

/** A trained model and the names of its users and items. */
export interface NamedModel extends AuditedModel {
  /** How it came to be, if it forgot. */
  readonly forgotten?: ForgottenNote | undefined;
  /** The folder that it was opened from, or last stored in, and what lay there. Absent for a model that was never in a folder. */
  readonly source?: ModelFolder | undefined;
}

/** What a stored model says of how it forgot. */
export interface ForgottenNote {
  readonly method: string;
  readonly guarantee: string;
  readonly certificate: Readonly<Record<string, number | string | boolean | null>>;
}

/** Whether a named model is a factorization. */
export function isFactors(named: NamedModel): named is NamedModel & NamedFactors {
  return isFactorTrained(named.trained);
}

/** Whether a named model is of the other family. */
export function isScored(named: NamedModel): named is NamedModel & NamedScored {
  return !isFactorTrained(named.trained);
}

/** Opens a model folder; throws `bad-model` naming the damaged file. */
export async function openModel(folder: string): Promise<NamedModel> {
  const stored = await readModel(folder);
  const trained = stored.tables === undefined ? scoredFrom(stored) : factorsFrom(stored);
  return { trained, dataset: stored.dataset, forgotten: stored.manifest.forgotten, source: stored.source };
}

/** How a model is stored. */
export interface StoreOptions {
  /**
   * What the folder must hold until it is replaced, as `checkTarget` told; default: what it holds when storing begins. The folder that the
   * model itself was opened from must in any case hold what was read there.
   */
  readonly expected?: Fingerprint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a model folder, less the ids that have no data; what was computed with forgotten rows is not in it. Returns the model as it was
 * stored, which may be stored there again. Throws `conflict` where the folder does not hold what was expected: an erasure that somebody else
 * has made there is not undone.
 */
export async function storeModel(folder: string, named: NamedModel, options: StoreOptions = {}): Promise<NamedModel> {
  const { trained } = named;
  if (!Number.isFinite(trained.value) || !Number.isFinite(trained.gradientNorm))
    throw new LetheError(
      "bad-input",
      `J is ${trained.value} and ‖∇J‖ ${trained.gradientNorm}: these numbers are too large to compute with; nothing was written`,
      "are the ratings, a fixed mean or an L2 of an extreme size?",
    );
  const stored = compacted(named);
  const source = await writeModel(folder, storedOf(stored), {
    ...options,
    expected: (await isSourceOf(named, folder)) ? named.source?.digest : options.expected,
  });
  return { ...stored, source };
}

/** Whether a model was opened from this very folder. */
export async function isSourceOf({ source }: NamedModel, folder: string): Promise<boolean> {
  return source !== undefined && source.folder === (await realFolder(folder));
}

function storedOf(named: NamedModel): StoredModel {
  const { trained, forgotten, dataset } = named;
  const training = { trainer: trained.trainer, seed: trained.seed, tolerance: trained.tolerance };
  const head = { format: "lethe-model" as const, formatVersion: 1 as const, lethe: version };
  const tail = {
    result: { status: trained.status, objective: trained.value, gradientNorm: trained.gradientNorm },
    ...(forgotten ? { forgotten: { ...forgotten, certificate: { ...forgotten.certificate } } } : {}),
  };
  if (isFactorTrained(trained)) {
    const { tables, ...said } = storedFactors(trained);
    return { manifest: { ...head, ...said, training, ...tail }, tables, dataset };
  }
  const { tensors, recipe, ...said } = storedScored(trained);
  return { manifest: { ...head, ...said, training: { ...training, recipe }, ...tail }, tensors, dataset };
}

/** The same model without the users and items that have no data: their rows, ids and titles go. */
export function compacted(named: NamedModel): NamedModel {
  if (isFactors(named)) return compactFactors(named);
  return isScored(named) ? compactScored(named) : named;
}
