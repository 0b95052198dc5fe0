/** What follows from the curve: how much to remove, or to keep all. */

import type { Cleaned, Removed } from "./cleaned.ts";
import { errorOn, type Trial } from "./held.ts";
import type { Removals } from "./removals.ts";

/**
 * The share whose error is best on the rows that choose, if it is better there than keeping all; and removing it is the advice only where the interval of
 * its difference on the rows that judge, which had no part in the choice, leaves out 0. Where an item is certainly pushed, those `behind` it go in any case.
 */
export function recommendationOf(
  trial: Trial,
  { whole, curve }: Removals,
  behind: { readonly players: number; readonly share: number },
): Cleaned["recommendation"] {
  const lower = trial.model.unit === "rating";
  const better = (a: number, b: number) => (lower ? a < b : a > b);
  const before = errorOn(trial, whole, trial.judging);
  const kept = errorOn(trial, whole, trial.choosing);
  const best = curve.reduce<Removed | undefined>(
    (found, one) => (better(one.choosing, found?.choosing ?? kept) ? one : found),
    undefined,
  );
  const measure = lower ? "RMSE" : "NDCG@10";
  const told = ({ judging, interval, share }: Removed) =>
    `${measure} ${figure(before)} → ${figure(judging)} without the most suspicious ${percentOf(share)}` +
    (interval ? `; difference ${figure(interval[0])} to ${figure(interval[1])} with 95 %` : "");
  const keep = (text: string, one?: Removed) => ({
    ...({ advice: "keep", share: 0, players: 0 } as const),
    ...{ before, after: one?.judging ?? before, interval: one?.interval ?? null, text },
  });
  const pushing = curve.find(({ share }) => behind.players > 0 && share === behind.share);
  if (pushing !== undefined) {
    // Whoever pushes an item does harm elsewhere than in the error.
    const text = `those behind a pushed item are best removed, whatever the error: ${told(pushing)}`;
    return { advice: "remove", ...behind, before, after: pushing.judging, interval: pushing.interval, text };
  }
  if (best === undefined) {
    const first = curve[0];
    return keep(`removing does not help: no share is better on the rows that choose; keep all (${told(first)})`, first);
  }
  const { interval, judging: after, share, players } = best;
  if (interval === null) return keep(`too few users are held out to tell: keep all (${told(best)})`, best);
  if (lower ? interval[1] >= 0 : interval[0] <= 0)
    return keep(`that removing helps is not certain: keep all (${told(best)})`, best);
  return { advice: "remove", share, players, before, after, interval, text: `removing helps: ${told(best)}` };
}

function figure(value: number): string {
  return value.toFixed(4).replace("-", "−");
}

function percentOf(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** The same, but for relabelling, where that is better than removing on the rows that choose, and certain on those that judge. */
export function orRelabel(
  recommendation: Cleaned["recommendation"],
  { curve }: Removals,
  relabelled: Cleaned["relabelled"],
): Cleaned["recommendation"] {
  const removed = curve.find(({ share }) => share === recommendation.share);
  if (removed === undefined || relabelled === undefined || relabelled.interval === null) return recommendation;
  const { choosing, judging: after, interval } = relabelled;
  if (choosing >= removed.choosing || interval[1] >= 0) return recommendation;
  const { before } = recommendation;
  const text = `relabelling helps more than removing: RMSE ${figure(before)} → ${figure(after)} with other ratings in ${relabelled.rows} of the most suspicious ${percentOf(removed.share)}; difference ${figure(interval[0])} to ${figure(interval[1])} with 95 %`;
  return { ...recommendation, advice: "relabel", after, interval, text };
}
