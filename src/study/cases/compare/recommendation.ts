/** The rule by which a comparison recommends an unlearner. */

import type { ComparedMethod, Left, UnlearnerRecommendation } from "./comparison.ts";

/** What the rule looks at. */
export type Candidate = Pick<ComparedMethod, "method" | "passes" | "left" | "own">;

/** The largest distance left over the kinds of pairs, and of which; infinite where one is no number, 0 of none. */
export function worstOf(left: Left): { readonly share: number; readonly pairs: string } {
  let worst = { share: 0, pairs: "random" };
  for (const [pairs, value] of Object.entries(left)) {
    const share = value ?? Number.POSITIVE_INFINITY;
    if (share > worst.share) worst = { share, pairs };
  }
  return worst;
}

/**
 * The method with the fewest passes over the data among those that leave less than `within` of the distance on every kind of pairs; of equal
 * passes, the one that comes first. Seconds play no part: they differ from run to run. None where the floor of retraining itself is not below
 * `within`. Methods that bring a model of their own do not compete: the request is to the model that is there.
 */
export function recommendUnlearner(
  candidates: readonly Candidate[],
  floor: Left,
  within: number,
): UnlearnerRecommendation {
  const rule = `the fewest passes over the data among the methods that leave less than ${within} of the distance on all pairs`;
  const noise = worstOf(floor);
  if (!(noise.share < within))
    return {
      method: null,
      rule,
      reason: `none: two retrainings from different seeds differ by ${shareText(noise.share)} of the distance on ${noise.pairs} pairs, which is not below ${within}: no method can be judged`,
    };
  const judged = candidates
    .filter(({ own }) => own === null)
    .map((candidate) => ({ ...candidate, worst: worstOf(candidate.left) }));
  const [first, ...others] = judged.filter(({ worst }) => worst.share < within);
  if (first === undefined) return { method: null, rule, reason: noneReason(judged, within) };
  const { method, passes, worst } = others.reduce((best, one) => (one.passes < best.passes ? one : best), first);
  return {
    method,
    rule,
    reason: `${method} leaves ${shareText(worst.share)} of the distance, below ${within}, in ${passesText(passes)}`,
  };
}

function noneReason(
  judged: readonly { readonly method: string; readonly worst: { readonly share: number; readonly pairs: string } }[],
  within: number,
): string {
  if (judged.length === 0) return "none: no method was compared on this model";
  const nearest = judged.reduce((best, one) => (one.worst.share < best.worst.share ? one : best));
  return `none: no method leaves less than ${within}; ${nearest.method} comes nearest, with ${shareText(nearest.worst.share)} on ${nearest.worst.pairs} pairs`;
}

/** Two digits of a share of the distance. */
export function shareText(share: number): string {
  if (!Number.isFinite(share)) return "an unknown share";
  return share === 0 || share >= 0.01 ? String(Number(share.toPrecision(2))) : share.toExponential(1);
}

function passesText(passes: number): string {
  const shown = Number(passes.toPrecision(3));
  return `${shown} ${shown === 1 ? "pass" : "passes"}`;
}
