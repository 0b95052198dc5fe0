/** Forcing files and folders to the disk. */

import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Forces a file or folder to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Forces a file, or a folder with everything in it, to the disk; links and devices are passed over. */
export async function syncTree(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) for (const name of await readdir(path)) await syncTree(join(path, name));
  if (found.isDirectory() || found.isFile()) await syncPath(path);
}
