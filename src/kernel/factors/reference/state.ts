/** A factor problem with its point and its stored blocks, and what every kernel reads of them. */

import { type FactorProblem, parameterCountOf, type Side, strideOf } from "../../kernels.ts";
import type { Rows } from "./gram.ts";

/** One problem that the reference holds; vectors are addressed by entries. */
export interface FactorState extends FactorProblem {
  readonly userCount: number;
  readonly itemCount: number;
  /** Number of factors. */
  readonly d: number;
  readonly biases: boolean;
  readonly learnedMean: boolean;
  /** Whether ratings are pulls beside weights. */
  readonly weighted: boolean;
  readonly weights: Float64Array;
  readonly itemWeights: Float64Array;
  readonly zeroWeight: number;
  readonly constant: number;
  readonly stride: number;
  readonly parameterCount: number;
  readonly reducedCount: number;
  /** Where the items begin in the point. */
  readonly itemsAt: number;
  readonly point: Float64Array;
  readonly users: Rows;
  readonly items: Rows;
  readonly inverses: Readonly<Record<Side, Float64Array>>;
}

/** Holds a problem; the point and all blocks are zeros. */
export function stateOf(problem: FactorProblem): FactorState {
  const { shape, ratings, weights, itemWeights, zeroWeight = 0, constant = 0 } = problem;
  const { userCount, itemCount, factors: d, biases, learnedMean } = shape;
  const stride = strideOf(shape);
  const parameterCount = parameterCountOf(shape);
  const itemsAt = userCount * stride;
  const point = new Float64Array(parameterCount);
  return {
    ...problem,
    userCount,
    itemCount,
    d,
    biases,
    learnedMean,
    weighted: weights !== undefined,
    weights: weights ?? new Float64Array(ratings.length).fill(1),
    itemWeights: itemWeights ?? new Float64Array(ratings.length).fill(1),
    zeroWeight,
    constant,
    stride,
    parameterCount,
    reducedCount: parameterCount - itemsAt,
    itemsAt,
    point,
    users: { values: point, at: 0, count: userCount },
    items: { values: point, at: itemsAt, count: itemCount },
    inverses: {
      user: new Float64Array(userCount * stride * stride),
      item: new Float64Array(itemCount * stride * stride),
    },
  };
}

/** The mean at the point. */
export function meanOf({ learnedMean, point, fixedMean }: FactorState): number {
  return learnedMean ? point[point.length - 1] : fixedMean;
}

/** The score of the rows that begin at `at` and `other`. */
export function scoreAt({ biases, point, d }: FactorState, mean: number, at: number, other: number): number {
  let sum = biases ? mean + point[at + d] + point[other + d] : mean;
  for (let f = 0; f < d; f++) sum += point[at + f] * point[other + f];
  return sum;
}

/** e of the rating at position k, of the user row at `at`; without weights rating − 1·score. */
export function errorAt(state: FactorState, k: number, mean: number, at: number): number {
  const other = state.itemsAt + state.byUser.others[k] * state.stride;
  return state.ratings[k] - state.weights[k] * scoreAt(state, mean, at, other);
}

/** The penalty of entry f of a row with that scale. */
export function penaltyOf(state: FactorState, scale: number, f: number): number {
  return scale * (f < state.d ? state.factorPenalty : state.biasPenalty);
}
