/** Replacing a model folder as a whole: whoever looks, and whenever a crash comes, there is the old folder or the new one. */

import { chmod, constants, cp, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError, throwIfAborted } from "../errors.ts";
import { forgetSibling, realFolder, recoverFolder, removeLeftovers, siblingOf } from "./leftovers.ts";
import { fileNames, manifestName } from "./manifest.ts";

/** The moments between the steps of a replacement, in order. */
export type Step = "created" | "written" | "synced" | "old-away" | "new-there" | "old-removed";

/** How a folder is replaced. */
export interface ReplaceOptions {
  /** Stops before the new folder is put in place. */
  readonly signal?: AbortSignal | undefined;
  /** Called between steps; an error that it throws is one of that moment. For tests. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

interface Before {
  readonly state: "absent" | "empty" | "model";
  readonly mode: number | undefined;
  readonly strangers: readonly string[];
}

const partNames: readonly string[] = [manifestName, ...fileNames];

/**
 * Puts a folder that `write` fills in the place of `target`. Missing parents are made; what is not part of a model is
 * kept; permissions stay. Throws `bad-input` when the target is something else than an empty folder or a Lethe model,
 * or the file system refuses; `aborted` when the signal fired. After an error the target is as it was.
 */
export async function replaceFolder(
  target: string,
  write: (temporary: string) => Promise<void>,
  options: ReplaceOptions = {},
): Promise<void> {
  const folder = await realFolder(target);
  const temporary = siblingOf(folder, "new");
  const step = (name: Step) => options.onStep?.(name);
  try {
    const before = await prepare(folder, target);
    await mkdir(temporary);
    if (before.mode !== undefined) await chmod(temporary, before.mode);
    step("created");
    await write(temporary);
    await keepStrangers(before, folder, temporary);
    step("written");
    await syncTree(temporary);
    step("synced");
    throwIfAborted(options.signal);
    await swap(temporary, folder, before, step);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw asLetheError(error, target);
  } finally {
    forgetSibling(temporary);
  }
}

/** Forces a file or folder to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function prepare(folder: string, target: string): Promise<Before> {
  await mkdir(dirname(folder), { recursive: true });
  await recoverFolder(folder);
  const before = await inspect(folder, target);
  await removeLeftovers(folder, ["new", "old"]);
  return before;
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

async function keepStrangers({ strangers }: Before, folder: string, temporary: string): Promise<void> {
  const how = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE };
  for (const name of strangers) await cp(join(folder, name), join(temporary, name), how);
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(join(folder, entry.name));
    else if (entry.isFile()) await syncPath(join(folder, entry.name));
  }
  await syncPath(folder);
}

async function swap(temporary: string, folder: string, before: Before, step: (name: Step) => void): Promise<void> {
  const old = siblingOf(folder, "old");
  const replacing = before.state === "model";
  try {
    if (replacing) await rename(folder, old);
    try {
      step("old-away");
      await rename(temporary, folder);
    } catch (error) {
      // Where somebody else's model has come in between, that one stays.
      if (replacing) await rename(old, folder).catch(() => {});
      throw error;
    }
    step("new-there");
    await finish(folder, old);
    step("old-removed");
  } finally {
    forgetSibling(old);
  }
}

async function finish(folder: string, old: string): Promise<void> {
  try {
    await syncPath(dirname(folder));
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    const why = (error as Error).message;
    throw new LetheError(
      "bad-input",
      `the new model is in place, but the old one is still there: ${why}`,
      `remove ${old}`,
    );
  }
}

const advice: Readonly<Record<string, string>> = {
  EACCES: "choose a folder that you may write to",
  EPERM: "choose a folder that you may write to",
  EROFS: "choose a folder that can be written to",
  ENOSPC: "make room on the disk",
  EBUSY: "it may be a mount point: name a folder inside it",
  EXDEV: "it may be a mount point: name a folder inside it",
  ENOTEMPTY: "somebody else wrote there at the same time: try again",
};

function asLetheError(error: unknown, target: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const refused = syscall !== undefined || code?.startsWith("ERR_FS_") || code === "ERR_INVALID_ARG_VALUE";
  if (error instanceof LetheError || code === undefined || !refused) return error;
  return new LetheError("bad-input", `${target} cannot be written: ${message}`, advice[code] ?? "name another folder");
}
