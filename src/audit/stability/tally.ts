/** Counting trials of the stability claim: how often each bound is violated, and how near to it the changes come. */

import type { Trial } from "../../influence/stability/trial.ts";

/** The bounds, by name: two printed lines and the corrected bound with ∇ℓ_z held fixed, and the corrected bound with ∇ℓ_z at the moved rows. */
export const bounds = ["intermediate", "printed", "corrected", "correctedWhole"] as const;

/** A number for each bound. */
export type OfBounds = Readonly<Record<(typeof bounds)[number], number>>;

/** What some trials showed. */
export interface Tally {
  readonly trials: number;
  /** Trials in which the influence changed by more than rounding. */
  readonly changed: number;
  readonly violations: OfBounds;
  /** Violations of `corrected`, the bound without |sᵀΔ∇ℓ_z|, by changes in which ∇ℓ_z is at the moved rows. */
  readonly withoutSharedRow: number;
  /** The largest change over its bound; null where nothing changed. */
  readonly worst: Readonly<Record<(typeof bounds)[number], number | null>>;
}

/** Changes over their bounds in one trial: above 1 is a violation. Undefined where nothing changed by more than rounding. */
export function ratiosOf(found: Trial): (OfBounds & { readonly alone: number }) | undefined {
  const { held, whole, rounding, shares, intermediate, printed, corrected, correctedWhole } = found;
  if (held <= rounding && whole <= rounding) return undefined;
  const over = (change: number, bound: number) => Math.max(0, change - rounding) / Math.max(bound, 1e-300);
  return {
    intermediate: shares ? over(held, intermediate) : 0,
    printed: shares ? over(held, printed) : 0,
    corrected: over(held, corrected),
    correctedWhole: over(whole, correctedWhole),
    alone: over(whole, corrected),
  };
}

/** Sums up trials. */
export function tallyOf(trials: readonly Trial[]): Tally {
  const found = trials.map(ratiosOf).filter((one) => one !== undefined);
  const violated = (name: keyof (typeof found)[number]) => found.filter((one) => one[name] > 1 + 1e-9).length;
  const worst = (name: keyof OfBounds) =>
    found.length === 0 ? null : found.reduce((most, one) => Math.max(most, one[name]), 0);
  return {
    trials: trials.length,
    changed: found.length,
    violations: ofBounds(violated),
    withoutSharedRow: violated("alone"),
    worst: ofBounds(worst),
  };
}

/** Changes over their bounds at some shares of the trials in which something changed, by bound. */
export function quantilesOf(trials: readonly Trial[], shares: readonly number[]): Readonly<Record<string, OfBounds>> {
  const found = trials.map(ratiosOf).filter((one) => one !== undefined);
  if (found.length === 0) return {};
  const sorted = ofBounds((name) => found.map((one) => one[name]).sort((a, b) => a - b));
  const at = (values: readonly number[], share: number) => values[Math.ceil(share * values.length) - 1];
  return Object.fromEntries(
    shares.map((share) => [`${Math.round(100 * share)} %`, ofBounds((name) => at(sorted[name], share))]),
  );
}

function ofBounds<Value>(of: (name: (typeof bounds)[number]) => Value) {
  return Object.fromEntries(bounds.map((name) => [name, of(name)])) as Record<(typeof bounds)[number], Value>;
}
