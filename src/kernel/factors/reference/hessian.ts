/** The reference of products with the Hessian of all parameters. */

import type { Curvature } from "../../kernels.ts";
import { addPairsProduct } from "./pairs.ts";
import { errorAt, type FactorState, meanOf, penaltyOf } from "./state.ts";

/** Overwrites `out` with the product of the Hessian and a direction. */
export function hessianProduct(
  state: FactorState,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
): void {
  const { itemsAt, parameterCount, userScale, itemScale } = state;
  const full = curvature === "full";
  out.fill(0);
  const mean = addRatings(state, direction, out, full);
  addPenalty(state, userScale, 0, direction, out);
  addPenalty(state, itemScale, itemsAt, direction, out);
  if (state.learnedMean) out[parameterCount - 1] = mean;
  if (state.zeroWeight > 0) addPairsProduct(state, direction, out, full);
}

/** Adds the part of the ratings; returns the mean's entry. */
function addRatings(state: FactorState, direction: Float64Array, out: Float64Array, full: boolean): number {
  const { userCount, byUser, weights, biases, point, d, stride, itemsAt } = state;
  const mean = meanOf(state);
  const moved = state.learnedMean ? direction[state.parameterCount - 1] : 0;
  let meanOut = 0;
  for (let u = 0; u < userCount; u++) {
    const row = u * stride;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = itemsAt + byUser.others[k] * stride;
      const e = full ? errorAt(state, k, mean, row) : 0;
      let s = biases ? moved + direction[row + d] + direction[item + d] : moved;
      for (let f = 0; f < d; f++) s += point[row + f] * direction[item + f] + direction[row + f] * point[item + f];
      s *= weights[k];
      for (let f = 0; f < d; f++) {
        out[row + f] += s * point[item + f] - e * direction[item + f];
        out[item + f] += s * point[row + f] - e * direction[row + f];
      }
      if (biases) {
        out[row + d] += s;
        out[item + d] += s;
      }
      meanOut += s;
    }
  }
  return meanOut;
}

/** Adds the part of the penalties of the rows from `at`. */
function addPenalty(
  state: FactorState,
  scales: Float64Array,
  at: number,
  direction: Float64Array,
  out: Float64Array,
): void {
  const { stride } = state;
  for (let r = 0; r < scales.length; r++)
    for (let f = 0; f < stride; f++)
      out[at + r * stride + f] += penaltyOf(state, scales[r], f) * direction[at + r * stride + f];
}
