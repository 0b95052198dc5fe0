/** The blocks of every row of the smaller side in the Hessian of the reduced objective, inverted: exact where its partners have no other ratings. */

import { choleskyInPlace, invertFromCholesky } from "../../../numeric/dense.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { inverseBlock } from "./inverse-block.ts";
import type { ThinRows } from "./rows.ts";
import { singlesAt } from "./singles.ts";
import { inSpans } from "./spans.ts";

/** Along the rotations of a row of its own its block is null: this much of the block at fixed users is left. */
const share = 0.99;

/** Where the blocks are taken: every user at the optimum. */
export interface Place {
  readonly users: Float64Array;
  /** The items' table, then the mean when it is learned. */
  readonly reduced: Float64Array;
}

/**
 * Inverse blocks, one behind the other: H_ii − 0.99·Σ_u H_iu·A_u⁻¹·H_ui over the users of the item, A_u their blocks. Where that is not positive
 * definite, which only happens away from minima, the inverse of H_ii; without ratings or penalty zeros.
 */
export async function ownBlocks(
  rows: ThinRows,
  { users, reduced }: Place,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const { problem, stride, start, others, weights, singles, several } = rows;
  const { itemCount, factors, learnedMean } = problem.shape;
  const mean = learnedMean ? reduced[itemCount * stride] : problem.fixedMean;
  const room = itemCount * stride * stride;
  const sums: Sums = { fixed: new Float64Array(room), moving: new Float64Array(room), ...roomFor(stride, factors) };
  const { inverse, invert, invertSingle } = inverseBlock(rows, reduced);
  await inSpans(several.length, yieldToEventLoop, (at) => {
    const u = several[at];
    if (!invert(u)) return;
    const own = users.subarray(u * stride, (u + 1) * stride);
    for (let k = start[u]; k < start[u + 1]; k++) {
      const pull = weights[k] * errorOf(rows, k, own, reduced, mean);
      addPair(sums, others[k], reduced, inverse, own, { weight: weights[k], pull, times: 1 });
    }
  });
  const known = singlesAt(rows, reduced, mean);
  await inSpans(itemCount, yieldToEventLoop, (i) => {
    if (singles.count[i] === 0) return;
    invertSingle(i);
    addSingles(rows, i, reduced, known, sums, inverse);
  });
  return inverted(rows, sums, yieldToEventLoop);
}

/** Rating − score of a pair. */
function errorOf(
  { problem, stride, others, ratings }: ThinRows,
  k: number,
  own: Float64Array,
  items: Float64Array,
  mean: number,
): number {
  const { factors: d, biases } = problem.shape;
  const at = others[k] * stride;
  let error = ratings[k] - mean - (biases ? own[d] + items[at + d] : 0);
  for (let f = 0; f < d; f++) error -= own[f] * items[at + f];
  return error;
}

interface Sums extends ReturnType<typeof roomFor> {
  /** Blocks at fixed users, and what their moves take away. */
  readonly fixed: Float64Array;
  readonly moving: Float64Array;
}

function roomFor(stride: number, factors: number) {
  return {
    stride,
    factors,
    slope: new Float64Array(stride),
    partner: new Float64Array(stride),
    moved: new Float64Array(stride),
  };
}

interface Pair {
  readonly weight: number;
  readonly pull: number;
  /** How many such pairs there are. */
  readonly times: number;
}

/** Adds w·a·aᵀ to the block at fixed users, and C·A⁻¹·Cᵀ, C = w·a·bᵀ − pull·J, to what is taken; a and b are the slopes of the score, J is 1 on embeddings. */
function addPair(
  { fixed, moving, stride, factors, slope: a, partner: b, moved: v }: Sums,
  item: number,
  point: Float64Array,
  inverse: Float64Array,
  own: Float64Array,
  { weight, pull, times }: Pair,
): void {
  for (let f = 0; f < stride; f++) {
    a[f] = f < factors ? own[f] : 1;
    b[f] = f < factors ? point[item * stride + f] : 1;
  }
  let along = 0;
  for (let f = 0; f < stride; f++) {
    let sum = 0;
    for (let g = 0; g < stride; g++) sum += inverse[f * stride + g] * b[g];
    along += sum * b[f];
    // J·A⁻¹·b.
    v[f] = f < factors ? sum : 0;
  }
  const [outer, cross, square] = [times * weight * weight * along, times * weight * pull, times * pull * pull];
  for (let f = 0; f < stride; f++)
    for (let g = 0; g <= f; g++) {
      const to = (item * stride + f) * stride + g;
      fixed[to] += times * weight * a[f] * a[g];
      moving[to] += outer * a[f] * a[g] - cross * (a[f] * v[g] + v[f] * a[g]);
      if (f < factors) moving[to] += square * inverse[f * stride + g];
    }
}

/** What singles add is quadratic in their errors: two of them stand for all. */
function addSingles(
  rows: ThinRows,
  i: number,
  point: Float64Array,
  known: ReturnType<typeof singlesAt>,
  sums: Sums,
  inverse: Float64Array,
): void {
  const { problem, stride, singles } = rows;
  const { factors, biases } = problem.shape;
  known.look(i);
  const count = singles.count[i];
  const mean = known.pull / count;
  const spread = Math.sqrt(Math.max(0, (known.slope * problem.factorPenalty) / count - mean * mean));
  const own = new Float64Array(stride);
  for (const pull of [mean - spread, mean + spread]) {
    for (let f = 0; f < factors; f++) own[f] = (pull * point[i * stride + f]) / problem.factorPenalty;
    if (biases) own[factors] = pull / problem.biasPenalty;
    addPair(sums, i, point, inverse, own, { weight: 1, pull, times: count / 2 });
  }
}

/** Puts the inverses in the place of the sums. */
async function inverted(
  { problem, stride }: ThinRows,
  { fixed, moving }: Sums,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const { factors, itemCount } = problem.shape;
  const square = stride * stride;
  const scratch = new Float64Array(square);
  await inSpans(itemCount, yieldToEventLoop, (i) => {
    const at = i * square;
    for (let f = 0; f < stride; f++)
      fixed[at + f * stride + f] += problem.itemScale[i] * (f < factors ? problem.factorPenalty : problem.biasPenalty);
    for (let k = at; k < at + square; k++) moving[k] = fixed[k] - share * moving[k];
    if (choleskyInPlace(moving, stride, at)) invertFromCholesky(moving, stride, scratch, at);
    else if (choleskyInPlace(fixed, stride, at)) {
      invertFromCholesky(fixed, stride, scratch, at);
      moving.set(fixed.subarray(at, at + square), at);
    } else moving.fill(0, at, at + square);
  });
  return moving;
}
