/** Reading of a regular file at any place, never past its end. */

import { constants, type FileHandle, lstat, open } from "node:fs/promises";
import { throwIfAborted } from "../../errors.ts";
import { readingError, refused } from "./refusal.ts";

/** An open file of a known size. */
export interface Source {
  /** The path as it was given, for messages. */
  readonly path: string;
  readonly size: number;
  /** The bytes from a position on; throws `bad-input` when the file does not have so many. */
  bytes(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills a whole array from a position on; throws `bad-input` when the file does not have so many bytes. */
  fill(into: Uint8Array, position: number): Promise<void>;
}

const blockBytes = 16 * 2 ** 20;

/**
 * Opens a regular file for as long as `use` runs. Throws `bad-input` when it is a link, folder, device or pipe, is not
 * there, or may not be read; `aborted` when the signal fired.
 */
export async function withSource<Result>(
  path: string,
  use: (source: Source) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  try {
    const file = await openRegular(path);
    try {
      return await use(sourceOf(file, path, (await file.stat()).size, signal));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingError(error, path);
  }
}

/** Whether a regular file is at a path, and not a link to one. */
export async function isRegular(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Whether a folder is at a path, and not a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function openRegular(path: string): Promise<FileHandle> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) throw refused(path, "this is not a file but a link", "name what the link leads to");
  if (!found.isFile()) throw refused(path, "this is not a file", "name a regular file");
  // What was looked at may have been replaced since: neither follow a link now nor wait for the writer of a pipe.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if ((await file.stat()).isFile()) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  throw refused(path, "this is not a file", "name a regular file");
}

function sourceOf(file: FileHandle, path: string, size: number, signal: AbortSignal | undefined): Source {
  const fill = async (into: Uint8Array, position: number): Promise<void> => {
    for (let at = 0; at < into.length; ) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(into, at, Math.min(blockBytes, into.length - at), position + at);
      if (bytesRead === 0) throw refused(path, "it became shorter while it was read");
      at += bytesRead;
    }
  };
  return {
    path,
    size,
    fill,
    async bytes(position, length) {
      if (!(position >= 0 && length >= 0 && position + length <= size))
        throw refused(path, `${length} bytes at ${position} are asked for, but the file ends at ${size}: truncated`);
      const into = new Uint8Array(length);
      await fill(into, position);
      return into;
    },
  };
}
