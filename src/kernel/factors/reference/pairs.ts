/** The reference of what the weight of all pairs adds to the gradient, to products, and to the coupling of users and items. */

import { addProducts, contraction, gramOf, type Rows, symmetrised } from "./gram.ts";
import type { FactorState } from "./state.ts";

/** Adds the gradient of the pairs' term; returns the term. */
export function addPairs({ zeroWeight, users, items, itemsAt, d }: FactorState, gradient: Float64Array): number {
  const ofItems = gramOf(zeroWeight, items, items, d);
  addProducts(ofItems, users, gradient, 0, d);
  addProducts(gramOf(zeroWeight, users, users, d), items, gradient, itemsAt, d);
  return contraction(gramOf(1, users, users, d), ofItems) / 2;
}

/** Adds the pairs' part of a product with the Hessian. */
export function addPairsProduct(state: FactorState, direction: Float64Array, out: Float64Array, full: boolean): void {
  const { zeroWeight, users, items, itemsAt, d } = state;
  const userMoves: Rows = { ...users, values: direction };
  const itemMoves: Rows = { ...items, values: direction };
  const ofUsers = gramOf(zeroWeight, userMoves, users, d);
  const ofItems = gramOf(zeroWeight, itemMoves, items, d);
  addProducts(gramOf(zeroWeight, items, items, d), userMoves, out, 0, d);
  addProducts(full ? symmetrised(ofItems, d) : ofItems, users, out, 0, d);
  addProducts(gramOf(zeroWeight, users, users, d), itemMoves, out, itemsAt, d);
  addProducts(full ? symmetrised(ofUsers, d) : ofUsers, items, out, itemsAt, d);
}

/** What a move of the items makes of the pairs' gradient of every user: multiplies p_u. */
export function sharedCoupling(state: FactorState, v: Float64Array): Float64Array | undefined {
  const { zeroWeight, items, itemCount, d } = state;
  if (!(zeroWeight > 0)) return undefined;
  return symmetrised(gramOf(zeroWeight, { values: v, at: 0, count: itemCount }, items, d), d);
}

/** out += what a move z of the users makes of the pairs' gradient of the items, times `sign`. */
export function addPairsOfItems(state: FactorState, sign: number, z: Float64Array, out: Float64Array): void {
  const { zeroWeight, users, items, userCount, d } = state;
  const moves = gramOf(sign * zeroWeight, { values: z, at: 0, count: userCount }, users, d);
  addProducts(symmetrised(moves, d), items, out, 0, d);
}
