/** Parameters in the canonical gauge, where there is one. */

import { canonicalise } from "../model/gauge.ts";
import { turnedToward } from "../model/rotations.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";

/** A copy in the canonical gauge of closed forms; of other models turned to where it is closest to `toward`. */
export function canonical(objective: Objective, params: Float64Array, toward: Float64Array): Float64Array {
  const closed = closedFormsOf(objective);
  if (closed === undefined) return turnedToward(objective.model.rotations ?? [], params, toward);
  const out = params.slice();
  canonicalise(closed.shape, out);
  return out;
}
