/** The state of a file or folder: what tells it from any other without reading it, and what in it is no file. */

import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Names, sizes and times of every file at a path, as one digest; null for nothing and for an empty folder. Moving the whole does not change it. */
export async function stateOf(path: string): Promise<string | null> {
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
    hash.update(`${JSON.stringify(name)} ${names.length}\n`);
    for (const inner of names) await look(join(here, inner), `${name}/${inner}`);
    return names.length > 0;
  };
  return (await look(path, "")) ? hash.digest("hex") : null;
}

/** What at a path, or below it, is neither a file nor a folder nor a link, and what it is: reading it might never end. */
export async function specialAt(path: string): Promise<{ readonly path: string; readonly kind: string } | undefined> {
  const found = await lstat(path);
  if (found.isFIFO()) return { path, kind: "a pipe" };
  if (found.isSocket()) return { path, kind: "a socket" };
  if (found.isCharacterDevice() || found.isBlockDevice()) return { path, kind: "a device" };
  if (!found.isDirectory()) return undefined;
  for (const name of (await readdir(path)).sort()) {
    const inside = await specialAt(join(path, name));
    if (inside !== undefined) return inside;
  }
  return undefined;
}
