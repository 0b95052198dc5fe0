/** How fast the Hessian of a factorization on ratings can change, and the ball in which a Newton iteration's optimum then lies. */

import { type Factorization, placesOf } from "../../objective/factorization.ts";

/**
 * L with ‖H(θ + δ) − H(θ)‖ ≥ −L‖δ‖ from below for ‖δ‖ ≤ 1, squared loss on ratings. The Gauss–Newton part is XᵀX; a move changes X·v by at most √m‖δ‖‖v‖
 * (m: how often the most frequent pair was rated), and the scores by √(m)(‖X‖‖δ‖ + ½‖δ‖²), which enter as e·(a_u·b_i): L = √m·3‖X‖ + ½m.
 */
export function hessianSlope(objective: Factorization, params: Float64Array): number {
  const often = mostOften(objective);
  return 3 * Math.sqrt(often) * Math.sqrt(regressorBound(objective, params)) + often / 2;
}

/** ‖X‖² from above: the largest Σ‖x‖² of a user's rows, of an item's, and the rows themselves where the mean is learned. */
function regressorBound({ interactions, shape }: Factorization, params: Float64Array): number {
  const { stride, itemsAt } = placesOf(shape);
  const { users, items, size, userCount, itemCount } = interactions;
  const ofUsers = new Float64Array(userCount);
  const ofItems = new Float64Array(itemCount);
  const lengths = Float64Array.from({ length: userCount + itemCount }, (_, r) => {
    let sum = shape.biases ? 1 : 0;
    for (let f = 0; f < shape.factors; f++) sum += params[r * stride + f] ** 2;
    return sum;
  });
  const first = itemsAt / stride;
  for (let row = 0; row < size; row++) {
    ofUsers[users[row]] += lengths[first + items[row]];
    ofItems[items[row]] += lengths[users[row]];
  }
  const most = (sums: Float64Array) => sums.reduce((top, x) => Math.max(top, x), 0);
  return most(ofUsers) + most(ofItems) + (shape.learnedMean ? size : 0);
}

/** How often the pair that was rated most often was rated. */
function mostOften({ interactions: { byUser, items, itemCount, userCount } }: Factorization): number {
  const last = new Int32Array(itemCount).fill(-1);
  const times = new Uint32Array(itemCount);
  let most = 1;
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = items[byUser.rows[k]];
      times[item] = last[item] === u ? times[item] + 1 : 1;
      last[item] = u;
      most = Math.max(most, times[item]);
    }
  return most;
}

/**
 * The smallest r with ‖g‖ ≤ (κ − L·r)·r: within r of the point J is strongly convex with κ − L·r, so that its minimum is within r (Kantorovich's
 * condition is 4L‖g‖ ≤ κ²). NaN where there is none, or where it is above 1.
 */
export function convergenceRadius(curvature: number, slope: number, gradientNorm: number): number {
  const room = curvature * curvature - 4 * slope * gradientNorm;
  if (!(curvature > 0) || !(room >= 0)) return Number.NaN;
  const radius = (2 * gradientNorm) / (curvature + Math.sqrt(room));
  return radius <= 1 ? radius : Number.NaN;
}
