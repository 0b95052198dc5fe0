/** A folder of numpy arrays (.npy), one file each. */

import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PackedFile } from "./npy.ts";
import { refused } from "./refusal.ts";
import { isFolder, withSource } from "./source.ts";

const blockBytes = 2 ** 20;
const mostFiles = 1024;

/** Names of the arrays in a folder, in order; none where it is none. */
export async function npyNames(folder: string): Promise<string[]> {
  if (!(await isFolder(folder))) return [];
  return (await readdir(folder)).filter((name) => name.endsWith(".npy") && !name.startsWith(".")).sort();
}

/** The arrays of a folder as files to read. */
export async function filesIn(folder: string, signal?: AbortSignal): Promise<PackedFile[]> {
  const names = await npyNames(folder);
  if (names.length === 0) throw refused(folder, "this is not a file, but a folder without a numpy array (.npy)");
  if (names.length > mostFiles) throw refused(folder, `${names.length} arrays are too many for a model`);
  return Promise.all(names.map((name) => fileAt(join(folder, name), name, signal)));
}

async function fileAt(path: string, name: string, signal: AbortSignal | undefined): Promise<PackedFile> {
  const { size } = await lstat(path);
  return {
    ...{ name, size, place: path, counted: false },
    async *blocks() {
      for (let at = 0; at < size; at += blockBytes)
        yield await withSource(path, ({ bytes }) => bytes(at, Math.min(blockBytes, size - at)), signal);
    },
  };
}
