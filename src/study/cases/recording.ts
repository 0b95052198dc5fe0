/** What training by batches keeps on disk while it runs: a checkpoint to go on from, and the log of its batches. */

import { isAbsolute, join, relative, sep } from "node:path";
import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { type OpenBatchLog, openBatchLog } from "../../exchange/training/batch-log.ts";
import {
  checkpointName,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../../exchange/training/checkpoint.ts";
import { checkFingerprint, fingerprintOf } from "../../exchange/training/fingerprint.ts";
import type { EpochOptions } from "../../training/batches/epochs.ts";
import type { TrainPlan } from "../choosing/plan.ts";

/** Where a training is recorded. Both are of models trained by batches. */
export interface RecordingOptions {
  /**
   * A folder for a checkpoint after every epoch. Where it holds one of the same training, that is gone on with, to the same bytes; it is
   * removed when training has ended well. With refitting it serves the first training.
   */
  readonly checkpoint?: string | undefined;
  /** A new file for a line about every step, with parameters in a folder beside it. */
  readonly batchLog?: string | undefined;
  /** Keeps the parameters before every step that this divides, instead of those before the first step of each epoch. */
  readonly batchLogEvery?: number | undefined;
  /** Told when training goes on from a checkpoint after so many epochs. */
  readonly onResume?: ((epochs: number) => void) | undefined;
}

/** A training that is recorded. */
export interface Recording {
  /** To be given to the training. */
  readonly watch: Pick<EpochOptions, "resume" | "onEpoch" | "onBatch">;
  /** To be called when the model is stored; `well` where nobody will want to go on. Returns the paths of what could not be removed. */
  ended(well: boolean): Promise<readonly string[]>;
  /** To be called when an error ended training; returns what to throw. */
  failed(error: unknown): Promise<unknown>;
}

/** Throws `bad-input` for a recording that cannot be kept beside this model folder; to be called before a file is read. */
export async function checkRecording(out: string, plan: TrainPlan, options: RecordingOptions): Promise<void> {
  const { checkpoint, batchLog } = options;
  const places = Object.entries({ checkpoint, "batch log": batchLog });
  for (const [what, path] of places) {
    if (path === undefined) continue;
    if (plan.recipe === undefined)
      throw new LetheError("unsupported", `a ${what} is for models that are trained by batches`, "leave it out");
    if (plan.trainer.sharding)
      throw new LetheError("unsupported", `a ${what} is of one training, and \`shards\` makes several`, "leave it out");
    if (await isInside(path, out))
      throw new LetheError(
        "bad-input",
        `the ${what} would be in the model folder: ${path} is in ${out}`,
        "name another place; a model folder is replaced as a whole",
      );
  }
  if (plan.refit && batchLog !== undefined)
    throw new LetheError(
      "bad-input",
      "a batch log is of one training, and refitting makes two",
      "choose the number of epochs first, then log a training on all rows for so many, which ends with the same bytes",
    );
}

/** Opens the recording of a training on `dataset`; throws `bad-input` where what is there belongs to another one, `bad-model` where it is damaged. */
export async function openRecording(
  dataset: Dataset,
  plan: TrainPlan,
  options: RecordingOptions & Partial<EpochOptions>,
): Promise<Recording> {
  const { checkpoint: folder, batchLog, batchLogEvery: every, seed = 1, onBatch, onEpoch } = options;
  const { settings, recipe, validation } = plan;
  const none = folder === undefined && batchLog === undefined;
  if (settings === undefined || recipe === undefined || none) return unkept(options);
  const belongsTo = fingerprintOf({ settings, recipe, validation, seed, dataset });
  const stored = folder === undefined ? undefined : await checkpointIn(folder, belongsTo);
  const resume = stored?.checkpoint ?? options.resume;
  const log = batchLog === undefined ? undefined : await openBatchLog(batchLog, { every, after: resume?.step });
  if (resume) options.onResume?.(resume.epoch);
  let saved = resume?.epoch;
  // What the folder holds, unless somebody else writes there.
  let lying = stored?.fingerprint ?? null;
  return {
    watch: {
      resume,
      async onEpoch(checkpoint) {
        // Before the checkpoint, which has to find all of its steps in the log.
        log?.sync();
        if (folder !== undefined) {
          lying = await writeCheckpoint(folder, checkpoint, belongsTo, { expected: lying });
          saved = checkpoint.epoch;
        }
        await onEpoch?.(checkpoint);
      },
      onBatch(batch) {
        log?.onBatch(batch);
        onBatch?.(batch);
      },
    },
    async ended(well) {
      log?.close();
      if (!well || folder === undefined || saved === undefined) return [];
      // The model is in place: what cannot be removed is told, and ends nothing.
      return removeCheckpoint(folder, lying).catch(() => [folder]);
    },
    async failed(error) {
      closeLog(log, saved !== undefined);
      return folder === undefined || saved === undefined ? error : toldAnew(error, folder, saved);
    },
  };
}

function unkept({ resume, onEpoch, onBatch }: Partial<EpochOptions>): Recording {
  return { watch: { resume, onEpoch, onBatch }, ended: async () => [], failed: async (error) => error };
}

async function checkpointIn(folder: string, belongsTo: ReturnType<typeof fingerprintOf>) {
  const stored = await readCheckpoint(folder);
  // Before the first epoch, not after it.
  if (stored === undefined) await checkTarget(join(folder, checkpointName));
  else checkFingerprint(stored.belongsTo, belongsTo, folder);
  return stored;
}

/** A log that nobody can go on with tells of a training that never was. */
function closeLog(log: OpenBatchLog | undefined, kept: boolean): void {
  try {
    if (kept) log?.close();
    else log?.remove();
  } catch {
    // What ended training is worth telling, not this.
  }
}

function toldAnew(error: unknown, folder: string, epochs: number): unknown {
  if (!(error instanceof LetheError) || error.code !== "aborted") return error;
  return new LetheError(
    "aborted",
    `stopped before the end; no model was written, and the checkpoint in ${folder} is that after epoch ${epochs}`,
    "the same again goes on from there",
  );
}

async function isInside(path: string, folder: string): Promise<boolean> {
  const way = relative(await realFolder(folder), await realFolder(path));
  return !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}
