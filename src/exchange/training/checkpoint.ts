/** A checkpoint of training on disk: replaced in one step after every epoch, and checked in every byte before training goes on from it. */

import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Checkpoint } from "../../training/batches/checkpoint.ts";
import { checkDigest, type Digest, digestOf } from "../files/digest.ts";
import { readSafetensors, type Tensor, writeSafetensors } from "../files/safetensors.ts";
import { syncPath } from "../files/sync.ts";
import { asLetheError } from "../files/system-error.ts";
import { forgetSibling, removeStaleTemporaries, siblingOf } from "../files/temporaries.ts";
import { checkpointFrom, manifestOf, tensorsOf } from "./checkpoint-contents.ts";
import {
  type CheckpointManifest,
  numbersName,
  refused,
  sealCheckpoint,
  unsealCheckpoint,
} from "./checkpoint-manifest.ts";
import type { TrainingFingerprint } from "./fingerprint.ts";

/** Name of the file that makes a folder one of a checkpoint. */
export const checkpointName = "checkpoint.json";
const numbersLabel = "checkpoint.safetensors";
const longestManifest = 1 << 28;

/** The moments between the steps of writing a checkpoint, in order. */
export type CheckpointStep = "numbers-written" | "numbers-there" | "manifest-written" | "manifest-there";

/** How a checkpoint is written. */
export interface CheckpointOptions {
  /** Called between steps; an error that it throws is one of that moment. For tests. */
  readonly onStep?: ((step: CheckpointStep) => void) | undefined;
}

/** A checkpoint and what it belongs to. */
export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly belongsTo: TrainingFingerprint;
}

/**
 * Writes a checkpoint to a folder, in the place of one that is there; parents are made, other files stay. The numbers lie in a file named by
 * their digest, and `checkpoint.json`, which names it, is renamed into its place: at any moment the folder holds the old checkpoint or the
 * new one. One training at a time may write to a folder. Throws `bad-input` when a number is not finite or the folder cannot be written.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  belongsTo: TrainingFingerprint,
  { onStep }: CheckpointOptions = {},
): Promise<void> {
  const tensors = tensorsOf(checkpoint);
  for (const [name, { values }] of tensors)
    if (!values.every(Number.isFinite))
      throw new LetheError(
        "bad-input",
        `the checkpoint of epoch ${checkpoint.epoch} cannot be written: ${name} holds a number that is not finite`,
        "train with a smaller learning rate, or without checkpoints",
      );
  try {
    await makeFolder(folder);
    const numbers = await putNumbers(folder, tensors, onStep);
    const text = sealCheckpoint(manifestOf(checkpoint, belongsTo, numbers));
    await put(folder, checkpointName, async (temporary) => {
      await writeFile(temporary, text, { flag: "wx" });
      await syncPath(temporary);
      onStep?.("manifest-written");
      return checkpointName;
    });
    onStep?.("manifest-there");
    await removeNumbers(folder, numbers.name);
  } catch (error) {
    throw asLetheError(error, folder);
  }
}

/** Reads the checkpoint of a folder, undefined where there is none; throws `bad-model` when it is damaged, and says in what. */
export async function readCheckpoint(folder: string): Promise<StoredCheckpoint | undefined> {
  const path = join(folder, checkpointName);
  const text = await manifestText(path);
  if (text === undefined) return undefined;
  const manifest = unsealCheckpoint(text, path);
  const { name, ...digest } = manifest.numbers;
  const numbers = join(folder, name);
  await checkDigest(numbers, name, digest);
  return { checkpoint: checkpointFrom(manifest, await readSafetensors(numbers), path), belongsTo: manifest.belongsTo };
}

/** Removes what `writeCheckpoint` has written, and the folder where nothing else is in it; nothing happens where nothing is there. */
export async function removeCheckpoint(folder: string): Promise<void> {
  try {
    if ((await stat(folder).catch(() => undefined)) === undefined) return;
    // First, because numbers without it are no checkpoint, but it without numbers is a damaged one.
    await rm(join(folder, checkpointName), { force: true });
    await syncPath(folder);
    await removeNumbers(folder, undefined);
    await rmdir(folder).catch(() => {});
  } catch (error) {
    throw asLetheError(error, folder);
  }
}

async function putNumbers(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  onStep: CheckpointOptions["onStep"],
): Promise<CheckpointManifest["numbers"]> {
  let digest: Digest | undefined;
  const name = await put(folder, numbersLabel, async (temporary) => {
    await writeSafetensors(temporary, tensors);
    await syncPath(temporary);
    onStep?.("numbers-written");
    digest = await digestOf(temporary);
    return `checkpoint-${digest.sha256.slice(0, 16)}.safetensors`;
  });
  onStep?.("numbers-there");
  if (digest === undefined) throw new LetheError("internal", "numbers were written without a digest");
  return { name, ...digest };
}

/** Writes a file under a hidden name beside its place, and renames it to the name that `write` returns. */
async function put(folder: string, label: string, write: (temporary: string) => Promise<string>): Promise<string> {
  const temporary = siblingOf(join(folder, label), "new");
  try {
    const name = await write(temporary);
    await rename(temporary, join(folder, name));
    await syncPath(folder);
    return name;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  } finally {
    forgetSibling(temporary);
  }
}

/** Removes all numbers but those of this name, and what dead writers left. */
async function removeNumbers(folder: string, but: string | undefined): Promise<void> {
  for (const name of await readdir(folder))
    if (numbersName.test(name) && name !== but) await rm(join(folder, name), { force: true });
  for (const label of [checkpointName, numbersLabel]) await removeStaleTemporaries(join(folder, label), ["new"]);
}

// Not mkdir's own recursion: under /proc, where folders cannot be made, Node never comes back from it.
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

async function manifestText(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > longestManifest) throw new Error("it is not a file of a sensible size");
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw refused(path, `cannot be read: ${message}`);
  }
}
