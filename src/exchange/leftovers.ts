/** The hidden siblings that a folder has while it is replaced: their names, and what becomes of those whose writer died. */

import { createHash, randomBytes } from "node:crypto";
import { lstat, readdir, readlink, realpath, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The next folder while it is written, or the last one until it is removed. */
export type Kind = "new" | "old";

interface Leftover {
  readonly path: string;
  readonly kind: Kind;
  readonly host: string;
  readonly process: number;
  /** When it got its name, in milliseconds since 1970. */
  readonly since: number;
}

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
const mine = new Set<string>();
const patienceMs = 2000;
const foreignLifeMs = 3_600_000;

/** A fresh name beside `folder` that says who made it; free it with `forgetSibling`. */
export function siblingOf(folder: string, kind: Kind): string {
  const owner = `${host}-${process.pid}-${randomBytes(4).toString("hex")}`;
  const path = join(dirname(folder), `.${basename(folder)}.${kind}-${owner}`);
  mine.add(path);
  return path;
}

/** Says that a sibling of ours is not in use any more, whether it still exists or not. */
export function forgetSibling(path: string): void {
  mine.delete(path);
}

/** The folder behind a path, through symbolic links, also where the folder itself is missing. */
export async function realFolder(path: string): Promise<string> {
  const whole = resolve(path);
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined) return real;
  const link = await readlink(whole).catch(() => undefined);
  return link === undefined ? whole : resolve(dirname(whole), link);
}

/**
 * Where a writer died between taking the old folder away and putting the new one there, puts the old one back; waits up
 * to 2 seconds for a writer that is alive. Does nothing where the folder has contents or there is no old one.
 */
export async function recoverFolder(folder: string): Promise<void> {
  for (const start = Date.now(); ; await sleep(10)) {
    if (await isOccupied(folder)) return;
    const old = (await leftoversOf(folder)).filter(({ kind }) => kind === "old").sort((a, b) => b.since - a.since)[0];
    if (old === undefined) return;
    if (isAlive(old) && Date.now() - start < patienceMs) continue;
    // Another reader may have been faster.
    await rename(old.path, folder).catch(async (error) => {
      if (!(await isOccupied(folder))) throw error;
    });
    return;
  }
}

/** Removes what dead writers left beside an existing folder. */
export async function removeLeftovers(folder: string, kinds: readonly Kind[]): Promise<void> {
  for (const leftover of await leftoversOf(folder))
    if (kinds.includes(leftover.kind) && !isAlive(leftover)) await rm(leftover.path, { recursive: true, force: true });
}

/** Whether anything but an empty folder is at a path, be it a broken link. */
async function isOccupied(path: string): Promise<boolean> {
  const names = await readdir(path).catch((error) => (error.code === "ENOENT" ? [] : [path]));
  return names.length > 0;
}

async function leftoversOf(folder: string): Promise<Leftover[]> {
  const parent = dirname(folder);
  const found: Leftover[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const prefix = `.${basename(folder)}.`;
    const owner =
      name.startsWith(prefix) && name.slice(prefix.length).match(/^(new|old)-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/);
    if (!owner) continue;
    const path = join(parent, name);
    const since = await lstat(path).then(
      ({ ctimeMs }) => ctimeMs,
      () => undefined,
    );
    if (since !== undefined)
      found.push({ path, kind: owner[1] as Kind, host: owner[2], process: Number(owner[3]), since });
  }
  return found;
}

function isAlive(leftover: Leftover): boolean {
  // Nothing can be known of a process elsewhere, except that no write takes so long.
  if (leftover.host !== host) return Date.now() - leftover.since < foreignLifeMs;
  if (leftover.process === process.pid) return mine.has(leftover.path);
  try {
    process.kill(leftover.process, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
