/** How far parameters that somebody else trained are from an optimum of the objective that is declared for them. */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";
import { type Suboptimality, suboptimalityOfFactors } from "./factors/suboptimality.ts";

export { type OwnOptima, solvedExactly } from "./factors/own-optima.ts";
export type { Suboptimality } from "./factors/suboptimality.ts";

/**
 * Measures it: one evaluation, and the way to the optimum nearby, which counts as reached at ‖∇J‖ ≤ tolerance. Throws `unsupported` for
 * objectives without closed forms.
 */
export function suboptimalityOf(
  objective: Objective,
  params: Float64Array,
  run: RunContext,
  tolerance = 1e-8,
): Promise<Suboptimality> {
  const closed = closedFormsOf(objective);
  if (closed) return suboptimalityOfFactors(closed, params, run, tolerance);
  throw new LetheError(
    "unsupported",
    "suboptimality is measured of objectives with closed forms",
    "declare mf or ials",
  );
}
