/** Writing of files and folders of other systems: whole or not at all, and never over something else. */

import { createHash } from "node:crypto";
import { lstat, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Fingerprint, type ReplaceOptions, replace } from "../files/replace.ts";
import { recoverFolder } from "../files/temporaries.ts";
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
 * when the signal fired; the target is then as it was.
 */
export async function replaceFile(
  target: string,
  write: (sink: Sink) => Promise<void>,
  isSame: (path: string) => Promise<boolean>,
  options: PlaceOptions,
): Promise<void> {
  await replace(
    target,
    {
      async prepare(path) {
        await recoverFolder(path);
        if ((await isThere(path)) && !(await isSame(path))) throw occupied(target);
        return { fingerprint: await fingerprintAt(path) };
      },
      write: (temporary) => writeFresh(temporary, write, target),
      fingerprint: fingerprintAt,
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
): Promise<void> {
  await replace(
    target,
    {
      async prepare(path) {
        await recoverFolder(path);
        const names = (await isThere(path)) ? await readdir(path) : [];
        if (names.length > 0 && !((await isSame(path)) && names.every(belongs))) throw occupied(target);
        return { fingerprint: await fingerprintAt(path) };
      },
      async write(temporary) {
        await mkdir(temporary);
        await write(temporary);
      },
      fingerprint: fingerprintAt,
    },
    options,
  );
}

/** What tells the contents of a file or folder from others without reading them: names, sizes and times of every file; null for nothing. */
export async function fingerprintAt(path: string): Promise<Fingerprint> {
  const hash = createHash("sha256");
  const look = async (here: string, name: string): Promise<boolean> => {
    const found = await lstat(here, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (found === undefined) return false;
    if (!found.isDirectory()) {
      hash.update(`${JSON.stringify(name)} ${found.ino} ${found.size} ${found.mtimeNs}\n`);
      return true;
    }
    const names = (await readdir(here)).sort();
    for (const inner of names) await look(join(here, inner), `${name}/${inner}`);
    return names.length > 0;
  };
  return (await look(path, "")) ? hash.digest("hex") : null;
}

/** Makes a folder inside one that is being written. */
export async function makeInside(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
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
