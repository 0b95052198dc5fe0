/** Replacing a model folder as a whole: whoever looks, and whenever a crash comes, there is the old folder or the new one. */

import { chmod, constants, cp, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LetheError, throwIfAborted } from "../errors.ts";
import { forgetSibling, realFolder, siblingOf } from "./leftovers.ts";
import { asLetheError } from "./system-error.ts";
import { type Before, prepareTarget } from "./target.ts";

/** The moments between the steps of a replacement, in order. */
export type Step = "created" | "written" | "synced" | "old-away" | "new-there" | "old-removed";

/** How a folder is replaced. */
export interface ReplaceOptions {
  /** Stops before the new folder is put in place. */
  readonly signal?: AbortSignal | undefined;
  /** Called between steps; an error that it throws is one of that moment. For tests. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

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
    const before = await prepareTarget(folder, target);
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
