/** The hidden temporaries beside a folder while it is replaced: their names, and what becomes of those whose writer died. */

import { randomBytes } from "node:crypto";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hold, isHeld, release } from "./own.ts";
import {
  identityFrom,
  identityPattern,
  isRunning,
  ownIdentity,
  type ProcessIdentity,
  printIdentity,
} from "./process-identity.ts";
import { hasContents, putFresh } from "./put.ts";

/** The next folder while it is written, or the last one until it is removed. */
export type Kind = "new" | "old";

/** A temporary beside the folder that it is of. */
export interface Temporary {
  readonly path: string;
  readonly of: string;
  readonly kind: Kind;
  readonly owner: ProcessIdentity;
  /** When it got its name, in milliseconds since 1970. */
  readonly since: number;
}

const pattern = new RegExp(`^\\.(.+)\\.(new|old)-${identityPattern}-[0-9a-f]{8}$`);
const patienceMs = 2000;
const foreignLifeMs = 3_600_000;

/** A fresh name beside `folder` that says who made it; free it with `forgetSibling`. */
export function siblingOf(folder: string, kind: Kind): string {
  const owner = `${printIdentity(ownIdentity())}-${randomBytes(4).toString("hex")}`;
  const path = join(dirname(folder), `.${basename(folder)}.${kind}-${owner}`);
  hold(path);
  return path;
}

/** Says that a sibling of ours is not in use any more, whether it still exists or not. */
export function forgetSibling(path: string): void {
  release(path);
}

/** The folder behind a path, through symbolic links, also where the folder itself is missing. */
export async function realFolder(path: string): Promise<string> {
  const whole = resolve(path);
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined) return real;
  const link = await readlink(whole).catch(() => undefined);
  if (link !== undefined) return resolve(dirname(whole), link);
  const parent = dirname(whole);
  return parent === whole ? whole : join(await realFolder(parent), basename(whole));
}

/**
 * Where a writer died between taking the old folder away and putting the new one there, puts the old one back; waits up
 * to 2 seconds for a writer that is alive. Does nothing where the folder has contents or there is no old one.
 */
export async function recoverFolder(folder: string): Promise<void> {
  for (const start = Date.now(); ; await sleep(10)) {
    if (await hasContents(folder)) return;
    const old = (await temporariesIn(dirname(folder)))
      .filter(({ kind, of }) => kind === "old" && of === folder)
      .sort((a, b) => b.since - a.since)[0];
    if (old === undefined) return;
    if (isAlive(old) !== false && Date.now() - start < patienceMs) continue;
    await putBack(old);
    return;
  }
}

/** Puts an old folder back where nothing is; another reader may have been faster. */
export async function putBack({ path, of }: Pick<Temporary, "path" | "of">): Promise<void> {
  await putFresh(path, of).catch(async (error) => {
    if (!(await hasContents(of))) throw error;
  });
}

/** All temporaries in a folder, whosever they are. */
export async function temporariesIn(parent: string): Promise<Temporary[]> {
  const found: Temporary[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const [, base, kind, ...owner] = pattern.exec(name) ?? [];
    if (base === undefined) continue;
    const path = join(parent, name);
    const since = await lstat(path).then(
      ({ ctimeMs }) => ctimeMs,
      () => undefined,
    );
    if (since !== undefined)
      found.push({ path, of: join(parent, base), kind: kind as Kind, owner: identityFrom(owner), since });
  }
  return found;
}

/** Whether the writer of a temporary is still at work; "unknown" for one of another host that may be. */
export function isAlive({ path, owner, since }: Temporary): boolean | "unknown" {
  const own = ownIdentity();
  if (owner.host === own.host && owner.process === own.process && owner.start === own.start) return isHeld(path);
  const running = isRunning(owner);
  // Nothing can be known of a process elsewhere, except that no write takes so long.
  return running === "unknown" && Date.now() - since >= foreignLifeMs ? false : running;
}
