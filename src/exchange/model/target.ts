/** The place where a model folder is to go: what is there, and whether it may be replaced. */

import { createHash } from "node:crypto";
import { access, constants, lstat, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError } from "../../errors.ts";
import { removeLeftovers } from "../files/leftovers.ts";
import { isFolder, makeFolder } from "../files/make-folder.ts";
import { refuseUnmovable } from "../files/movable.ts";
import type { Before, Fingerprint } from "../files/replace.ts";
import { specialAt } from "../files/state.ts";
import { asLetheError } from "../files/system-error.ts";
import { realFolder, recoverFolder } from "../files/temporaries.ts";
import { fileNames, manifestName } from "./manifest.ts";

/** What is at a place before a model goes there. Its fingerprint is the SHA-256 of the manifest's bytes. */
export interface ModelPlace extends Before {
  /** The permissions of the folder that is there. */
  readonly mode: number | undefined;
  /** What links in the place of the model's own files lead to: the links are replaced, and not what is behind them. */
  readonly linked: readonly string[];
}

/**
 * What is at `target` now, to be expected there until a model replaces it. Throws `bad-input` when a model could not replace it, or its parent
 * may not be written; to be asked before long work.
 */
export async function checkTarget(target: string): Promise<Fingerprint> {
  try {
    const folder = await realFolder(target);
    await refuseUnmovable(folder, target);
    await refuseInsideModel(folder, target);
    await recoverFolder(folder);
    await removeLeftovers(dirname(folder));
    const { fingerprint } = await inspect(folder, target);
    await access(await nearestFolder(dirname(folder)), constants.W_OK | constants.X_OK);
    return fingerprint;
  } catch (error) {
    throw asLetheError(error, target);
  }
}

/**
 * Makes a place ready to be replaced: missing parents made, an interrupted replacement put right. `shown` is the path as it was given, for
 * messages. Throws `bad-input` when something else than a model is there.
 */
export async function prepareTarget(folder: string, shown: string): Promise<ModelPlace> {
  await refuseInsideModel(folder, shown);
  await makeFolder(dirname(folder));
  await recoverFolder(folder);
  return inspect(folder, shown);
}

/** The SHA-256 of the bytes of a manifest. */
export function fingerprintOf(manifest: string | Buffer): string {
  return createHash("sha256").update(manifest).digest("hex");
}

/** The fingerprint of the model in a folder; null for an empty folder. */
export async function fingerprintIn(folder: string): Promise<Fingerprint> {
  const manifest = await manifestBytes(folder);
  if (manifest !== undefined) return fingerprintOf(manifest);
  return (await readdir(folder)).length === 0 ? null : "no model";
}

/** Names in a model folder that do not belong to the model, in order. */
export async function otherFilesIn(folder: string): Promise<string[]> {
  const partNames: readonly string[] = [manifestName, ...fileNames];
  return (await readdir(folder)).filter((name) => !partNames.includes(name)).sort();
}

/** The path, or the first above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  return dirname(path) === path || (await isFolder(path)) ? path : nearestFolder(dirname(path));
}

async function inspect(folder: string, shown: string): Promise<ModelPlace> {
  const found = await stat(folder).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return { fingerprint: null, mode: undefined, linked: [] };
  const mode = found.mode & 0o7777;
  if (found.isDirectory() && (await readdir(folder)).length === 0) return { fingerprint: null, mode, linked: [] };
  const manifest = found.isDirectory() ? await modelManifest(folder) : undefined;
  if (manifest === undefined)
    throw new LetheError(
      "bad-input",
      `${shown} exists and is not a Lethe model: it is left as it is`,
      "name a folder that does not exist yet, an empty one, or a model to replace",
    );
  const special = await specialAt(folder);
  if (special !== undefined)
    throw new LetheError(
      "bad-input",
      `${special.path} is ${special.kind}, and cannot be carried over to the new model folder`,
      "remove it, or move it out of the model folder",
    );
  return { fingerprint: fingerprintOf(manifest), mode, linked: await linkedIn(folder) };
}

/** What the links among a model's own files lead to, by their real paths. */
async function linkedIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of [manifestName, ...fileNames]) {
    const path = join(folder, name);
    if (await isLink(path)) found.push(await realFolder(path));
  }
  return found;
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** A model folder is replaced as a whole, and what is inside would go with it. */
async function refuseInsideModel(folder: string, shown: string): Promise<void> {
  for (let above = dirname(folder); ; above = dirname(above)) {
    if ((await modelManifest(above)) !== undefined)
      throw new LetheError(
        "bad-input",
        `${shown} is inside the model folder ${above}, which is replaced as a whole`,
        "name a place outside of model folders",
      );
    if (dirname(above) === above) return;
  }
}

/** The bytes of a folder's manifest, where it says that it is one of a Lethe model. */
async function modelManifest(folder: string): Promise<Buffer | undefined> {
  try {
    const bytes = await manifestBytes(folder);
    return bytes && JSON.parse(bytes.toString("utf8")).format === "lethe-model" ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a regular file in the place of the manifest; a pipe would never end. */
async function manifestBytes(folder: string): Promise<Buffer | undefined> {
  const path = join(folder, manifestName);
  try {
    return (await stat(path)).isFile() ? await readFile(path) : undefined;
  } catch {
    return undefined;
  }
}
