/** What writers that died have left in a folder: it may hold what was to be forgotten, so it is removed, or named where it cannot be. */

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { breakStaleLocks } from "./lock.ts";
import { hasContents } from "./put.ts";
import { isAlive, putBack, type Temporary, temporariesIn } from "./temporaries.ts";

/**
 * Removes what dead writers have left in a folder, of whatever target in it, and puts back an old target that has no new one. Returns the
 * paths of what is still there, in order: what could not be removed, what a writer on another host may be at work on, and what two writers
 * at the same time have left for a person to choose from.
 */
export async function removeLeftovers(parent: string): Promise<string[]> {
  const left = await breakStaleLocks(parent);
  for (const temporary of await temporariesIn(parent)) {
    const alive = isAlive(temporary);
    if (alive === true) continue;
    if (alive === "unknown" || !(await isSettled(temporary))) left.push(temporary.path);
  }
  for (const name of await readdir(parent).catch(() => []))
    if (/^.+\.conflict-[0-9a-f]{8}$/.test(name)) left.push(join(parent, name));
  return left.sort();
}

async function isSettled(temporary: Temporary): Promise<boolean> {
  const { path, kind, of } = temporary;
  try {
    if (kind === "old" && !(await hasContents(of))) await putBack(temporary);
    await rm(path, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}
