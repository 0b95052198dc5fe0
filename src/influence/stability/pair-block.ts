/** What one score of a factor model reads, as a block of parameters, and the curvature of one rating's loss on it. */

import { type FactorModel, score } from "../../model/factor-model.ts";
import { placesOf } from "../../objective/factorization.ts";

/** A rating: indices of its user and item, and what the score should be. */
export interface Rated {
  readonly user: number;
  readonly item: number;
  readonly rating: number;
}

/** The rows of a user and an item, and a learned mean where there is one, at a point. */
export interface PairBlock {
  /** Places in the parameter vector: the user's row, the item's row (each with its bias at the end), the mean. */
  readonly places: readonly number[];
  /** ∇score on these places: v_y, 1, u_x, 1, 1 for score = m + b_x + c_y + u_x·v_y. */
  readonly jacobian: Float64Array;
  /** Length of an embedding, and of a row. */
  readonly factors: number;
  readonly stride: number;
}

/** The block of a pair; without biases and a learned mean it is that of two embeddings. */
export function pairBlock({ shape, params }: FactorModel, user: number, item: number): PairBlock {
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const [p, q] = [user * stride, itemsAt + item * stride];
  const places: number[] = [];
  for (let f = 0; f < stride; f++) places.push(p + f);
  for (let f = 0; f < stride; f++) places.push(q + f);
  if (meanAt >= 0) places.push(meanAt);
  const jacobian = new Float64Array(places.length).fill(1);
  for (let f = 0; f < shape.factors; f++) {
    jacobian[f] = params[q + f];
    jacobian[stride + f] = params[p + f];
  }
  return { places, jacobian, factors: shape.factors, stride };
}

/** A vector's entries at some places. */
export function entriesAt(vector: Float64Array, places: readonly number[]): Float64Array {
  const out = new Float64Array(places.length);
  for (let k = 0; k < out.length; k++) out[k] = vector[places[k]];
  return out;
}

/** C·x, C the second derivative of the score: it exchanges the two embeddings, and is zero on biases and the mean. */
export function exchanged({ factors, stride }: Pick<PairBlock, "factors" | "stride">, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let f = 0; f < factors; f++) {
    out[f] = x[stride + f];
    out[stride + f] = x[f];
  }
  return out;
}

/** score − rating. */
export function errorOf(model: FactorModel, { user, item, rating }: Rated): number {
  return score(model, user, item) - rating;
}
