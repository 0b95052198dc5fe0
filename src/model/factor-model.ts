/** Matrix factorization as a scoring function: score(u, i) = mean + b_u + c_i + p_u·q_i. */

import { type FactorShape, strideOf } from "../kernel/kernels.ts";
import type { Pairs } from "./model.ts";

/** Parameters of a factor model with all that is needed to score: shape, flat vector, and the mean when it is not learned. */
export interface FactorModel {
  readonly shape: FactorShape;
  readonly params: Float64Array;
  readonly fixedMean: number;
}

/** The mean of a model, learned or fixed. */
export function meanOf({ shape, params, fixedMean }: FactorModel): number {
  return shape.learnedMean ? params[params.length - 1] : fixedMean;
}

/** The score of one pair, in rating units. */
export function score(model: FactorModel, user: number, item: number): number {
  const { shape, params } = model;
  const stride = strideOf(shape);
  const p = user * stride;
  const q = (shape.userCount + item) * stride;
  let sum = meanOf(model);
  if (shape.biases) sum += params[p + shape.factors] + params[q + shape.factors];
  for (let f = 0; f < shape.factors; f++) sum += params[p + f] * params[q + f];
  return sum;
}

/** Scores of many pairs, in their order. */
export function scores(model: FactorModel, users: ArrayLike<number>, items: ArrayLike<number>): Float64Array {
  const out = new Float64Array(users.length);
  for (let k = 0; k < out.length; k++) out[k] = score(model, users[k], items[k]);
  return out;
}

/** Scores of pairs, as a function of pairs alone. */
export function scorer(model: FactorModel): (pairs: Pairs) => Float64Array {
  return ({ users, items }) => scores(model, users, items);
}

/** Scores of every item for one user, by item index. */
export function scoresOfUser(model: FactorModel, user: number): Float64Array {
  const out = new Float64Array(model.shape.itemCount);
  for (let i = 0; i < out.length; i++) out[i] = score(model, user, i);
  return out;
}

/** The tables of a model, each in an array of its own; biases absent when the model has none. */
export interface FactorTables {
  readonly userFactors: Float64Array;
  readonly itemFactors: Float64Array;
  readonly userBias: Float64Array | undefined;
  readonly itemBias: Float64Array | undefined;
  readonly mean: number;
}

/** Takes the flat vector apart. */
export function tablesOf(model: FactorModel): FactorTables {
  const { shape, params } = model;
  const rows = (at: number, count: number) => split(params, at, count, shape.factors, strideOf(shape));
  const user = rows(0, shape.userCount);
  const item = rows(shape.userCount * strideOf(shape), shape.itemCount);
  return {
    userFactors: user.factors,
    itemFactors: item.factors,
    userBias: shape.biases ? user.bias : undefined,
    itemBias: shape.biases ? item.bias : undefined,
    mean: meanOf(model),
  };
}

function split(params: Float64Array, at: number, count: number, factors: number, stride: number) {
  const table = new Float64Array(count * factors);
  const bias = new Float64Array(count);
  for (let r = 0; r < count; r++) {
    for (let f = 0; f < factors; f++) table[r * factors + f] = params[at + r * stride + f];
    if (stride > factors) bias[r] = params[at + r * stride + factors];
  }
  return { factors: table, bias };
}

/** Puts tables together into a flat vector of this shape. */
export function paramsOf(shape: FactorShape, tables: FactorTables): Float64Array {
  const stride = strideOf(shape);
  const params = new Float64Array((shape.userCount + shape.itemCount) * stride + (shape.learnedMean ? 1 : 0));
  const join = (at: number, count: number, factors: Float64Array, bias: Float64Array | undefined) => {
    for (let r = 0; r < count; r++) {
      for (let f = 0; f < shape.factors; f++) params[at + r * stride + f] = factors[r * shape.factors + f];
      if (shape.biases && bias !== undefined) params[at + r * stride + shape.factors] = bias[r];
    }
  };
  join(0, shape.userCount, tables.userFactors, tables.userBias);
  join(shape.userCount * stride, shape.itemCount, tables.itemFactors, tables.itemBias);
  if (shape.learnedMean) params[params.length - 1] = tables.mean;
  return params;
}
