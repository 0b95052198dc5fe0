/** The reference of the blocks of one side's rows: build, invert, solve, apply. */

import { choleskyInPlace, invertFromCholesky } from "../../../numeric/dense.ts";
import type { Grouped, Side } from "../../kernels.ts";
import { gramOf, type Rows } from "./gram.ts";
import { type FactorState, meanOf, penaltyOf } from "./state.ts";

/** Stores inverse blocks of a side, or of the listed rows; returns how many should be there and are not. */
export function factorise(state: FactorState, side: Side, rows?: Uint32Array): number {
  const builder = builderOf(state, side);
  const count = rows === undefined ? builder.own.count : rows.length;
  let failed = 0;
  for (let k = 0; k < count; k++) if (!buildBlock(state, builder, rows === undefined ? k : rows[k])) failed++;
  return failed;
}

/** Solves every row of a side, and stores its inverse block; returns the same count. */
export function solve(state: FactorState, side: Side): number {
  const builder = builderOf(state, side);
  const { own, goals } = builder;
  let failed = 0;
  for (let r = 0; r < own.count; r++) {
    if (!buildBlock(state, builder, r)) failed++;
    multiplyBlock(state, side, r, goals, 0, state.point, own.at + r * state.stride);
  }
  return failed;
}

/** Multiplies a side's table by its stored inverse blocks. */
export function applyInverse(state: FactorState, side: Side, x: Float64Array, out: Float64Array): void {
  const { stride, userCount, itemCount } = state;
  const count = side === "user" ? userCount : itemCount;
  for (let r = 0; r < count; r++) multiplyBlock(state, side, r, x, r * stride, out, r * stride);
}

/** Overwrites the row of `out` at `to` with the stored inverse block of row r times the row of `x` at `at`. */
export function multiplyBlock(
  { inverses, stride }: FactorState,
  side: Side,
  r: number,
  x: Float64Array,
  at: number,
  out: Float64Array,
  to: number,
): void {
  const block = inverses[side];
  for (let f = 0; f < stride; f++) {
    const from = r * stride * stride + f * stride;
    let sum = 0;
    for (let g = 0; g < stride; g++) sum += block[from + g] * x[at + g];
    out[to + f] = sum;
  }
}

/** What every block of a side has of the pairs' term. */
export function sharedBlock({ zeroWeight, users, items, d }: FactorState, side: Side): Float64Array | undefined {
  const others = side === "user" ? items : users;
  return zeroWeight > 0 ? gramOf(zeroWeight, others, others, d) : undefined;
}

/** What the blocks of one side are built from, and where. */
interface Builder {
  readonly grouped: Grouped;
  readonly values: Float64Array;
  readonly weights: Float64Array;
  readonly scales: Float64Array;
  readonly own: Rows;
  readonly others: Rows;
  readonly mean: number;
  readonly shared: Float64Array | undefined;
  readonly blocks: Float64Array;
  /** The right-hand side of the row that was built last. */
  readonly goals: Float64Array;
  readonly scratch: Float64Array;
}

function builderOf(state: FactorState, side: Side): Builder {
  const { users, items, stride } = state;
  const [mean, shared, blocks] = [meanOf(state), sharedBlock(state, side), state.inverses[side]];
  const room = { mean, shared, blocks, goals: new Float64Array(stride), scratch: new Float64Array(stride * stride) };
  if (side === "user") {
    const { byUser: grouped, ratings: values, weights, userScale: scales } = state;
    return { grouped, values, weights, scales, own: users, others: items, ...room };
  }
  const { byItem: grouped, itemRatings: values, itemWeights: weights, itemScale: scales } = state;
  return { grouped, values, weights, scales, own: items, others: users, ...room };
}

/** Builds the inverse block of a row in place, and its right-hand side in `goals`. Returns false when it should be there and is not. */
function buildBlock(state: FactorState, builder: Builder, r: number): boolean {
  const { stride } = state;
  const { grouped, scales, shared, blocks, scratch } = builder;
  const offset = r * stride * stride;
  blocks.fill(0, offset, offset + stride * stride);
  if (shared !== undefined) blocks.set(shared, offset);
  addRatings(state, builder, r, offset);
  for (let f = 0; f < stride; f++) blocks[offset + f * stride + f] += penaltyOf(state, scales[r], f);
  if (choleskyInPlace(blocks, stride, offset)) {
    invertFromCholesky(blocks, stride, scratch, offset);
    return true;
  }
  blocks.fill(0, offset, offset + stride * stride);
  // Without a penalty nothing has to determine the row: it goes to zero.
  return grouped.start[r] === grouped.start[r + 1] || scales[r] === 0;
}

/**
 * Adds Σ w·x·xᵀ over the ratings of a row to the lower triangle of its block, and sets the right-hand side: Σ x·(rating − mean −
 * other's bias), with weights Σ x·(pull − w·(mean + other's bias)).
 */
function addRatings(state: FactorState, builder: Builder, r: number, offset: number): void {
  const { d, biases, weighted, stride, point } = state;
  const { grouped, values, weights, others, mean, blocks, goals } = builder;
  goals.fill(0);
  for (let k = grouped.start[r]; k < grouped.start[r + 1]; k++) {
    const other = others.at + grouped.others[k] * stride;
    const w = weights[k];
    const bias = biases ? point[other + d] : 0;
    const goal = weighted ? values[k] - w * (mean + bias) : values[k] - mean - bias;
    for (let f = 0; f < d; f++) {
      const x = w * point[other + f];
      const to = offset + f * stride;
      for (let g = 0; g <= f; g++) blocks[to + g] += x * point[other + g];
      goals[f] += goal * point[other + f];
    }
    if (biases) {
      const to = offset + d * stride;
      for (let g = 0; g < d; g++) blocks[to + g] += w * point[other + g];
      blocks[to + d] += w;
      goals[d] += goal;
    }
  }
}
