/** Writing of files and folders of other systems: whole or not at all, and never over something else. */

import { lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { throwIfAborted } from "../../errors.ts";
import { syncPath } from "../atomic.ts";
import { forgetSibling, recoverFolder, removeLeftovers, siblingOf } from "../leftovers.ts";
import { asLetheError } from "../system-error.ts";
import { refused } from "./refusal.ts";

/** An open file that grows at its end. */
export interface Sink {
  /** The path as it was given, for messages. */
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
}

const blockBytes = 16 * 2 ** 20;

/** Writes a file that must not exist yet, piece by piece, to the disk. */
export async function writeFresh(path: string, write: (sink: Sink) => Promise<void>, shown = path): Promise<void> {
  const file = await open(path, "wx");
  try {
    await write({
      path: shown,
      async write(bytes) {
        for (let at = 0; at < bytes.length; )
          at += (await file.write(bytes, at, Math.min(blockBytes, bytes.length - at))).bytesWritten;
      },
    });
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Puts a file in place as a whole, where nothing is or where `isSame` says that it is of the same format. Throws
 * `bad-input` when something else is there or the file system refuses, `aborted` when the signal fired; the target is
 * then as it was.
 */
export async function replaceFile(
  target: string,
  write: (sink: Sink) => Promise<void>,
  isSame: (path: string) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  await aside(target, signal, async (path, temporary) => {
    if ((await isThere(path)) && !(await isSame(path))) throw occupied(target);
    await removeLeftovers(path, ["new"]);
    await writeFresh(temporary, write, target);
    throwIfAborted(signal);
    await rename(temporary, path);
    await syncPath(dirname(path));
  });
}

/**
 * Puts a folder in place as a whole, where nothing is, an empty folder, or one of the same format and nothing else in it:
 * `belongs` knows the names. Throws as `replaceFile` does. A folder that is replaced is away for the moment between two
 * renames.
 */
export async function replaceTree(
  target: string,
  write: (temporary: string) => Promise<void>,
  isSame: (path: string) => Promise<boolean>,
  belongs: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  await aside(target, signal, async (path, temporary) => {
    await recoverFolder(path);
    const names = (await isThere(path)) ? await readdir(path) : [];
    if (names.length > 0 && !((await isSame(path)) && names.every(belongs))) throw occupied(target);
    await removeLeftovers(path, ["new", "old"]);
    await mkdir(temporary);
    await write(temporary);
    await syncAll(temporary);
    throwIfAborted(signal);
    await swap(temporary, path, names.length > 0);
  });
}

/** Makes a folder inside one that is being written. */
export async function makeInside(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

async function aside(
  target: string,
  signal: AbortSignal | undefined,
  put: (path: string, temporary: string) => Promise<void>,
): Promise<void> {
  throwIfAborted(signal);
  const path = resolve(target);
  const temporary = siblingOf(path, "new");
  try {
    await put(path, temporary);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw asLetheError(error, target);
  } finally {
    forgetSibling(temporary);
  }
}

async function swap(temporary: string, path: string, replacing: boolean): Promise<void> {
  const old = siblingOf(path, "old");
  try {
    if (replacing) await rename(path, old);
    await rename(temporary, path).catch(async (error) => {
      if (replacing) await rename(old, path).catch(() => {});
      throw error;
    });
    await syncPath(dirname(path));
    await rm(old, { recursive: true, force: true });
  } finally {
    forgetSibling(old);
  }
}

async function syncAll(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) await syncPath(join(folder, name));
  await syncPath(folder);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

function occupied(target: string) {
  return refused(
    target,
    "something else is there: it is left as it is",
    "name a place where nothing is, or a model of this format to replace",
  );
}
