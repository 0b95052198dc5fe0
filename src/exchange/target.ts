/** The place where a model folder is to go: what is there, and whether it may be replaced. */

import { access, constants, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError } from "../errors.ts";
import { realFolder, recoverFolder, removeLeftovers } from "./leftovers.ts";
import { fileNames, manifestName } from "./manifest.ts";
import { asLetheError } from "./system-error.ts";

/** What is at a place before a model goes there. */
export interface Before {
  readonly state: "absent" | "empty" | "model";
  /** The permissions of the folder that is there. */
  readonly mode: number | undefined;
  /** Names of files and folders that are not part of a model. */
  readonly strangers: readonly string[];
}

const partNames: readonly string[] = [manifestName, ...fileNames];

/** Throws `bad-input` when a model could not replace what is at `target`, or its parent may not be written; to be asked before a long training. */
export async function checkTarget(target: string): Promise<void> {
  try {
    const folder = await realFolder(target);
    await inspect(folder, target);
    await access(await nearestFolder(dirname(folder)), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw asLetheError(error, target);
  }
}

/**
 * Makes a place ready to be replaced: missing parents made, an interrupted replacement put right, leftovers removed.
 * `target` is the path as it was given, for messages. Throws `bad-input` when something else than a model is there.
 */
export async function prepareTarget(folder: string, target: string): Promise<Before> {
  await makeFolder(dirname(folder));
  await recoverFolder(folder);
  const before = await inspect(folder, target);
  await removeLeftovers(folder, ["new", "old"]);
  return before;
}

// Not mkdir's own recursion: under /proc, where folders cannot be made, Node never comes back from it.
async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (made === undefined || (await isFolder(path))) return;
  if (made.code !== "ENOENT" || dirname(path) === path || (await isFolder(dirname(path)))) throw made;
  await makeFolder(dirname(path));
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error;
  });
}

/** The path, or the first above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  return dirname(path) === path || (await isFolder(path)) ? path : nearestFolder(dirname(path));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function inspect(folder: string, target: string): Promise<Before> {
  const found = await stat(folder).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return { state: "absent", mode: undefined, strangers: [] };
  const mode = found.mode & 0o7777;
  const names = found.isDirectory() ? await readdir(folder) : undefined;
  if (names?.length === 0) return { state: "empty", mode, strangers: [] };
  if (names === undefined || !(await isModel(folder)))
    throw new LetheError(
      "bad-input",
      `${target} exists and is not a Lethe model: it is left as it is`,
      "name a folder that does not exist yet, an empty one, or a model to replace",
    );
  return { state: "model", mode, strangers: names.filter((name) => !partNames.includes(name)) };
}

async function isModel(folder: string): Promise<boolean> {
  const path = join(folder, manifestName);
  try {
    return (await stat(path)).isFile() && JSON.parse(await readFile(path, "utf8")).format === "lethe-model";
  } catch {
    return false;
  }
}
