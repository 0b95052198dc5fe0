/** Folders for tests, and their contents. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Makes empty folders, and removes them after the tests of the file. */
export function folders(): () => Promise<string> {
  const made: string[] = [];
  afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))));
  return async () => {
    const path = await mkdtemp(join(tmpdir(), "lethe-exchange-"));
    made.push(path);
    return path;
  };
}

/** Every file of a folder by name, as bytes in hexadecimal. */
export async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "hex")])),
  );
}
