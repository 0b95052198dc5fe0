/** Runs of several versions of one thing in turn, and the fastest of each: what the machine gives when other programs leave it alone. */

/** Milliseconds of the fastest run of each; runs until every one ran `least` times and the time is over. */
export function fastest(versions: readonly (() => void)[], milliseconds: number, least = 3): number[] {
  const best = versions.map(() => Number.POSITIVE_INFINITY);
  const begun = performance.now();
  for (let round = 0; round < least || performance.now() - begun < milliseconds; round++)
    versions.forEach((run, k) => {
      const start = performance.now();
      run();
      best[k] = Math.min(best[k], performance.now() - start);
    });
  return best;
}

/** Lets threads start. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}
