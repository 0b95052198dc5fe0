/** Gram matrices of both tables: what the zeros of all pairs add to the block of any one row. */

import { addGram } from "../../model/gauge.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";

/** PᵀP and QᵀQ, factors × factors. */
export interface Grams {
  readonly users: Float64Array;
  readonly items: Float64Array;
}

/** The Gram matrices at parameters; undefined where pairs without interaction do not count. Cost: O((users + items)·factors²). */
export function gramsOf({ shape, zeroWeight }: Factorization, params: Float64Array): Grams | undefined {
  if (zeroWeight === 0) return undefined;
  const { stride, itemsAt } = placesOf(shape);
  const gram = (at: number, count: number) => {
    const out = new Float64Array(shape.factors * shape.factors);
    addGram(params, at, params, at, count, shape.factors, stride, out);
    return out;
  };
  return { users: gram(0, shape.userCount), items: gram(itemsAt, shape.itemCount) };
}
