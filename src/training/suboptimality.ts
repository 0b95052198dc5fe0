/** How far parameters that somebody else trained are from an optimum of the objective that is declared for them. */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";
import { type Suboptimality, suboptimalityOfFactors } from "./factors/suboptimality.ts";

export type { Suboptimality } from "./factors/suboptimality.ts";

/** Measures it: one evaluation, and one linear solve with the whole Hessian. Throws `unsupported` for objectives without closed forms. */
export function suboptimalityOf(objective: Objective, params: Float64Array, run: RunContext): Promise<Suboptimality> {
  const closed = closedFormsOf(objective);
  if (closed) return suboptimalityOfFactors(closed, params, run);
  throw new LetheError(
    "unsupported",
    "suboptimality is measured of objectives with closed forms",
    "declare mf or ials",
  );
}
