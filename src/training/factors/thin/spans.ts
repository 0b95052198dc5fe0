/** A loop over rows that gives the event loop its turns. */

import type { YieldToEventLoop } from "../../../run.ts";

/** So few that with many factors, too, a span ends in time. */
const span = 128;

/** Calls back for 0 … count − 1. */
export async function inSpans(
  count: number,
  yieldToEventLoop: YieldToEventLoop,
  each: (k: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += span) {
    for (let k = from; k < Math.min(count, from + span); k++) each(k);
    await yieldToEventLoop();
  }
}
