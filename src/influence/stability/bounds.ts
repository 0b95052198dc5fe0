/** How much an influence may change when the rows of one sampled rating move: the printed lines, and a bound that holds. */

import type { LossScale } from "./step.ts";

/** How far rows move, and what that does to one score. */
export interface Move {
  /** ‖J‖, J the gradient of the score on what it reads. */
  readonly jacobian: number;
  /** ‖δ‖, δ the changes of both rows. */
  readonly distance: number;
  /** |Δe|, the change of the residual. */
  readonly error: number;
}

/**
 * ‖∇²ℓ(θ + δ) − ∇²ℓ(θ)‖ at most, for ℓ = ½e² (scale 1) or e² (scale 2) and a score with a dot product, with biases or without: 2‖J‖‖δ‖ + ‖δ‖² + |Δe|.
 * With ΔJ = (Δv_y, Δu_x), ‖ΔJ‖ = ‖δ‖, and C that exchanges two embeddings, ‖C‖ = 1: Δ(JᵀJ + e·C) = ΔJᵀJ + JᵀΔJ + ΔJᵀΔJ + Δe·C. Times ‖s_xy‖·‖∇ℓ_z,xy‖
 * it bounds the change of −sᵀ∇ℓ_z in one step of the recursion.
 */
export function curvatureChange({ jacobian, distance, error }: Move, scale: LossScale): number {
  return scale * (2 * jacobian * distance + distance * distance + error);
}

/** |Δe| at most: ‖J‖‖δ‖ + ½‖δ‖², for Δe = J·δ + Δu_x·Δv_y. */
export function errorChange(jacobian: number, distance: number): number {
  return jacobian * distance + (distance * distance) / 2;
}

/** What the printed lines read; residuals are 0 for pairs without a rating, over which they do not sum. */
export interface PrintedTerms {
  readonly epsilon: number;
  readonly factors: number;
  /** r_iy − score(i, y) and r_xj − score(x, j). */
  readonly ofUser: number;
  readonly ofItem: number;
  /** ‖v_y‖ and ‖u_x‖. */
  readonly itemRow: number;
  readonly userRow: number;
}

/** The last two lines of the printed derivation, for e²: 4d²(|ε(r_iy − u_i·v_y)v_y| + |ε(r_xj − u_x·v_j)u_x|), and 20d²(|ε v_y| + |ε u_x|). */
export function printedLines({ epsilon, factors, ofUser, ofItem, itemRow, userRow }: PrintedTerms) {
  const size = epsilon * factors * factors;
  return {
    intermediate: 4 * size * (Math.abs(ofUser) * itemRow + Math.abs(ofItem) * userRow),
    printed: 20 * size * (itemRow + userRow),
  };
}
