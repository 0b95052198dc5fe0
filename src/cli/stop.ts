/** The end of a command that is stopped: soon, even where its work waits for something that never comes. */

import { setTimeout as pause } from "node:timers/promises";
import { aborted } from "../errors.ts";
import { mayEnd, removeHeld } from "../exchange/files/own.ts";

/** Milliseconds that work has to end by itself. */
const patience = 60;

/**
 * Throws `aborted` a moment after the signal has fired, and removes the temporaries of this process then: whoever waits
 * for this ends the process. A replacement that has begun is waited for.
 */
export async function stopped(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await pause(patience);
  while (!mayEnd()) await pause(5);
  removeHeld();
  throw aborted();
}
