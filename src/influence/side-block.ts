/** The block of one user or one item, the other side held fixed, from some of its rows. */

import type { Rows } from "../data/interactions.ts";
import type { Side } from "../kernel/kernels.ts";
import { type Factorization, placesOf } from "../objective/factorization.ts";
import { penaltyOf } from "../objective/row-gradient.ts";
import { addRowProducts, type Block, blockOf } from "./fast/blocks.ts";

/** What a block is built from. */
export interface SideRows {
  readonly side: Side;
  /** Those of one user, or of one item. */
  readonly rows: Rows;
  /** How many shares of the L2: 1 under table L2. */
  readonly shares: number;
  /** Gram matrix of the other side's table, where every pair counts. */
  readonly gram: Float64Array | undefined;
}

/** Σ w·x xᵀ over the rows + their shares of the L2 (+ the zeros of all pairs), and its inverse. Cost: O(rows·d² + d³). */
export function sideBlock(
  objective: Factorization,
  params: Float64Array,
  { side, rows, shares, gram }: SideRows,
): Block {
  const { interactions, terms, shape, zeroWeight } = objective;
  const { stride } = placesOf(shape);
  const others = side === "user" ? interactions.items : interactions.users;
  const matrix = new Float64Array(stride * stride);
  const { weights } = terms;
  const partners = rows.map((row) => others[row]);
  const weighed = weights && Float64Array.from(rows, (row) => weights[row]);
  addRowProducts(objective, params, side, partners, weighed, shape.biases, matrix, stride, 0);
  for (let f = 0; f < stride; f++) matrix[f * stride + f] += shares * penaltyOf(objective, f);
  if (gram)
    for (let f = 0; f < shape.factors; f++)
      for (let g = 0; g <= f; g++) matrix[f * stride + g] += zeroWeight * gram[f * shape.factors + g];
  return blockOf(matrix, stride);
}
