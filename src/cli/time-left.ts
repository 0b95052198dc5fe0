/** How long work will still take, by how fast it went on. */

/** A moment in milliseconds, and how much was done. */
interface Reading {
  readonly time: number;
  readonly fraction: number;
}

/** After how much a pace says anything. */
const tells = 0.02;

/**
 * Seconds left at a time in milliseconds: the geometric mean of what the pace of all the time says and of what that of the later part of it says, half
 * of the time or more. Parts of the work have paces of their own, and one part that is slow for a while is not the whole. Undefined where too little has
 * happened to tell.
 */
export function timeLeft(): (time: number, fraction: number) => number | undefined {
  let [begun, since, middle]: (Reading | undefined)[] = [];
  return (time, fraction) => {
    const now = { time, fraction };
    begun ??= now;
    since ??= now;
    middle ??= now;
    if (time - middle.time > middle.time - since.time) [since, middle] = [middle, now];
    if (fraction - begun.fraction <= tells) return undefined;
    const [overall, lately] = [begun, since].map((from) => leftBy(from, now));
    return Number.isFinite(lately) ? Math.sqrt(overall * lately) : overall;
  };
}

function leftBy(from: Reading, { time, fraction }: Reading): number {
  return ((time - from.time) / 1000 / (fraction - from.fraction)) * (1 - fraction);
}
