/** The verdict on an attack: equivalence that was shown, not a difference that was not found. */

import type { Interval } from "../../report/part.ts";

/** A difference of two models' AUC, with its paired interval. */
export interface AucDifference {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * "equivalent": unlearned and retrained differ by no more than the margin, by a test that tells the original from the retrained one. "no power": by a
 * test that does not. "different": they differ by more. "undecided": the interval is too wide. "no floor": there is no retrained model.
 */
export type MembershipVerdict = "equivalent" | "different" | "undecided" | "no power" | "no floor";

/** `difference` is AUC(unlearned) − AUC(retrained), `power` AUC(original) − AUC(retrained). Two one-sided tests of 97.5 % each (Schuirmann 1987). */
export function verdictOf(
  difference: AucDifference | undefined,
  power: AucDifference | undefined,
  margin: number,
): MembershipVerdict {
  if (difference === undefined || power === undefined) return "no floor";
  if (outside(difference.interval, margin)) return "different";
  if (!outside(power.interval, margin)) return "no power";
  return inside(difference.interval, margin) ? "equivalent" : "undecided";
}

function inside([low, high]: Interval, margin: number): boolean {
  return low >= -margin && high <= margin;
}

/** Wholly on one side: an interval around ± margin lies in part outside, which shows nothing. */
function outside([low, high]: Interval, margin: number): boolean {
  return low > margin || high < -margin;
}

/**
 * How many times as many points would decide, were the difference what it seems: a width falls with 1/√points. Infinity where the difference is the
 * margin itself.
 */
export function pointsFactor({ value, interval: [low, high] }: AucDifference, margin: number): number {
  const halfWidth = (high - low) / 2;
  return (halfWidth / Math.abs(Math.abs(value) - margin)) ** 2;
}
