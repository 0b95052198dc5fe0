/** Factors that had died out: whether the data that remain have room for them again, and how they come back. */

import { canonicalise } from "../../model/gauge.ts";
import { alternate } from "./alternating.ts";
import { addFactors, liveFactors } from "./births.ts";
import type { Descent } from "./descent.ts";
import { topPair } from "./duality.ts";
import { newton } from "./newton.ts";

/**
 * A column of zeros is stationary whether or not it is a minimum, and a warm start cannot leave it. At a stationary point with such a column J is
 * least when σ₁ of the residuals is at most λ; above that the top singular pair, in its best length, leads down, and the minimisation goes on
 * from there. Costs nothing where all columns live, else some tens of products with the residuals.
 */
export async function recoverRank(descent: Descent): Promise<void> {
  const { objective, session, tolerance } = descent;
  const { factors, l2 } = objective.settings;
  const point = new Float64Array(session.parameterCount);
  const residuals = new Float64Array(objective.interactions.size);
  for (let round = 0; round < factors; round++) {
    session.getPoint(point);
    canonicalise(objective.shape, point);
    if (liveFactors(objective.shape, point) === factors) return;
    session.setPoint(point);
    session.residuals(residuals);
    const pair = await topPair(objective, point, residuals, descent.yieldToEventLoop, round + 1);
    if (!(pair.sigma > l2 * (1 + 1e-9))) return;
    addFactors(objective, point, factors - 1, [pair]);
    session.setPoint(point);
    await alternate(descent, 4, tolerance);
    await newton(descent);
  }
}
