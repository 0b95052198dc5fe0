/** A trained model with its outside names: opened from a folder, compacted, and stored. */

import type { AuditedModel } from "../../audit/audit.ts";
import type { Duplicates } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";
import { type ModelFolder, readModel, type StoredModel, writeModel } from "../../exchange/model/folder.ts";
import type { Foreign, Positions } from "../../exchange/model/manifest.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { version } from "../../version.ts";
import { runOf, type UseOptions } from "../run.ts";
import { compacted } from "./compaction.ts";
import { contentsOf, trainedFrom } from "./contents.ts";
import type { Forgetting } from "./forgettings.ts";

/** A trained model and the names of its users and items. */
export interface NamedModel extends AuditedModel {
  /** Rows of the tables that it was imported from, of the sides that are known by position; absent where none is. */
  readonly positions?: Positions | undefined;
  /** What rows of the same user and item meant when its interactions were read; absent where that is as usual for the model. */
  readonly duplicates?: Duplicates | undefined;
  /** What it was imported from; absent where it was trained here. */
  readonly foreign?: Foreign | undefined;
  /** How it forgot, request by request; absent where it never did. */
  readonly forgotten?: readonly Forgetting[] | undefined;
  /** The folder that it was opened from, or last stored in, and what lay there. Absent for a model that was never in a folder. */
  readonly source?: ModelFolder | undefined;
}

/** Opens a model folder; networks and graphs score with the kernels that are given here, or with the shared ones. throws `bad-model` naming the damaged file. */
export async function openModel(folder: string, options: UseOptions = {}): Promise<NamedModel> {
  const stored = await readModel(folder);
  return {
    // Only models that multiply matrices need kernels to score.
    trained: trainedFrom(stored, () => runOf(options).kernels),
    dataset: stored.dataset,
    positions: stored.manifest.positions,
    duplicates: stored.manifest.duplicates,
    foreign: stored.manifest.foreign,
    forgotten: stored.manifest.forgotten as readonly Forgetting[] | undefined,
    source: stored.source,
  };
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
  const { value = 0, gradientNorm = 0 } = named.trained.smooth ?? {};
  if (!Number.isFinite(value) || !Number.isFinite(gradientNorm))
    throw new LetheError(
      "bad-input",
      `J is ${value} and ‖∇J‖ ${gradientNorm}: these numbers are too large to compute with; nothing was written`,
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

/** What rows of the same pair usually mean: implicit feedback has one confidence a pair, their sum. */
export function usualDuplicates({ smooth, shards }: TrainedModel): Duplicates {
  const { loss } = (smooth ?? shards?.[0]?.model.smooth)?.objective.settings ?? {};
  return loss?.confidence ? "sum" : "keep";
}

function storedOf({ trained, forgotten, positions, foreign, duplicates, dataset }: NamedModel): StoredModel {
  const none = { tables: undefined, tensors: undefined, trees: undefined };
  const { tables, tensors, trees, result, ...said } = { ...none, ...contentsOf(trained) };
  const manifest = {
    ...{ format: "lethe-model", formatVersion: 2, lethe: version },
    ...said,
    result,
    ...(forgotten ? { forgotten: forgotten.map(noted) } : {}),
    ...(positions ? { positions } : {}),
    ...(duplicates === undefined || duplicates === usualDuplicates(trained) ? {} : { duplicates }),
    ...(foreign ? { foreign } : {}),
  };
  return { manifest, tables, tensors, trees, dataset } as StoredModel;
}

function noted({ certificate, ...note }: Forgetting) {
  return { ...note, ...(certificate ? { certificate: { ...certificate } } : {}) };
}
