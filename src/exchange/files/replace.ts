/** Replacing a file or folder as a whole: whoever looks, and whenever a crash comes, there is the old one or the new one. */

import { lstat, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { LetheError, throwIfAborted } from "../../errors.ts";
import { removeLeftovers } from "./leftovers.ts";
import { refuseUnmovable } from "./movable.ts";
import { untilPlaced } from "./own.ts";
import { isOccupied, putFresh } from "./put.ts";
import { stateOf } from "./state.ts";
import { syncPath, syncTree } from "./sync.ts";
import { asLetheError } from "./system-error.ts";
import { forgetSibling, realFolder, recoverFolder, siblingOf } from "./temporaries.ts";

/** What lies at a place: the fingerprint of its contents, or null for nothing and for an empty folder. */
export type Fingerprint = string | null;

/** The moments between the steps of a replacement, in order. */
export type Step = "written" | "synced" | "old-away" | "new-there" | "old-removed";

/** How a place is replaced. */
export interface ReplaceOptions {
  /** What the place must hold until the end; default: what it holds at the beginning. */
  readonly expected?: Fingerprint | undefined;
  /** Stops before the new contents are put in place. */
  readonly signal?: AbortSignal | undefined;
  /** Called between steps; an error that it throws is one of that moment. For tests. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

/** What is at a place before it is replaced. */
export interface Before {
  readonly fingerprint: Fingerprint;
}

/** What goes to a place, and what may be there before. */
export interface Contents<Found extends Before> {
  /** Makes the place ready, and looks at it; `shown` is the path as it was given, for messages. Throws `bad-input` where what is there may not be replaced. */
  prepare(path: string, shown: string): Promise<Found>;
  /** Writes the new contents to a temporary path where nothing is yet. */
  write(temporary: string, before: Found): Promise<void>;
  /** The fingerprint of what is at a path. */
  fingerprint(path: string): Promise<Fingerprint>;
}

/**
 * Puts new contents in the place of what is at `target`. The old contents are moved away and compared with what was expected: where they
 * are anything else they are put back. Returns the paths of old contents that could not be removed, where there are any: the new ones are
 * then in place all the same. Throws `conflict` where something else is there, `bad-input` when the file system refuses or the place cannot
 * be moved away, `aborted` when the signal fired. After an error the target is as it was, unless the error says otherwise.
 */
export async function replace<Found extends Before>(
  target: string,
  contents: Contents<Found>,
  options: ReplaceOptions = {},
): Promise<string[]> {
  const path = await realFolder(target);
  const temporary = siblingOf(path, "new");
  const step = (name: Step) => options.onStep?.(name);
  try {
    throwIfAborted(options.signal);
    await refuseUnmovable(path, target);
    const { expected, state } = await unlessTakenAway(path, target, async () => {
      const before = await contents.prepare(path, target);
      const expected = options.expected === undefined ? before.fingerprint : options.expected;
      // Before the long work: what cannot end well need not begin.
      if (before.fingerprint !== expected) throw changed(target);
      // Before anything is copied from there: what comes later is seen to have come.
      const state = await stateOf(path);
      await removeLeftovers(dirname(path));
      await contents.write(temporary, before);
      return { expected, state };
    });
    step("written");
    await syncTree(temporary);
    step("synced");
    throwIfAborted(options.signal);
    const swap: Swap = { target, path, temporary, expected, state, fingerprint: contents.fingerprint, step };
    const left = await untilPlaced(target, () => (expected === null ? putWhereNothingIs(swap) : exchange(swap)));
    // A file has two names for a moment.
    return [...left, ...(await remainsOf(temporary))];
  } catch (error) {
    throw await withoutTemporary(temporary, asLetheError(error, target));
  } finally {
    forgetSibling(temporary);
  }
}

/** What the work returns; where what it looks at was taken away or replaced while it looked, its error is a conflict. */
async function unlessTakenAway<Result>(path: string, target: string, work: () => Promise<Result>): Promise<Result> {
  const first = await inodeOf(path);
  try {
    return await work();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT" && first !== undefined;
    const refused = error instanceof LetheError && error.code === "bad-input" && (await inodeOf(path)) !== first;
    throw missing || refused ? changed(target) : error;
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  return lstat(path, { bigint: true }).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

/** The error, after removing the new contents; it names them where they could not be removed. */
async function withoutTemporary(temporary: string, error: unknown): Promise<unknown> {
  const problem = await rm(temporary, { recursive: true, force: true }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  if (problem === undefined || !(error instanceof LetheError)) return error;
  const { code, message, advice, place } = error;
  return new LetheError(
    code,
    `${message}; what was written before is still in ${temporary}: ${problem.message}`,
    `${advice === undefined ? "" : `${advice}; `}remove ${temporary}`,
    place,
  );
}

interface Swap {
  readonly target: string;
  readonly path: string;
  readonly temporary: string;
  readonly expected: Fingerprint;
  /** That of the old contents before anything was copied from them. */
  readonly state: string | null;
  fingerprint(path: string): Promise<Fingerprint>;
  step(name: Step): void;
}

async function putWhereNothingIs({ target, path, temporary, step }: Swap): Promise<string[]> {
  // Somebody may hold what is there in their hands for a moment.
  await recoverFolder(path);
  step("old-away");
  try {
    await putFresh(temporary, path);
  } catch (error) {
    throw isOccupied(error) ? changed(target) : error;
  }
  step("new-there");
  await settled(target, path);
  step("old-removed");
  return [];
}

async function exchange(swap: Swap): Promise<string[]> {
  const { target, path, temporary, step } = swap;
  const old = siblingOf(path, "old");
  try {
    await moveAway(path, old, target);
    try {
      if (!(await isAsExpected(swap, old))) throw changed(target);
      step("old-away");
      await putFresh(temporary, path);
    } catch (error) {
      await putBack(old, path, target);
      throw isOccupied(error) ? changed(target) : error;
    }
    step("new-there");
    await settled(target, path, old);
    // What has come to the old contents since is somebody's, and stays.
    const left = (await stateOf(old).catch(() => "unknown")) === swap.state ? await remainsOf(old) : [old];
    step("old-removed");
    return left;
  } finally {
    forgetSibling(old);
  }
}

/** Whether what was moved away is what was looked at: by its fingerprint, and by every file in it. */
async function isAsExpected({ expected, state, fingerprint }: Swap, old: string): Promise<boolean> {
  return (await fingerprint(old)) === expected && (await stateOf(old)) === state;
}

async function moveAway(path: string, old: string, target: string): Promise<void> {
  const missing = (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return true;
  };
  if (!(await rename(path, old).catch(missing))) return;
  // Somebody else is replacing it just now, and may yet put it back.
  await recoverFolder(path);
  if (await rename(path, old).catch(missing)) throw changed(target);
}

/** Puts back what was moved away; where somebody else has come in between, theirs stays and the other is kept under a name that nobody removes. */
async function putBack(old: string, path: string, target: string): Promise<void> {
  try {
    await putFresh(old, path);
  } catch (error) {
    if (!isOccupied(error))
      throw new LetheError(
        "bad-input",
        `${target} could not be put back after an error: its contents are in ${old}: ${(error as Error).message}`,
        `the next command that reads or writes ${target} puts them back; or rename that yourself`,
      );
    const kept = `${path}.conflict-${old.slice(-8)}`;
    await rename(old, kept);
    throw new LetheError(
      "conflict",
      `${target} was replaced by two others at the same time: one of their results is there, the other is now ${kept}`,
      "keep the one that is right, and repeat what is missing from it",
    );
  }
}

/** Forces the renaming to the disk; until then the old contents are the only ones that are sure to outlast a crash. */
async function settled(target: string, path: string, old?: string): Promise<void> {
  await syncPath(dirname(path)).catch((error: Error) => {
    throw new LetheError(
      "bad-input",
      `${target} is in place, but could not be forced to the disk: ${error.message}${old === undefined ? "" : `; the old contents are still in ${old}`}`,
      old === undefined ? "check the disk" : `check the disk, then remove ${old}`,
    );
  });
}

/** Removes what is at a path; returns the path where that failed. */
async function remainsOf(path: string): Promise<string[]> {
  return rm(path, { recursive: true, force: true }).then(
    () => [],
    () => [path],
  );
}

function changed(target: string): LetheError {
  return new LetheError(
    "conflict",
    `${target} was changed by somebody else in the meantime; nothing was written`,
    "run this again: it then begins with what is there now",
  );
}

/** The names in a folder that is there; none for an empty folder and for nothing. Throws ENOTDIR for a file. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
