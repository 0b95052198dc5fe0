/** Making a folder and those above it. */

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a folder, and the missing ones above it; nothing happens where it is there. Throws what the file system throws. */
// Not mkdir's own recursion: under /proc, where folders cannot be made, Node never comes back from it.
export async function makeFolder(path: string): Promise<void> {
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

/** Whether a folder is at a path, or behind a link there. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
