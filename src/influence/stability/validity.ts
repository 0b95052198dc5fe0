/** By how much an influence of fast influence may change when the rows of its user and its item move, and how far that is from a limit. */

import { norm } from "../../numeric/vector.ts";
import { curvatureChange, errorChange } from "./bounds.ts";

/** What the bound on −τᵀB⁻¹g reads: τ the gradient of the score, g that of the row's loss, B the block of both rows without the row. */
export interface Sensitivity {
  /** ‖τ‖. */
  readonly jacobian: number;
  /** ‖B⁻¹τ‖, ‖B⁻¹g‖ and ‖B⁻¹‖ at most. */
  readonly s: number;
  readonly w: number;
  readonly inverse: number;
  /** The gradient of −τᵀB⁻¹g by the two rows' entries, B fixed. */
  readonly slope: Float64Array;
  /** How many ratings of the very pair B has: its only part that changes with the two rows. */
  readonly pairRatings: number;
  /** At a distance ρ: ‖B⁻¹Δg‖ at most, and what sᵀΔg has at most beside its linear part. */
  gradient(distance: number): number;
  rest(distance: number): number;
}

/** How far both rows may move together, and by how much the score may change within that distance. */
export interface Validity {
  /** ‖δ‖ over the entries of both rows, biases included. */
  readonly distance: number;
  /** |Δe| ≤ ‖J‖‖δ‖ + ½‖δ‖². */
  readonly score: number;
}

/**
 * |Δ(−τᵀB⁻¹g)| at most when both rows move by `distance`: what is linear, what is left at B fixed, and the corrected bound c·‖B⁻¹τ′‖·‖B⁻¹g′‖ of the
 * pair's own curvature, c = 2‖J‖ρ + ρ² + |Δe|, over 1 − c‖B⁻¹‖ for the inverse. Infinite where the block may lose its curvature.
 */
export function influenceChange(at: Sensitivity, distance: number): number {
  const error = errorChange(at.jacobian, distance);
  const moved = at.gradient(distance);
  const fixed = norm(at.slope) * distance + at.rest(distance) + distance * moved;
  const curved = at.pairRatings * curvatureChange({ jacobian: at.jacobian, distance, error }, 1);
  const left = 1 - curved * at.inverse;
  if (left <= 0) return Number.POSITIVE_INFINITY;
  return fixed + (curved * (at.s + distance * at.inverse) * (at.w + moved)) / left;
}

/** Farther than rows are ever apart; an influence that does not depend on the rows is right up to here. */
const farthest = 1e6;

/** The largest distance at which the influence changes by no more than `limit`, by bisection: the bound grows with the distance. */
export function validityOf(at: Sensitivity, limit: number): Validity {
  let [low, high] = [0, farthest];
  if (influenceChange(at, high) <= limit) low = high;
  for (let step = 0; step < 200 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2;
    if (influenceChange(at, middle) <= limit) low = middle;
    else high = middle;
  }
  return { distance: low, score: errorChange(at.jacobian, low) };
}
