/** Whether what is at a place can be moved away: not the folder that this process runs in, and no mount point. */

import { readFile } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { LetheError } from "../../errors.ts";

/** Throws `bad-input`, before any work, where a place could not be replaced as a whole. `path` is the real one, `shown` as it was given. */
export async function refuseUnmovable(path: string, shown: string): Promise<void> {
  if (isWithin(currentFolder(), path))
    throw new LetheError(
      "bad-input",
      `${shown} is the folder that this command runs in, or one above it, and would be replaced as a whole`,
      "run this from another folder, or name a folder inside this one that does not exist yet",
    );
  const mounted = dirname(path) === path ? path : (await mountPoints()).find((point) => isWithin(point, path));
  if (mounted !== undefined)
    throw new LetheError(
      "bad-input",
      mounted === path
        ? `${shown} is a mount point, which cannot be replaced as a whole`
        : `${shown} has the mount point ${mounted} in it, and cannot be replaced as a whole`,
      mounted === path ? "name a folder inside it" : "unmount that first, or name another folder",
    );
}

/** The mount points that a text in the form of Linux's mountinfo lists; white space in names is written in octal there. */
export function mountPointsIn(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const bytes = line
        .split(" ")[4]
        .replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
      return Buffer.from(bytes, "latin1").toString("utf8");
    });
}

async function mountPoints(): Promise<string[]> {
  // Elsewhere the file system refuses, after the work.
  return mountPointsIn(await readFile("/proc/self/mountinfo", "latin1").catch(() => ""));
}

function isWithin(path: string | undefined, folder: string): boolean {
  return path === folder || (path?.startsWith(folder === sep ? sep : `${folder}${sep}`) ?? false);
}

function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    // It has been removed.
    return undefined;
  }
}
