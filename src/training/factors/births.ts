/** Factors that live, and how others are born along singular pairs of the residuals. */

import type { FactorShape } from "../../kernel/kernels.ts";
import { dot } from "../../numeric/vector.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";
import type { TopPair } from "./duality.ts";

/** How many columns live, in the canonical gauge, where they descend; a column's share of the first one's squares tells. */
export function liveFactors(shape: FactorShape, point: Float64Array, least = 1e-8): number {
  const { stride } = placesOf(shape);
  const squares = new Float64Array(shape.factors);
  for (let r = 0; r < shape.userCount + shape.itemCount; r++)
    for (let f = 0; f < shape.factors; f++) squares[f] += point[r * stride + f] ** 2;
  let live = 0;
  while (live < shape.factors && squares[live] > least * Math.max(squares[0], least)) live++;
  return live;
}

/**
 * Puts pairs into columns from `first` on, each times its best c: J(c) = J + c²(λ − σ) + ½c⁴·Σ weight·(p·q)² is least at
 * c² = (σ − λ)/Σ weight·(p·q)². A pair with σ ≤ λ gets c = 0.
 */
export function addFactors(
  objective: Factorization,
  point: Float64Array,
  first: number,
  pairs: readonly TopPair[],
): void {
  const { stride, itemsAt } = placesOf(objective.shape);
  pairs.forEach((pair, k) => {
    const length = Math.sqrt(Math.max(0, pair.sigma - objective.settings.l2) / fourthOf(objective, pair));
    pair.users.forEach((x, u) => {
      point[u * stride + first + k] = length * x;
    });
    pair.items.forEach((x, i) => {
      point[itemsAt + i * stride + first + k] = length * x;
    });
  });
}

/** Σ weight·(p·q)², with what every pair's zero adds. */
function fourthOf({ problem, zeroWeight }: Factorization, { users, items }: TopPair): number {
  const { weights, byUser } = problem;
  const { start, others } = byUser;
  let sum = zeroWeight * dot(users, users) * dot(items, items);
  for (let u = 0; u < users.length; u++)
    for (let k = start[u]; k < start[u + 1]; k++)
      sum += (weights === undefined ? 1 : weights[k]) * (users[u] * items[others[k]]) ** 2;
  return sum;
}
