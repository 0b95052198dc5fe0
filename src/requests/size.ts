/** How much a request asks for: a share, or a number. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";

/** The settings that say it. */
export const sizeSettings = {
  share: { summary: "share of all of them, below 1, rounded up", standard: 0.025, above: 0 },
  count: { summary: "how many, instead of a share; 0: by share", standard: 0, least: 0 },
} as const;

/** How much is asked for. */
export interface Size {
  readonly share: number;
  readonly count: number;
}

// What rounding adds to a product: 0.07 · 100 is above 7.
const digits = 12;

/** `count`, or where that is 0 ⌈share·total⌉. Throws `bad-input` for a share of 1 or more and for a count that is no whole number. */
export function sizeAsked({ share, count }: Size, total: number): number {
  if (!(share < 1)) throw new LetheError("bad-input", `\`share\` is ${share}; expected a number below 1`, "lower it");
  if (!Number.isInteger(count))
    throw new LetheError("bad-input", `\`count\` is ${count}; expected a whole number`, "round it");
  return count > 0 ? count : Math.ceil(Number((share * total).toPrecision(digits)));
}

/** The same, where something has to remain; throws `bad-input` where nothing would. `what` is what is counted, such as "users". */
export function sizeBelow(size: Size, total: number, what: string): number {
  const asked = sizeAsked(size, total);
  if (asked < total) return asked;
  throw new LetheError(
    "bad-input",
    `this request asks for ${asked} of the ${total} ${what} that the model has: nothing would remain`,
    size.count > 0 ? "lower `count`" : "lower `share`, or give `count`",
  );
}

/** Throws `bad-input` where rows are all that a model has; `why` says how that came. */
export function refuseAll(rows: Rows, { size }: Interactions, why: string): void {
  if (rows.length < size) return;
  throw new LetheError("bad-input", `${why}: nothing would remain of this model`, "choose another request");
}
