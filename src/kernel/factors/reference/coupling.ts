/** The reference of how users and items move each other: the Schur complement and its two halves. */

import { multiplyBlock } from "./blocks.ts";
import { addProduct, addProducts, gramOf } from "./gram.ts";
import { addPairsOfItems, sharedCoupling } from "./pairs.ts";
import { errorAt, type FactorState, meanOf, penaltyOf } from "./state.ts";

/** Overwrites `out` with the product of the Schur complement and a reduced vector. */
export function schurProduct(state: FactorState, v: Float64Array, out: Float64Array): void {
  const { userCount, itemCount, itemScale, stride, users, zeroWeight, d } = state;
  const t = new Float64Array(stride);
  const z = new Float64Array(userCount * stride);
  const sum: Sum = { mean: meanOf(state), meanGradient: 0 };
  const shared = sharedCoupling(state, v);
  for (let i = 0; i < itemCount; i++)
    for (let f = 0; f < stride; f++) out[i * stride + f] = penaltyOf(state, itemScale[i], f) * v[i * stride + f];
  for (let u = 0; u < userCount; u++) {
    t.fill(0);
    coupleToUser(state, u, sum.mean, v, t, 0, shared);
    multiplyBlock(state, "user", u, t, 0, z, u * stride);
    coupleToItems(state, u, sum, v, z, out);
  }
  if (state.learnedMean) out[state.reducedCount - 1] = sum.meanGradient;
  if (shared === undefined) return;
  addProducts(gramOf(zeroWeight, users, users, d), { values: v, at: 0, count: itemCount }, out, 0, d);
  addPairsOfItems(state, -1, z, out);
}

/** Overwrites a users' table with what a reduced vector does to the users' gradient. */
export function userCoupling(state: FactorState, v: Float64Array, out: Float64Array): void {
  const { userCount, stride } = state;
  const mean = meanOf(state);
  const shared = sharedCoupling(state, v);
  out.fill(0);
  for (let u = 0; u < userCount; u++) coupleToUser(state, u, mean, v, out, u * stride, shared);
}

/** Overwrites a reduced vector with what a users' table does to the items' gradient. */
export function itemCoupling(state: FactorState, z: Float64Array, out: Float64Array): void {
  const { userCount, reducedCount } = state;
  const sum: Sum = { mean: meanOf(state), meanGradient: 0 };
  out.fill(0);
  for (let u = 0; u < userCount; u++) coupleToItems(state, u, sum, undefined, z, out);
  for (let k = 0; k < reducedCount; k++) out[k] = 0 - out[k];
  if (state.learnedMean) out[reducedCount - 1] = 0 - sum.meanGradient;
  if (state.zeroWeight > 0) addPairsOfItems(state, 1, z, out);
}

/** What a pass over the users adds up at a mean. */
interface Sum {
  readonly mean: number;
  meanGradient: number;
}

/** Adds H_ur·v of user u to the row of `t` at `at`. */
function coupleToUser(
  state: FactorState,
  u: number,
  mean: number,
  v: Float64Array,
  t: Float64Array,
  at: number,
  shared: Float64Array | undefined,
): void {
  const { byUser, weights, biases, point, d, stride, itemsAt, learnedMean, reducedCount } = state;
  const row = u * stride;
  if (shared !== undefined) addProduct(shared, point, row, t, at, d);
  const moved = learnedMean ? v[reducedCount - 1] : 0;
  for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
    const to = byUser.others[k] * stride;
    const item = itemsAt + to;
    const e = errorAt(state, k, mean, row);
    let s = biases ? moved + v[to + d] : moved;
    for (let f = 0; f < d; f++) s += point[row + f] * v[to + f];
    s *= weights[k];
    for (let f = 0; f < d; f++) t[at + f] += s * point[item + f] - e * v[to + f];
    if (biases) t[at + d] += s;
  }
}

/** Adds H_rr·v − H_ru·z of the ratings of user u to `out`; v = undefined for the second part alone. */
function coupleToItems(
  state: FactorState,
  u: number,
  sum: Sum,
  v: Float64Array | undefined,
  z: Float64Array,
  out: Float64Array,
): void {
  const { byUser, weights, biases, point, d, stride, itemsAt, learnedMean, reducedCount } = state;
  const row = u * stride;
  const moved = v !== undefined && learnedMean ? v[reducedCount - 1] : 0;
  let meanGradient = sum.meanGradient;
  for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
    const to = byUser.others[k] * stride;
    const item = itemsAt + to;
    const e = errorAt(state, k, sum.mean, row);
    let a = biases ? moved - z[row + d] : moved;
    if (v !== undefined) {
      if (biases) a += v[to + d];
      for (let f = 0; f < d; f++) a += point[row + f] * v[to + f];
    }
    for (let f = 0; f < d; f++) a -= point[item + f] * z[row + f];
    a *= weights[k];
    for (let f = 0; f < d; f++) out[to + f] += a * point[row + f] + e * z[row + f];
    if (biases) out[to + d] += a;
    meanGradient += a;
  }
  sum.meanGradient = meanGradient;
}
