/** What this process has on the disk for the time being, and when it must not be ended: for an end that comes before its work's. */

import { rmSync } from "node:fs";

const held = new Set<string>();
const placed: string[] = [];
let unfinished = 0;

/** Says that a path is ours until `release`. */
export function hold(path: string): void {
  held.add(path);
}

/** Says that a path is not ours any more, whether it still exists or not. */
export function release(path: string): void {
  held.delete(path);
}

/** Whether a path is ours. */
export function isHeld(path: string): boolean {
  return held.has(path);
}

/** Does work that is to be finished once it has begun: putting something new in the place of what is at `target`. */
export async function untilPlaced<Result>(target: string, work: () => Promise<Result>): Promise<Result> {
  unfinished++;
  try {
    const result = await work();
    placed.push(target);
    return result;
  } finally {
    unfinished--;
  }
}

/** What this process has put in its place so far, in order. */
export function placedSoFar(): readonly string[] {
  return placed;
}

/** Whether the process may end now without a place that holds neither the old nor the new. */
export function mayEnd(): boolean {
  return unfinished === 0;
}

/** Removes what is ours, at once; to be called right before the process ends. */
export function removeHeld(): void {
  for (const path of held)
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // What cannot be removed is found stale by the next writer.
    }
}
