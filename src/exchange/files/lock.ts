/** A lock beside a folder: it tells a second writer at once that a first one is at work. */

import { readdir, readlink, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LetheError } from "../../errors.ts";
import { hold, release } from "./own.ts";
import { identityFrom, identityPattern, isRunning, ownIdentity, printIdentity } from "./process-identity.ts";

/** A lock that this process holds. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder (its real path); throws `conflict` where another process holds it. The lock is a courtesy: a file system
 * without symbolic links does without, and what guards against lost work is the digest that a replacement expects. The lock of a process
 * of this host that has ended is broken; another host's never is.
 */
export async function lockFolder(folder: string, shown = folder): Promise<Lock> {
  const path = join(dirname(folder), `.${basename(folder)}.lock`);
  // A symbolic link is made with its contents in one step.
  const own = printIdentity(ownIdentity());
  for (;;) {
    const error = await symlink(own, path).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (error === undefined) {
      hold(path);
      return { release: () => releaseOwn(path, own) };
    }
    if (error.code !== "EEXIST") return { release: async () => {} };
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined && (await isGone(path))) continue;
    if (holder === undefined || !isStale(holder)) throw held(path, holder, shown);
    await unlink(path).catch(() => {});
  }
}

/** Removes the locks in a folder whose processes have ended; returns the paths of those that could not be removed. */
export async function breakStaleLocks(parent: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    if (!/^\..+\.lock$/.test(name)) continue;
    const path = join(parent, name);
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined || !isStale(holder)) continue;
    await unlink(path).catch((error) => {
      if (error.code !== "ENOENT") left.push(path);
    });
  }
  return left;
}

async function releaseOwn(path: string, own: string): Promise<void> {
  release(path);
  if ((await readlink(path).catch(() => undefined)) === own) await unlink(path).catch(() => {});
}

/** Whether nothing is at the path any more. Anything but a link is somebody's own file. */
async function isGone(path: string): Promise<boolean> {
  return readlink(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}

function isStale(holder: string): boolean {
  const found = new RegExp(`^${identityPattern}$`).exec(holder);
  return found !== null && isRunning(identityFrom(found.slice(1))) === false;
}

function held(path: string, holder: string | undefined, shown: string): LetheError {
  const found = new RegExp(`^${identityPattern}$`).exec(holder ?? "");
  const running = found === null ? undefined : isRunning(identityFrom(found.slice(1)));
  const who =
    running === true
      ? `process ${found?.[2]} is`
      : running === "unknown"
        ? "a process on another host is"
        : "somebody is";
  return new LetheError(
    "conflict",
    `${shown}: ${who} working on this folder; nothing was written`,
    running === true
      ? "wait for it to end, then run this again"
      : `run this again when it has ended; if it never will, remove ${path}`,
  );
}
