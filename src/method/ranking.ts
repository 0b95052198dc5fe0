/** Influences in order: rankings, and the players that stand for one measure or for all. */

import type { Estimate } from "./estimator.ts";

/** What of an estimate is ranked. */
type Ranked = Pick<Estimate, "values" | "statuses">;

/**
 * Players (or sets) of an estimate of `measures` measures by their value on one of them, from the most positive to the most negative (survey §2.2, 6).
 * Ties keep their order; those without a value, or whose numerics broke down, come last.
 */
export function rankingOf({ values, statuses }: Ranked, measures = 1, measure = 0): Uint32Array {
  const count = values.length / measures;
  const at = measure * count;
  return inOrder(values.subarray(at, at + count), (k) => statuses[at + k] !== "breakdown");
}

/** Canonical examples of a measure: those who support it most, `count` at most, none that do not (survey §6). */
export function canonicalExamples(found: Ranked, count: number, measures = 1, measure = 0): Uint32Array {
  const at = (measure * found.values.length) / measures;
  return rankingOf(found, measures, measure)
    .filter((k) => found.values[at + k] > 0 && found.statuses[at + k] !== "breakdown")
    .slice(0, count);
}

/**
 * Normative examples: those with the highest mean value over all measures, `count` at most (Cai, Jongejan and Holbrook 2019; survey §6). The measures are
 * fits of held-out rows, one each, or other measures in one unit. Players that lack a value on some measure are left out.
 */
export function normativeExamples({ values, statuses }: Ranked, count: number, measures: number): Uint32Array {
  const players = values.length / measures;
  const means = new Float64Array(players);
  values.forEach((value, place) => {
    means[place % players] += (statuses[place] === "breakdown" ? Number.NaN : value) / measures;
  });
  return inOrder(means, () => true)
    .filter((k) => !Number.isNaN(means[k]))
    .slice(0, count);
}

function inOrder(values: Float64Array, known: (k: number) => boolean): Uint32Array {
  const keys = values.map((value, k) => (Number.isNaN(value) || !known(k) ? Number.NEGATIVE_INFINITY : value));
  const order = Uint32Array.from({ length: values.length }, (_, k) => k);
  return order.sort((a, b) => (keys[a] === keys[b] ? a - b : keys[b] > keys[a] ? 1 : -1));
}
