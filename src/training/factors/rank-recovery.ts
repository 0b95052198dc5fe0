/** Factors that had died out: whether the data that remain have room for them again, and how they come back. */

import { canonicalise } from "../../model/gauge.ts";
import { dot } from "../../numeric/vector.ts";
import { placesOf } from "../../objective/factorization.ts";
import { alternate } from "./alternating.ts";
import type { Descent } from "./descent.ts";
import { type TopPair, topPair } from "./duality.ts";
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
    if (!lastColumnIsDead(descent, point)) return;
    session.setPoint(point);
    session.residuals(residuals);
    const pair = await topPair(objective, point, residuals, descent.yieldToEventLoop);
    if (!(pair.sigma > l2 * (1 + 1e-9))) return;
    addFactor(descent, point, pair);
    session.setPoint(point);
    await alternate(descent, 4, tolerance);
    await newton(descent);
  }
}

/** In the canonical gauge the least column comes last. */
function lastColumnIsDead({ objective }: Descent, point: Float64Array): boolean {
  const { shape } = objective;
  const { stride } = placesOf(shape);
  const size = (f: number) => {
    let squares = 0;
    for (let r = 0; r < shape.userCount + shape.itemCount; r++) squares += point[r * stride + f] ** 2;
    return squares;
  };
  return size(shape.factors - 1) <= 1e-8 * Math.max(size(0), 1);
}

/** Puts the pair, times c, into the last column: J(c) = J + c²(λ − σ) + ½c⁴·Σ weight·(p·q)² is least at c² = (σ − λ)/Σ weight·(p·q)². */
function addFactor({ objective }: Descent, point: Float64Array, { sigma, users, items }: TopPair): void {
  const { start, others } = objective.problem.byUser;
  const { stride, itemsAt } = placesOf(objective.shape);
  const { weights } = objective.problem;
  // What every pair's zero adds.
  let fourth = objective.zeroWeight * dot(users, users) * dot(items, items);
  for (let u = 0; u < users.length; u++)
    for (let k = start[u]; k < start[u + 1]; k++)
      fourth += (weights === undefined ? 1 : weights[k]) * (users[u] * items[others[k]]) ** 2;
  const length = Math.sqrt((sigma - objective.settings.l2) / fourth);
  const last = objective.settings.factors - 1;
  users.forEach((x, u) => {
    point[u * stride + last] = length * x;
  });
  items.forEach((x, i) => {
    point[itemsAt + i * stride + last] = length * x;
  });
}
