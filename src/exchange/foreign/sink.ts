/** Writing of files and folders of other systems: whole or not at all, and never over something else. */

import { mkdir, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeLeftovers } from "../files/leftovers.ts";
import { refuseUnmovable } from "../files/movable.ts";
import { isThere } from "../files/put.ts";
import { type Fingerprint, type ReplaceOptions, replace } from "../files/replace.ts";
import { stateOf } from "../files/state.ts";
import { asLetheError } from "../files/system-error.ts";
import { realFolder, recoverFolder } from "../files/temporaries.ts";
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

/** How a place is replaced: what it is to hold until then, and the signal that stops. */
export type PlaceOptions = Pick<ReplaceOptions, "expected" | "signal">;

/**
 * Puts a file in place as a whole, where nothing is or where `isSame` says that it is of the same format. Throws
 * `bad-input` when something else is there or the file system refuses, `conflict` when what is there changes in the meantime, `aborted`
 * when the signal fired; the target is then as it was. Returns the paths of old contents that could not be removed.
 */
export async function replaceFile(
  target: string,
  write: (sink: Sink) => Promise<void>,
  isSame: (path: string) => Promise<boolean>,
  options: PlaceOptions,
): Promise<string[]> {
  return replace(
    target,
    {
      async prepare(path) {
        await recoverFolder(path);
        if ((await isThere(path)) && !(await isSame(path))) throw occupied(target);
        return { fingerprint: await stateOf(path) };
      },
      write: (temporary) => writeFresh(temporary, write, target),
      fingerprint: stateOf,
    },
    options,
  );
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
  options: PlaceOptions,
): Promise<string[]> {
  return replace(
    target,
    {
      async prepare(path) {
        await recoverFolder(path);
        const names = (await isThere(path)) ? await readdir(path) : [];
        if (names.length > 0 && !((await isSame(path)) && names.every(belongs))) throw occupied(target);
        return { fingerprint: await stateOf(path) };
      },
      async write(temporary) {
        await mkdir(temporary);
        await write(temporary);
      },
      fingerprint: stateOf,
    },
    options,
  );
}

/**
 * The state of what is at a place where an export is to go, to be expected there until it is replaced. Throws `bad-input` where it could not
 * be; to be asked before long work.
 */
export async function checkPlace(target: string): Promise<Fingerprint> {
  try {
    const path = await realFolder(target);
    await refuseUnmovable(path, target);
    await recoverFolder(path);
    await removeLeftovers(dirname(path));
    return await stateOf(path);
  } catch (error) {
    throw asLetheError(error, target);
  }
}

/** Makes a folder inside one that is being written. */
export async function makeInside(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

function occupied(target: string) {
  return refused(
    target,
    "something else is there: it is left as it is",
    "name a place where nothing is, or a model of this format to replace",
  );
}
