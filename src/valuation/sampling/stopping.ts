/** When enough samples are drawn: rules that can be put together. */

import { spearman } from "../../numeric/statistics.ts";

/** What has been drawn so far. */
export interface Drawn {
  /** How many samples. */
  readonly units: number;
  /** Measures × players (or sets). */
  values(): Float64Array;
  /** One a value; NaN where too little was drawn to tell. */
  standardErrors(): Float64Array;
}

/** When to stop. */
export interface StoppingRule {
  /** What has run out, or has been reached. */
  readonly because: string;
  /** How many sets may be asked about in all. */
  readonly most?: number;
  /** Whether another set may be asked about now. */
  begins?(): boolean;
  /** Whether what was drawn is enough. */
  enough?(drawn: Drawn): boolean;
}

/** So many sets at most. */
export function trainingsAtMost(most: number): StoppingRule {
  return { because: `all ${most.toLocaleString("en-US")} \`trainings\` were spent`, most };
}

/** As long as there are seconds left. */
export function whileSeconds(left: () => number): StoppingRule {
  return { because: "the time was over", begins: () => left() > 0 };
}

/** Fewer samples than this say little of how far values are off. */
const fewest = 10;

/** Until no value's standard error is above this, in the unit of the measures. */
export function errorsBelow(limit: number): StoppingRule {
  return {
    because: `all standard errors are at most ${limit}`,
    enough: (drawn) => drawn.units >= fewest && drawn.standardErrors().every((error) => error <= limit),
  };
}

/** Until the ranking from all samples is that from the first half of them: Spearman's correlation is at least this, for every measure. */
export function ranksStable(likeness: number, measures: number): StoppingRule {
  let last: { readonly units: number; readonly values: Float64Array } | undefined;
  return {
    because: `the ranking is stable: ρ ≥ ${likeness} to that of half the samples`,
    enough(drawn) {
      if (drawn.units < fewest || (last !== undefined && drawn.units < 2 * last.units)) return false;
      const before = last;
      last = { units: drawn.units, values: drawn.values().slice() };
      return before !== undefined && likenesses(before.values, last.values, measures).every((rho) => rho >= likeness);
    },
  };
}

function likenesses(before: Float64Array, now: Float64Array, measures: number): number[] {
  const count = now.length / measures;
  return Array.from({ length: measures }, (_, m) =>
    spearman(before.subarray(m * count, (m + 1) * count), now.subarray(m * count, (m + 1) * count)),
  );
}
