/** The row blocks of pairwise ranking by dot products, straight from its triples: some passes' time instead of a hundred. */

import { rowAt } from "../../model/tensors.ts";
import { sigmoid } from "../../numeric/logistic.ts";
import { noItem } from "../../objective/negatives.ts";
import type { Objective } from "../../objective/objective.ts";
import type { YieldToEventLoop } from "../../run.ts";

/**
 * Adds the loss's part of the Gauss-Newton blocks of all users and items (lower triangles, factors² doubles a row): a triple of user p and items
 * q, o adds w(q − o)(q − o)ᵀ to the user's block and w·ppᵀ to both items', w = σ(m)σ(−m), m = p·(q − o). For BPR without biases.
 */
export async function addTripleBlocks(
  { interactions, negatives, settings, tensors }: Objective,
  params: Float64Array,
  users: Float64Array,
  items: Float64Array,
  yieldToEventLoop: YieldToEventLoop,
): Promise<void> {
  const { byUser, userCount, items: likedOf } = interactions;
  const perRow = settings.sampling?.perRow ?? 0;
  const [userTable, itemTable] = tensors;
  const factors = userTable.width;
  const size = factors * factors;
  const difference = new Float64Array(factors);
  const square = new Float64Array(size);
  for (let user = 0; user < userCount; user++) {
    await yieldToEventLoop();
    const at = rowAt(userTable, user);
    const p = params.subarray(at, at + factors);
    fillSquare(square, p);
    for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) {
      const row = byUser.rows[k];
      const liked = likedOf[row];
      const likedAt = rowAt(itemTable, liked);
      for (let n = row * perRow; n < (row + 1) * perRow; n++) {
        const other = negatives[n];
        if (other === noItem) continue;
        const margin = subtract(params, likedAt, rowAt(itemTable, other), p, difference);
        const weight = sigmoid(margin) * sigmoid(-margin);
        addOuter(users, user * size, difference, weight);
        addScaledSquare(items, liked * size, square, weight);
        addScaledSquare(items, other * size, square, weight);
      }
    }
  }
}

/** The lower triangle of ppᵀ. */
function fillSquare(out: Float64Array, p: Float64Array): void {
  for (let c = 0; c < p.length; c++) for (let d = 0; d <= c; d++) out[c * p.length + d] = p[c] * p[d];
}

/** difference = row at `from` − row at `other`; returns p·difference. */
function subtract(
  params: Float64Array,
  from: number,
  other: number,
  p: Float64Array,
  difference: Float64Array,
): number {
  let margin = 0;
  for (let f = 0; f < p.length; f++) {
    difference[f] = params[from + f] - params[other + f];
    margin += p[f] * difference[f];
  }
  return margin;
}

function addOuter(out: Float64Array, at: number, x: Float64Array, weight: number): void {
  for (let c = 0; c < x.length; c++) {
    const scaled = weight * x[c];
    for (let d = 0; d <= c; d++) out[at + c * x.length + d] += scaled * x[d];
  }
}

function addScaledSquare(out: Float64Array, at: number, square: Float64Array, weight: number): void {
  for (let k = 0; k < square.length; k++) out[at + k] += weight * square[k];
}
