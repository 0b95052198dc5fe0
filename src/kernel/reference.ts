/** The definition of the kernels in plain TypeScript, written as well as typed arrays allow. */

import { choleskyInPlace, invertFromCholesky } from "../numeric/dense.ts";
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

/** The kernels in plain TypeScript, one thread. */
export function referenceKernels(): FactorKernels {
  return { name: "reference", threads: 1, open: openSession, close: async () => {} };
}

function openSession(problem: FactorProblem): FactorSession {
  const { shape, byUser, byItem, ratings, itemRatings, userScale, itemScale } = problem;
  const { userCount, itemCount, factors: d, biases } = shape;
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
  let meanGradient = 0;

  const mean = () => (shape.learnedMean ? point[meanAt] : problem.fixedMean);

  function scoreAt(m: number, at: number, other: number): number {
    let sum = biases ? m + point[at + d] + point[other + d] : m;
    for (let f = 0; f < d; f++) sum += point[at + f] * point[other + f];
    return sum;
  }

  /** The penalty of one row's block: per entry f of the row. */
  function penalty(scale: number, f: number): number {
    return scale * (f < d ? problem.factorPenalty : problem.biasPenalty);
  }

  function residuals(out: Float64Array): void {
    const m = mean();
    for (let u = 0; u < userCount; u++)
      for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++)
        out[k] = ratings[k] - scoreAt(m, u * stride, itemsAt + byUser.others[k] * stride);
  }

  /** Adds row u's loss gradient to `own` (at `at`) and to the items' rows of `out`; returns ½Σe². */
  function userPass(u: number, m: number, out: Float64Array, at: number, outItems: number): number {
    const row = u * stride;
    let loss = 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const item = byUser.others[k] * stride;
      const e = ratings[k] - scoreAt(m, row, itemsAt + item);
      loss += e * e;
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
    return value + addPenalty(userScale, 0, gradient, 0) + addPenalty(itemScale, itemsAt, gradient, itemsAt);
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
        const e = curvature === "full" ? ratings[k] - scoreAt(m, row, item) : 0;
        let s = biases ? moved + direction[row + d] + direction[item + d] : moved;
        for (let f = 0; f < d; f++) s += point[row + f] * direction[item + f] + direction[row + f] * point[item + f];
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
  }

  /** What one side's blocks are built from. */
  function sideOf(side: Side): {
    grouped: Grouped;
    values: Float64Array;
    scales: Float64Array;
    rowsAt: number;
    othersAt: number;
    rows: number;
  } {
    return side === "user"
      ? { grouped: byUser, values: ratings, scales: userScale, rowsAt: 0, othersAt: itemsAt, rows: userCount }
      : { grouped: byItem, values: itemRatings, scales: itemScale, rowsAt: itemsAt, othersAt: 0, rows: itemCount };
  }

  /** Builds the inverse block of a row in place, and its right-hand side Σ (rating − mean − other's bias)·x in `vector`. */
  function buildBlock(side: Side, r: number, m: number): boolean {
    const { grouped, values, scales, othersAt } = sideOf(side);
    const block = inverses[side];
    const offset = r * stride * stride;
    block.fill(0, offset, offset + stride * stride);
    vector.fill(0);
    for (let k = grouped.start[r]; k < grouped.start[r + 1]; k++) {
      const other = othersAt + grouped.others[k] * stride;
      const goal = values[k] - m - (biases ? point[other + d] : 0);
      for (let f = 0; f < d; f++) {
        const x = point[other + f];
        const to = offset + f * stride;
        for (let g = 0; g <= f; g++) block[to + g] += x * point[other + g];
        vector[f] += goal * x;
      }
      if (biases) {
        const to = offset + d * stride;
        for (let g = 0; g < d; g++) block[to + g] += point[other + g];
        block[to + d] += 1;
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
    const count = rows === undefined ? sideOf(side).rows : rows.length;
    let failed = 0;
    for (let k = 0; k < count; k++) if (!buildBlock(side, rows === undefined ? k : rows[k], m)) failed++;
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
    const { rows, rowsAt } = sideOf(side);
    const m = mean();
    let failed = 0;
    for (let r = 0; r < rows; r++) {
      if (!buildBlock(side, r, m)) failed++;
      multiplyBlock(side, r, vector, 0, point, rowsAt + r * stride);
    }
    return failed;
  }

  function applyInverse(side: Side, x: Float64Array, out: Float64Array): void {
    const { rows } = sideOf(side);
    for (let r = 0; r < rows; r++) multiplyBlock(side, r, x, r * stride, out, r * stride);
  }

  function relaxUsers(reducedGradient: Float64Array): number {
    const m = mean();
    const own = new Float64Array(stride);
    const step = new Float64Array(stride);
    let value = 0;
    meanGradient = 0;
    reducedGradient.fill(0);
    for (let u = 0; u < userCount; u++) {
      const row = u * stride;
      for (let f = 0; f < stride; f++) own[f] = penalty(userScale[u], f) * point[row + f];
      for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
        const item = itemsAt + byUser.others[k] * stride;
        const e = ratings[k] - scoreAt(m, row, item);
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
    return value + addPenalty(itemScale, itemsAt, reducedGradient, 0);
  }

  /** t += H_ur·v of user u. */
  function coupleToUser(u: number, m: number, v: Float64Array, t: Float64Array, at: number): void {
    const row = u * stride;
    const moved = shape.learnedMean ? v[reducedCount - 1] : 0;
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const to = byUser.others[k] * stride;
      const item = itemsAt + to;
      const e = ratings[k] - scoreAt(m, row, item);
      let s = biases ? moved + v[to + d] : moved;
      for (let f = 0; f < d; f++) s += point[row + f] * v[to + f];
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
      const e = ratings[k] - scoreAt(m, row, item);
      let a = biases ? moved - z[at + d] : moved;
      if (v !== undefined) {
        if (biases) a += v[to + d];
        for (let f = 0; f < d; f++) a += point[row + f] * v[to + f];
      }
      for (let f = 0; f < d; f++) a -= point[item + f] * z[at + f];
      for (let f = 0; f < d; f++) out[to + f] += a * point[row + f] + e * z[at + f];
      if (biases) out[to + d] += a;
      meanGradient += a;
    }
  }

  function schurProduct(v: Float64Array, out: Float64Array): void {
    const m = mean();
    const t = new Float64Array(stride);
    const z = new Float64Array(stride);
    meanGradient = 0;
    for (let i = 0; i < itemCount; i++)
      for (let f = 0; f < stride; f++) out[i * stride + f] = penalty(itemScale[i], f) * v[i * stride + f];
    for (let u = 0; u < userCount; u++) {
      t.fill(0);
      coupleToUser(u, m, v, t, 0);
      multiplyBlock("user", u, t, 0, z, 0);
      coupleToItems(u, m, v, z, 0, out);
    }
    if (shape.learnedMean) out[reducedCount - 1] = meanGradient;
  }

  function userCoupling(v: Float64Array, out: Float64Array): void {
    const m = mean();
    out.fill(0);
    for (let u = 0; u < userCount; u++) coupleToUser(u, m, v, out, u * stride);
  }

  function itemCoupling(z: Float64Array, out: Float64Array): void {
    const m = mean();
    meanGradient = 0;
    out.fill(0);
    for (let u = 0; u < userCount; u++) coupleToItems(u, m, undefined, z, u * stride, out);
    for (let k = 0; k < reducedCount; k++) out[k] = 0 - out[k];
    if (shape.learnedMean) out[reducedCount - 1] = 0 - meanGradient;
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
