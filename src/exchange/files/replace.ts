/** Replacing a file or folder as a whole: whoever looks, and whenever a crash comes, there is the old one or the new one. */

import { link, lstat, readdir, rename, rm, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { LetheError, throwIfAborted } from "../../errors.ts";
import { untilFinished } from "./own.ts";
import { syncPath, syncTree } from "./sync.ts";
import { asLetheError } from "./system-error.ts";
import { forgetSibling, realFolder, recoverFolder, removeStaleTemporaries, siblingOf } from "./temporaries.ts";

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
 * Puts new contents in the place of what is at `target`. The old contents are moved away, and their fingerprint is taken of what was moved:
 * where it is not the expected one they are put back. Throws `conflict` there, `bad-input` when the file system refuses, `aborted` when
 * the signal fired. After an error the target is as it was.
 */
export async function replace<Found extends Before>(
  target: string,
  contents: Contents<Found>,
  options: ReplaceOptions = {},
): Promise<void> {
  const path = await realFolder(target);
  const temporary = siblingOf(path, "new");
  const step = (name: Step) => options.onStep?.(name);
  try {
    throwIfAborted(options.signal);
    const before = await contents.prepare(path, target);
    const expected = options.expected === undefined ? before.fingerprint : options.expected;
    // Before the long work: what cannot end well need not begin.
    if (before.fingerprint !== expected) throw changed(target);
    await removeStaleTemporaries(path, ["new", "old"]);
    await contents.write(temporary, before);
    step("written");
    await syncTree(temporary);
    step("synced");
    throwIfAborted(options.signal);
    const swap: Swap = { target, path, temporary, expected, fingerprint: contents.fingerprint, step };
    await untilFinished(() => (expected === null ? putWhereNothingIs(swap) : exchange(swap)));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw asLetheError(error, target);
  } finally {
    forgetSibling(temporary);
  }
}

interface Swap {
  readonly target: string;
  readonly path: string;
  readonly temporary: string;
  readonly expected: Fingerprint;
  fingerprint(path: string): Promise<Fingerprint>;
  step(name: Step): void;
}

async function putWhereNothingIs({ target, path, temporary, step }: Swap): Promise<void> {
  // Somebody may hold what is there in their hands for a moment.
  await recoverFolder(path);
  step("old-away");
  try {
    await putFresh(temporary, path);
  } catch (error) {
    throw isOccupied(error) ? changed(target) : error;
  }
  step("new-there");
  await syncPath(dirname(path));
  step("old-removed");
}

/** Renames; a folder replaces an empty folder and nothing else, a file nothing at all. */
async function putFresh(temporary: string, path: string): Promise<void> {
  if ((await lstat(temporary)).isDirectory()) return rename(temporary, path);
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // A file system without hard links.
    return rename(temporary, path);
  }
  await unlink(temporary);
}

async function exchange(swap: Swap): Promise<void> {
  const { target, path, temporary, expected, step } = swap;
  const old = siblingOf(path, "old");
  try {
    await moveAway(path, old, target);
    try {
      if ((await swap.fingerprint(old)) !== expected) throw changed(target);
      step("old-away");
      await putFresh(temporary, path);
    } catch (error) {
      await putBack(old, path, target);
      throw isOccupied(error) ? changed(target) : error;
    }
    step("new-there");
    await removeOld(path, old);
    step("old-removed");
  } finally {
    forgetSibling(old);
  }
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
    if (!isOccupied(error)) throw error;
    const kept = `${path}.conflict-${old.slice(-8)}`;
    await rename(old, kept);
    throw new LetheError(
      "conflict",
      `${target} was replaced by two others at the same time: one of their results is there, the other is now ${kept}`,
      "keep the one that is right, and repeat what is missing from it",
    );
  }
}

async function removeOld(path: string, old: string): Promise<void> {
  try {
    await syncPath(dirname(path));
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    const why = (error as Error).message;
    throw new LetheError(
      "bad-input",
      `the new contents are in place, but the old ones are still there: ${why}`,
      `remove ${old}`,
    );
  }
}

function isOccupied(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
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
