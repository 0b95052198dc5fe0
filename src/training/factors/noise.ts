/** Noise of the size of residuals: where its singular values end, and what of a singular value is noise. */

import { type Factorization, placesOf } from "../../objective/factorization.ts";
import { type ResidualMatrix, squaresOf } from "./residual-matrix.ts";

/** The root of the mean square of a user's row of the noise, and of an item's column: the mean over ratings, so that rows with many weigh more. */
export interface Noise {
  readonly users: number;
  readonly items: number;
}

/** Where the singular values of noise end that is spread evenly over the users and items that have rows (Bai & Yin 1993). */
export function edgeOf({ problem }: Factorization, matrix: ResidualMatrix): number {
  const there = ({ start }: { readonly start: Uint32Array }) =>
    start.reduce((count, from, r) => count + (r > 0 && from > start[r - 1] ? 1 : 0), 0);
  const size = Math.sqrt(squaresOf(matrix));
  return size / Math.sqrt(there(problem.byUser)) + size / Math.sqrt(there(problem.byItem));
}

/** The noise that a matrix of residuals would be: all ratings have one variance, before the penalties scale them. */
export function noiseOf(objective: Factorization, matrix: ResidualMatrix): Noise {
  const squares = squaresOf(matrix);
  const { users, items, total } = sharesOf(objective);
  const meanOf = (shares: Float64Array) =>
    Math.sqrt((squares * shares.reduce((sum, x) => sum + x * x, 0)) / total ** 2);
  return { users: meanOf(users), items: meanOf(items) };
}

/**
 * What the best shrinker in the Frobenius norm takes off a singular value (Gavish & Donoho 2017, Eq. 7, for a rectangle of noise): much near the
 * edge, about (users² + items²)/size far above. Of one below the edge nothing should be left: the edge.
 */
export function takenOff(size: number, { users, items }: Noise): number {
  if (size <= users + items) return users + items;
  const [a, b] = [users ** 2, items ** 2];
  return size - Math.sqrt(Math.max(0, (size * size - a - b) ** 2 - 4 * a * b)) / size;
}

/** How much of the noise is in every row and column: a rating counts 1/(scale of its user · scale of its item). */
function sharesOf({ problem }: Factorization) {
  const { byUser, userScale, itemScale, shape } = problem;
  const users = new Float64Array(shape.userCount);
  const items = new Float64Array(shape.itemCount);
  let total = 0;
  for (let u = 0; u < users.length; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const share = 1 / (userScale[u] * itemScale[byUser.others[k]]);
      users[u] += share;
      items[byUser.others[k]] += share;
      total += share;
    }
  return { users, items, total };
}

/**
 * The singular values that stand behind the factors of a fit, in the canonical gauge: λ, which the fit has taken off, and what the factor has on the
 * ratings, Σ (p·q)²/(‖p‖·‖q‖), with norms as the penalties scale them.
 */
export function sizesOf({ problem, settings, shape }: Factorization, params: Float64Array): number[] {
  const { byUser, userScale, itemScale } = problem;
  const { factors, userCount, itemCount } = shape;
  const { stride, itemsAt } = placesOf(shape);
  const squares = new Float64Array(factors);
  const lengths = [new Float64Array(factors), new Float64Array(factors)];
  for (let f = 0; f < factors; f++) {
    for (let u = 0; u < userCount; u++) lengths[0][f] += userScale[u] * params[u * stride + f] ** 2;
    for (let i = 0; i < itemCount; i++) lengths[1][f] += itemScale[i] * params[itemsAt + i * stride + f] ** 2;
  }
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++)
      for (let f = 0; f < factors; f++)
        squares[f] += (params[u * stride + f] * params[itemsAt + byUser.others[k] * stride + f]) ** 2;
  return Array.from(squares, (sum, f) => {
    const length = Math.sqrt(lengths[0][f] * lengths[1][f]);
    return settings.l2 + (length > 0 ? sum / length : 0);
  });
}
