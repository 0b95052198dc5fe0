/** Putting a file or folder where nothing is: what came there in the meantime stays. */

import { link, lstat, readdir, rename, unlink } from "node:fs/promises";

/**
 * Renames; a folder replaces an empty folder and nothing else, a file nothing at all. Throws what `isOccupied` knows where something is. A
 * file may keep its old name beside the new one where the file system does not let go of it.
 */
export async function putFresh(from: string, path: string): Promise<void> {
  if ((await lstat(from)).isDirectory()) return rename(from, path);
  try {
    await link(from, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // A file system without hard links has no step that does not replace: what comes within this moment would be lost.
    if (await isThere(path)) throw Object.assign(new Error(`${path} is there`), { code: "EEXIST" });
    return rename(from, path);
  }
  // It is in place already.
  await unlink(from).catch(() => {});
}

/** Whether an error says that something is at the place. */
export function isOccupied(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Whether anything is at a path, be it a broken link. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** Whether anything but an empty folder is at a path, be it a broken link. */
export async function hasContents(path: string): Promise<boolean> {
  const names = await readdir(path).catch(async (error) => {
    // A broken link has nothing behind it, and is there.
    return error.code === "ENOENT" && !(await isThere(path)) ? [] : [path];
  });
  return names.length > 0;
}
