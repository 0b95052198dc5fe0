/** The definition of the kernels in plain TypeScript, written as well as typed arrays allow. */

import { choleskyInPlace, invertFromCholesky } from "../numeric/dense.ts";
import { checkProblem } from "./checks.ts";
import {
  type Curvature,
  type FactorKernels,
  type FactorProblem,
  type FactorSession,
  type Grouped,
  parameterCountOf,
  type Side,
  strideOf,
} from "./kernels.ts";
import { addProduct, addProducts, contraction, gramOf, type Rows, symmetrised } from "./reference-pairs.ts";

/** The kernels in plain TypeScript, one thread. */
export function referenceKernels(): FactorKernels {
  return { name: "reference", threads: 1, open: openSession, close: async () => {} };
}

function openSession(problem: FactorProblem): FactorSession {
  checkProblem(problem);
  const { shape, byUser, byItem, ratings, itemRatings, userScale, itemScale } = problem;
  const { userCount, itemCount, factors: d, biases } = shape;
  const { zeroWeight = 0, constant = 0 } = problem;
  const weighted = problem.weights !== undefined;
  const weights = problem.weights ?? new Float64Array(ratings.length).fill(1);
  const itemWeights = problem.itemWeights ?? new Float64Array(ratings.length).fill(1);
  const stride = strideOf(shape);
  const parameterCount = parameterCountOf(shape);
  const itemsAt = userCount * stride;
  const meanAt = (userCount + itemCount) * stride;
  const reducedCount = parameterCount - itemsAt;
  const point = new Float64Array(parameterCount);
  const inverses = {
    user: new Float64Array(userCount * stride * stride),
    item: new Float64Array(itemCount * stride * stride),
  };
  const scratch = new Float64Array(stride * stride);
  const vector = new Float64Array(stride);
  const users: Rows = { values: point, at: 0, count: userCount };
  const items: Rows = { values: point, at: itemsAt, count: itemCount };
  let meanGradient = 0;

  const mean = () => (shape.learnedMean ? point[meanAt] : problem.fixedMean);

  function scoreAt(m: number, at: number, other: number): number {
    let sum = biases ? m + point[at + d] + point[other + d] : m;
    for (let f = 0; f < d; f++) sum += point[at + f] * point[other + f];
    return sum;
  }

  /** e of the rating at position k, of user row `at`; without weights rating − 1·score. */
  function errorAt(k: number, m: number, at: number): number {
    return ratings[k] - weights[k] * scoreAt(m, at, itemsAt + byUser.others[k] * stride);
  }

  /** The penalty of one row's block: per entry f of the row. */
  function penalty(scale: number, f: number): number {
    return scale * (f < d ? problem.factorPenalty : problem.biasPenalty);
  }

  function residuals(out: Float64Array): void {
    const m = mean();
    for (let u = 0; u < userCount; u++)
      for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) out[k] = errorAt(k, m, u * stride);
  }

  /** Adds row u's loss gradient to `own` (at `at`) and to the items' rows of `out`; returns the sum of their terms. */
  function userPass(u: number, m: number, out: Float64Array, at: number, outItems: number): number {
    const row = u * stride;
    let loss = 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = byUser.others[k] * stride;
      const score = scoreAt(m, row, itemsAt + item);
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
    return loss / 2;
  }

  /** Adds scale·penalty·row to a table's gradient; returns half the penalised squares. */
  function addPenalty(scales: Float64Array, rowsAt: number, out: Float64Array, at: number): number {
    let sum = 0;
    for (let r = 0; r < scales.length; r++)
      for (let f = 0; f < stride; f++) {
        const x = point[rowsAt + r * stride + f];
        const weighted = penalty(scales[r], f) * x;
        sum += weighted * x;
        out[at + r * stride + f] += weighted;
      }
    return sum / 2;
  }

  function evaluate(gradient: Float64Array): number {
    gradient.fill(0);
    const m = mean();
    meanGradient = 0;
    let value = 0;
    for (let u = 0; u < userCount; u++) value += userPass(u, m, gradient, u * stride, itemsAt);
    if (shape.learnedMean) gradient[meanAt] = meanGradient;
    value += addPenalty(userScale, 0, gradient, 0);
    value += addPenalty(itemScale, itemsAt, gradient, itemsAt);
    return (zeroWeight > 0 ? value + addPairs(gradient) : value) + constant;
  }

  /** Adds the gradient of the pairs' term; returns the term. */
  function addPairs(gradient: Float64Array): number {
    const ofItems = gramOf(zeroWeight, items, items, d);
    addProducts(ofItems, users, gradient, 0, d);
    addProducts(gramOf(zeroWeight, users, users, d), items, gradient, itemsAt, d);
    return contraction(gramOf(1, users, users, d), ofItems) / 2;
  }

  /** Adds the pairs' part of a product with the Hessian. */
  function addPairsProduct(direction: Float64Array, out: Float64Array, full: boolean): void {
    const userMoves: Rows = { values: direction, at: 0, count: userCount };
    const itemMoves: Rows = { values: direction, at: itemsAt, count: itemCount };
    const ofUsers = gramOf(zeroWeight, userMoves, users, d);
    const ofItems = gramOf(zeroWeight, itemMoves, items, d);
    addProducts(gramOf(zeroWeight, items, items, d), userMoves, out, 0, d);
    addProducts(full ? symmetrised(ofItems, d) : ofItems, users, out, 0, d);
    addProducts(gramOf(zeroWeight, users, users, d), itemMoves, out, itemsAt, d);
    addProducts(full ? symmetrised(ofUsers, d) : ofUsers, items, out, itemsAt, d);
  }

  /** out += H·direction over ratings, for the parts of the direction that are there; the general two-sided product. */
  function hessianProduct(direction: Float64Array, out: Float64Array, curvature: Curvature): void {
    const m = mean();
    const moved = shape.learnedMean ? direction[meanAt] : 0;
    let meanOut = 0;
    out.fill(0);
    for (let u = 0; u < userCount; u++) {
      const row = u * stride;
      for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
        const item = itemsAt + byUser.others[k] * stride;
        const e = curvature === "full" ? errorAt(k, m, row) : 0;
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
    for (let u = 0; u < userCount; u++)
      for (let f = 0; f < stride; f++) out[u * stride + f] += penalty(userScale[u], f) * direction[u * stride + f];
    for (let i = 0; i < itemCount; i++)
      for (let f = 0; f < stride; f++)
        out[itemsAt + i * stride + f] += penalty(itemScale[i], f) * direction[itemsAt + i * stride + f];
    if (shape.learnedMean) out[meanAt] = meanOut;
    if (zeroWeight > 0) addPairsProduct(direction, out, curvature === "full");
  }

  /** What one side's blocks are built from. */
  function sideOf(side: Side): {
    grouped: Grouped;
    values: Float64Array;
    ownWeights: Float64Array;
    scales: Float64Array;
    own: Rows;
    others: Rows;
  } {
    return side === "user"
      ? { grouped: byUser, values: ratings, ownWeights: weights, scales: userScale, own: users, others: items }
      : { grouped: byItem, values: itemRatings, ownWeights: itemWeights, scales: itemScale, own: items, others: users };
  }

  /** What every block of a side has of the pairs' term. */
  function sharedBlock(side: Side): Float64Array | undefined {
    const { others } = sideOf(side);
    return zeroWeight > 0 ? gramOf(zeroWeight, others, others, d) : undefined;
  }

  /**
   * Builds the inverse block of a row in place, and its right-hand side in `vector`: Σ x·(rating − mean − other's bias), with
   * weights Σ x·(pull − w·(mean + other's bias)). Returns false when it should be there and is not.
   */
  function buildBlock(side: Side, r: number, m: number, shared: Float64Array | undefined): boolean {
    const { grouped, values, ownWeights, scales, others } = sideOf(side);
    const block = inverses[side];
    const offset = r * stride * stride;
    block.fill(0, offset, offset + stride * stride);
    if (shared !== undefined) block.set(shared, offset);
    vector.fill(0);
    for (let k = grouped.start[r]; k < grouped.start[r + 1]; k++) {
      const other = others.at + grouped.others[k] * stride;
      const w = ownWeights[k];
      const bias = biases ? point[other + d] : 0;
      const goal = weighted ? values[k] - w * (m + bias) : values[k] - m - bias;
      for (let f = 0; f < d; f++) {
        const x = w * point[other + f];
        const to = offset + f * stride;
        for (let g = 0; g <= f; g++) block[to + g] += x * point[other + g];
        vector[f] += goal * point[other + f];
      }
      if (biases) {
        const to = offset + d * stride;
        for (let g = 0; g < d; g++) block[to + g] += w * point[other + g];
        block[to + d] += w;
        vector[d] += goal;
      }
    }
    for (let f = 0; f < stride; f++) block[offset + f * stride + f] += penalty(scales[r], f);
    if (choleskyInPlace(block, stride, offset)) {
      invertFromCholesky(block, stride, scratch, offset);
      return true;
    }
    block.fill(0, offset, offset + stride * stride);
    return grouped.start[r] === grouped.start[r + 1];
  }

  function factorise(side: Side, rows?: Uint32Array): number {
    const m = mean();
    const count = rows === undefined ? sideOf(side).own.count : rows.length;
    const shared = sharedBlock(side);
    let failed = 0;
    for (let k = 0; k < count; k++) if (!buildBlock(side, rows === undefined ? k : rows[k], m, shared)) failed++;
    return failed;
  }

  function multiplyBlock(side: Side, r: number, x: Float64Array, at: number, out: Float64Array, to: number): void {
    const block = inverses[side];
    for (let f = 0; f < stride; f++) {
      const from = r * stride * stride + f * stride;
      let sum = 0;
      for (let g = 0; g < stride; g++) sum += block[from + g] * x[at + g];
      out[to + f] = sum;
    }
  }

  function solve(side: Side): number {
    const { own } = sideOf(side);
    const m = mean();
    const shared = sharedBlock(side);
    let failed = 0;
    for (let r = 0; r < own.count; r++) {
      if (!buildBlock(side, r, m, shared)) failed++;
      multiplyBlock(side, r, vector, 0, point, own.at + r * stride);
    }
    return failed;
  }

  function applyInverse(side: Side, x: Float64Array, out: Float64Array): void {
    const { own } = sideOf(side);
    for (let r = 0; r < own.count; r++) multiplyBlock(side, r, x, r * stride, out, r * stride);
  }

  function relaxUsers(reducedGradient: Float64Array): number {
    const m = mean();
    const own = new Float64Array(stride);
    const step = new Float64Array(stride);
    const shared = sharedBlock("user");
    let value = 0;
    meanGradient = 0;
    reducedGradient.fill(0);
    for (let u = 0; u < userCount; u++) {
      const row = u * stride;
      for (let f = 0; f < stride; f++) own[f] = penalty(userScale[u], f) * point[row + f];
      if (shared !== undefined) addProduct(shared, point, row, own, 0, d);
      for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
        const item = itemsAt + byUser.others[k] * stride;
        const e = errorAt(k, m, row);
        for (let f = 0; f < d; f++) own[f] -= e * point[item + f];
        if (biases) own[d] -= e;
      }
      multiplyBlock("user", u, own, 0, step, 0);
      for (let f = 0; f < stride; f++) {
        point[row + f] -= step[f];
        value += (penalty(userScale[u], f) * point[row + f] * point[row + f]) / 2;
      }
      value += userPass(u, m, reducedGradient, -1, 0);
    }
    if (shape.learnedMean) reducedGradient[reducedCount - 1] = meanGradient;
    value += addPenalty(itemScale, itemsAt, reducedGradient, 0);
    if (shared === undefined) return value + constant;
    addProducts(gramOf(zeroWeight, users, users, d), items, reducedGradient, 0, d);
    return value + contraction(gramOf(1, users, users, d), shared) / 2 + constant;
  }

  /** What a move of the items makes of the pairs' gradient of every user: multiplies p_u. */
  function sharedCoupling(v: Float64Array): Float64Array | undefined {
    if (!(zeroWeight > 0)) return undefined;
    return symmetrised(gramOf(zeroWeight, { values: v, at: 0, count: itemCount }, items, d), d);
  }

  /** out += what a move z of the users makes of the pairs' gradient of the items, times `sign`. */
  function addPairsOfItems(sign: number, z: Float64Array, out: Float64Array): void {
    const moves = gramOf(sign * zeroWeight, { values: z, at: 0, count: userCount }, users, d);
    addProducts(symmetrised(moves, d), items, out, 0, d);
  }

  /** t += H_ur·v of user u. */
  function coupleToUser(
    u: number,
    m: number,
    v: Float64Array,
    t: Float64Array,
    at: number,
    shared: Float64Array | undefined,
  ): void {
    const row = u * stride;
    if (shared !== undefined) addProduct(shared, point, row, t, at, d);
    const moved = shape.learnedMean ? v[reducedCount - 1] : 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const to = byUser.others[k] * stride;
      const item = itemsAt + to;
      const e = errorAt(k, m, row);
      let s = biases ? moved + v[to + d] : moved;
      for (let f = 0; f < d; f++) s += point[row + f] * v[to + f];
      s *= weights[k];
      for (let f = 0; f < d; f++) t[at + f] += s * point[item + f] - e * v[to + f];
      if (biases) t[at + d] += s;
    }
  }

  /** out += H_rr·v − H_ru·z for the ratings of user u (pass v = undefined for the second part alone). */
  function coupleToItems(
    u: number,
    m: number,
    v: Float64Array | undefined,
    z: Float64Array,
    at: number,
    out: Float64Array,
  ): void {
    const row = u * stride;
    const moved = v !== undefined && shape.learnedMean ? v[reducedCount - 1] : 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const to = byUser.others[k] * stride;
      const item = itemsAt + to;
      const e = errorAt(k, m, row);
      let a = biases ? moved - z[at + d] : moved;
      if (v !== undefined) {
        if (biases) a += v[to + d];
        for (let f = 0; f < d; f++) a += point[row + f] * v[to + f];
      }
      for (let f = 0; f < d; f++) a -= point[item + f] * z[at + f];
      a *= weights[k];
      for (let f = 0; f < d; f++) out[to + f] += a * point[row + f] + e * z[at + f];
      if (biases) out[to + d] += a;
      meanGradient += a;
    }
  }

  function schurProduct(v: Float64Array, out: Float64Array): void {
    const m = mean();
    const t = new Float64Array(stride);
    const z = new Float64Array(userCount * stride);
    const shared = sharedCoupling(v);
    meanGradient = 0;
    for (let i = 0; i < itemCount; i++)
      for (let f = 0; f < stride; f++) out[i * stride + f] = penalty(itemScale[i], f) * v[i * stride + f];
    for (let u = 0; u < userCount; u++) {
      t.fill(0);
      coupleToUser(u, m, v, t, 0, shared);
      multiplyBlock("user", u, t, 0, z, u * stride);
      coupleToItems(u, m, v, z, u * stride, out);
    }
    if (shape.learnedMean) out[reducedCount - 1] = meanGradient;
    if (shared === undefined) return;
    addProducts(gramOf(zeroWeight, users, users, d), { values: v, at: 0, count: itemCount }, out, 0, d);
    addPairsOfItems(-1, z, out);
  }

  function userCoupling(v: Float64Array, out: Float64Array): void {
    const m = mean();
    const shared = sharedCoupling(v);
    out.fill(0);
    for (let u = 0; u < userCount; u++) coupleToUser(u, m, v, out, u * stride, shared);
  }

  function itemCoupling(z: Float64Array, out: Float64Array): void {
    const m = mean();
    meanGradient = 0;
    out.fill(0);
    for (let u = 0; u < userCount; u++) coupleToItems(u, m, undefined, z, u * stride, out);
    for (let k = 0; k < reducedCount; k++) out[k] = 0 - out[k];
    if (shape.learnedMean) out[reducedCount - 1] = 0 - meanGradient;
    if (zeroWeight > 0) addPairsOfItems(1, z, out);
  }

  return {
    parameterCount,
    stride,
    reducedCount,
    setPoint: (params) => point.set(params),
    getPoint: (out) => out.set(point),
    residuals,
    evaluate,
    hessianProduct,
    factorise,
    solve,
    applyInverse,
    relaxUsers,
    schurProduct,
    userCoupling,
    itemCoupling,
    close: () => {},
  };
}
