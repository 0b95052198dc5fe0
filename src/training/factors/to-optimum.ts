/** From a basin to its optimum. */

import { alternate } from "./alternating.ts";
import type { Descent } from "./descent.ts";
import { newton } from "./newton.ts";
import { isThin, minimiseThin } from "./thin/minimise.ts";

const mostRounds = 6;
const sweepsBetween = 30;

/** Thin sets over their smaller side, all others, and what that leaves, by Newton's method: once, or again past saddles. */
export async function toOptimum(descent: Descent, byNewton: (descent: Descent) => Promise<unknown>): Promise<void> {
  const thin = isThin(descent.objective.problem) ? await minimiseThin(descent) : undefined;
  if (!(thin !== undefined && thin.gradientNorm <= descent.tolerance)) await byNewton(descent);
}

/** Newton's method, and again after sweeps of alternating least squares where it has not arrived: past a saddle it takes all its steps to leave. */
export async function newtonAgain(descent: Descent): Promise<void> {
  let now = await newton(descent);
  for (let round = 0; round < mostRounds && now.gradientNorm > descent.tolerance; round++) {
    const before = now.value;
    await alternate(descent, sweepsBetween, descent.tolerance);
    now = await newton(descent);
    // No lower J: rounding does not allow this tolerance.
    if (!(now.value < before - 1e-12 * Math.abs(before))) return;
  }
}
