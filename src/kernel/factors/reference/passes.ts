/** The reference of the passes over all ratings: residuals, gradient, relaxation. */

import { checkUnweighted } from "../checks.ts";
import { multiplyBlock, sharedBlock, solve } from "./blocks.ts";
import { addProduct, addProducts, contraction, gramOf } from "./gram.ts";
import { addPairs } from "./pairs.ts";
import { errorAt, type FactorState, meanOf, penaltyOf, scoreAt } from "./state.ts";

/** Overwrites `out` with e of every rating. */
export function residuals(state: FactorState, out: Float64Array): void {
  const { byUser, userCount, stride } = state;
  const mean = meanOf(state);
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) out[k] = errorAt(state, k, mean, u * stride);
}

/** Returns J; overwrites `gradient`. */
export function evaluate(state: FactorState, gradient: Float64Array): number {
  const { userCount, itemsAt, stride } = state;
  gradient.fill(0);
  const sum: Sum = { mean: meanOf(state), value: 0, meanGradient: 0 };
  for (let u = 0; u < userCount; u++) addUser(state, u, sum, gradient, u * stride, itemsAt);
  if (state.learnedMean) gradient[state.parameterCount - 1] = sum.meanGradient;
  const penalties = addPenalty(state, state.userScale, 0, gradient, 0);
  const value = sum.value + penalties + addPenalty(state, state.itemScale, itemsAt, gradient, itemsAt);
  return (state.zeroWeight > 0 ? value + addPairs(state, gradient) : value) + state.constant;
}

/** Moves every user row by its stored inverse block times its gradient; returns J there and overwrites the reduced gradient. */
export function relaxUsers(state: FactorState, reducedGradient: Float64Array): number {
  const { userCount, itemsAt, d, stride, point, users, items, zeroWeight } = state;
  const [own, step] = [new Float64Array(stride), new Float64Array(stride)];
  const shared = sharedBlock(state, "user");
  const sum: Sum = { mean: meanOf(state), value: 0, meanGradient: 0 };
  reducedGradient.fill(0);
  for (let u = 0; u < userCount; u++) {
    gradientOfUser(state, u, sum.mean, shared, own);
    multiplyBlock(state, "user", u, own, 0, step, 0);
    for (let f = 0; f < stride; f++) {
      const at = u * stride + f;
      point[at] -= step[f];
      sum.value += (penaltyOf(state, state.userScale[u], f) * point[at] * point[at]) / 2;
    }
    addUser(state, u, sum, reducedGradient, -1, 0);
  }
  if (state.learnedMean) reducedGradient[state.reducedCount - 1] = sum.meanGradient;
  const value = sum.value + addPenalty(state, state.itemScale, itemsAt, reducedGradient, 0);
  if (shared === undefined) return value + state.constant;
  addProducts(gramOf(zeroWeight, users, users, d), items, reducedGradient, 0, d);
  return value + contraction(gramOf(1, users, users, d), shared) / 2 + state.constant;
}

/** Sets items and mean, and every user row to its optimum there; returns J and overwrites the reduced gradient. */
export function optimiseUsers(state: FactorState, reduced: Float64Array, reducedGradient: Float64Array): number {
  const { point, itemsAt, inverses } = state;
  checkUnweighted(state.weighted, state.zeroWeight);
  point.set(reduced, itemsAt);
  const stored = inverses.user.slice();
  solve(state, "user");
  inverses.user.set(stored);
  const gradient = new Float64Array(state.parameterCount);
  const value = evaluate(state, gradient);
  reducedGradient.set(gradient.subarray(itemsAt));
  return value;
}

/** What a pass over the users adds up at a mean. */
interface Sum {
  readonly mean: number;
  value: number;
  meanGradient: number;
}

/** Adds the terms of user u to `sum`, their gradient to `own` entries (at `at`, unless −1) and to the items' rows of `out`. */
function addUser(state: FactorState, u: number, sum: Sum, out: Float64Array, at: number, outItems: number): void {
  const { byUser, ratings, weights, weighted, biases, point, d, stride, itemsAt } = state;
  const row = u * stride;
  let loss = 0;
  let meanGradient = sum.meanGradient;
  for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
    const item = byUser.others[k] * stride;
    const score = scoreAt(state, sum.mean, row, itemsAt + item);
    const e = ratings[k] - weights[k] * score;
    // ½w·score² − pull·score.
    loss += weighted ? -(ratings[k] + e) * score : e * e;
    meanGradient -= e;
    for (let f = 0; f < d; f++) {
      if (at >= 0) out[at + f] -= e * point[itemsAt + item + f];
      out[outItems + item + f] -= e * point[row + f];
    }
    if (biases) {
      if (at >= 0) out[at + d] -= e;
      out[outItems + item + d] -= e;
    }
  }
  sum.value += loss / 2;
  sum.meanGradient = meanGradient;
}

/** Overwrites `own` with the gradient of user u, all pairs included. */
function gradientOfUser(
  state: FactorState,
  u: number,
  mean: number,
  shared: Float64Array | undefined,
  own: Float64Array,
): void {
  const { byUser, biases, point, d, stride, itemsAt } = state;
  const row = u * stride;
  for (let f = 0; f < stride; f++) own[f] = penaltyOf(state, state.userScale[u], f) * point[row + f];
  if (shared !== undefined) addProduct(shared, point, row, own, 0, d);
  for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
    const item = itemsAt + byUser.others[k] * stride;
    const e = errorAt(state, k, mean, row);
    for (let f = 0; f < d; f++) own[f] -= e * point[item + f];
    if (biases) own[d] -= e;
  }
}

/** Adds scale·penalty·row to a table's gradient; returns half the penalised squares. */
function addPenalty(state: FactorState, scales: Float64Array, rowsAt: number, out: Float64Array, at: number): number {
  const { point, stride } = state;
  let sum = 0;
  for (let r = 0; r < scales.length; r++)
    for (let f = 0; f < stride; f++) {
      const x = point[rowsAt + r * stride + f];
      const weighted = penaltyOf(state, scales[r], f) * x;
      sum += weighted * x;
      out[at + r * stride + f] += weighted;
    }
  return sum / 2;
}
