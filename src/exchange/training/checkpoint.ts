/** A checkpoint of training on disk: replaced in one step after every epoch, and checked in every byte before training goes on from it. */

import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Checkpoint } from "../../training/batches/checkpoint.ts";
import { checkDigest, digestOf } from "../files/digest.ts";
import { removeLeftovers } from "../files/leftovers.ts";
import { makeFolder } from "../files/make-folder.ts";
import { isThere, putFresh } from "../files/put.ts";
import { type Before, type Contents, type Fingerprint, type ReplaceOptions, replace } from "../files/replace.ts";
import { readSafetensors, type Tensor, writeSafetensors } from "../files/safetensors.ts";
import { textOf } from "../files/spelling.ts";
import { syncPath } from "../files/sync.ts";
import { asLetheError } from "../files/system-error.ts";
import { forgetSibling, realFolder, recoverFolder, siblingOf } from "../files/temporaries.ts";
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
  /** The fingerprint of the checkpoint that the folder must hold until then, null for none; default: what it holds when writing begins. */
  readonly expected?: Fingerprint | undefined;
  /** Called between steps; an error that it throws is one of that moment. For tests. */
  readonly onStep?: ((step: CheckpointStep) => void) | undefined;
}

/** A checkpoint and what it belongs to. */
export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly belongsTo: TrainingFingerprint;
  /** What the next checkpoint that is written to the folder expects to be there. */
  readonly fingerprint: string;
}

/**
 * Writes a checkpoint to a folder, in the place of one that is there; parents are made, other files stay. The numbers lie in a file named by
 * their digest, and `checkpoint.json`, which names it, is renamed into its place: at any moment the folder holds the old checkpoint or the
 * new one. Returns the fingerprint of the checkpoint. Throws `bad-input` when a number is not finite or the folder cannot be written, `conflict`
 * where the folder holds another checkpoint than was expected: one training at a time may write to it.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  belongsTo: TrainingFingerprint,
  options: CheckpointOptions = {},
): Promise<string> {
  const tensors = tensorsOf(checkpoint);
  for (const [name, { values }] of tensors)
    if (!values.every(Number.isFinite))
      throw new LetheError(
        "bad-input",
        `the checkpoint of epoch ${checkpoint.epoch} cannot be written: ${name} holds a number that is not finite`,
        "train with a smaller learning rate, or without checkpoints",
      );
  const { onStep, expected } = options;
  try {
    await makeFolder(folder);
    const real = await realFolder(folder);
    const numbers = await putNumbers(real, tensors, onStep);
    const text = sealCheckpoint(manifestOf(checkpoint, belongsTo, numbers));
    await put(real, checkpointName, (temporary) => writeFile(temporary, text, { flag: "wx" }), {
      expected,
      onStep: (step) => void (step === "synced" && onStep?.("manifest-written")),
    }).catch(async (error) => {
      await removeUnnamed(real, numbers.name);
      throw error;
    });
    onStep?.("manifest-there");
    await removeNumbers(real, numbers.name);
    return fingerprintOf(text);
  } catch (error) {
    throw asLetheError(error, folder);
  }
}

/** Reads the checkpoint of a folder, undefined where there is none; throws `bad-model` when it is damaged, and says in what. */
export async function readCheckpoint(folder: string): Promise<StoredCheckpoint | undefined> {
  const path = join(await realFolder(folder), checkpointName);
  await recoverFolder(path);
  await removeLeftovers(dirname(path));
  const text = await manifestText(path);
  if (text === undefined) return undefined;
  const manifest = unsealCheckpoint(text, path);
  const { name, ...digest } = manifest.numbers;
  const numbers = join(folder, name);
  await checkDigest(numbers, name, digest);
  const checkpoint = checkpointFrom(manifest, await readSafetensors(numbers), path);
  return { checkpoint, belongsTo: manifest.belongsTo, fingerprint: fingerprintOf(text) };
}

/**
 * Removes what `writeCheckpoint` has written, and the folder where nothing else is in it; nothing happens where nothing is there, or where it
 * holds another checkpoint than the one of this fingerprint. Returns the paths of what could not be removed.
 */
export async function removeCheckpoint(folder: string, expected?: Fingerprint): Promise<string[]> {
  try {
    if ((await stat(folder).catch(() => undefined)) === undefined) return [];
    const real = await realFolder(folder);
    // First, because numbers without it are no checkpoint, but it without numbers is a damaged one.
    if (!(await removeManifest(join(real, checkpointName), expected))) return [];
    await syncPath(real);
    const left = await removeNumbers(real, undefined);
    await rmdir(real).catch(() => {});
    return left;
  } catch (error) {
    throw asLetheError(error, folder);
  }
}

/** Removes a manifest, unless it is another than was expected: that one is put back. */
async function removeManifest(path: string, expected: Fingerprint | undefined): Promise<boolean> {
  await recoverFolder(path);
  if (!(await isThere(path))) return true;
  const old = siblingOf(path, "old");
  try {
    await rename(path, old);
    const isOther = expected !== undefined && (await fingerprintAt(old)) !== expected;
    if (isOther) await putFresh(old, path);
    else await rm(old);
    return !isOther;
  } finally {
    forgetSibling(old);
  }
}

async function putNumbers(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  onStep: CheckpointOptions["onStep"],
): Promise<CheckpointManifest["numbers"]> {
  // The name says what is in the file, which is known when it has been written.
  const temporary = siblingOf(join(folder, numbersLabel), "new");
  try {
    await writeSafetensors(temporary, tensors);
    const digest = await digestOf(temporary);
    const name = `checkpoint-${digest.sha256.slice(0, 16)}.safetensors`;
    await put(folder, name, (next) => rename(temporary, next), {
      onStep: (step) => void (step === "synced" && onStep?.("numbers-written")),
    });
    onStep?.("numbers-there");
    return { name, ...digest };
  } finally {
    await rm(temporary, { force: true });
    forgetSibling(temporary);
  }
}

/** Puts a file in its place in the folder as a whole. */
async function put(
  folder: string,
  name: string,
  write: (temporary: string) => Promise<void>,
  options: ReplaceOptions,
): Promise<void> {
  const contents: Contents<Before> = {
    async prepare(path) {
      await recoverFolder(path);
      return { fingerprint: await fingerprintAt(path) };
    },
    write,
    fingerprint: fingerprintAt,
  };
  await replace(join(folder, name), contents, options);
}

/** The SHA-256 of a file, null where nothing is. Throws `bad-input` for what is no file. */
async function fingerprintAt(path: string): Promise<Fingerprint> {
  if (!(await isThere(path))) return null;
  if ((await stat(path)).isFile()) return (await digestOf(path)).sha256;
  throw new LetheError("bad-input", `${path} is no file: it is left as it is`, "name another folder for checkpoints");
}

function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Removes all numbers but those of this name, and what dead writers left; returns what is left of that. */
async function removeNumbers(folder: string, but: string | undefined): Promise<string[]> {
  for (const name of await readdir(folder))
    if (numbersName.test(name) && name !== but) await rm(join(folder, name), { force: true });
  return removeLeftovers(folder);
}

/** Removes numbers that the manifest does not name. */
async function removeUnnamed(folder: string, name: string): Promise<void> {
  const text = await manifestText(join(folder, checkpointName)).catch(() => name);
  if (!text?.includes(name)) await rm(join(folder, name), { force: true }).catch(() => {});
}

async function manifestText(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > longestManifest) throw new Error("it is not a file of a sensible size");
    return textOf(await readFile(path), path);
  } catch (error) {
    if (error instanceof LetheError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw refused(path, `cannot be read: ${message}`);
  }
}
