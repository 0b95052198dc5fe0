/** Pairwise ranking by matrix factorization in plain TypeScript: the definition of the kernels. */

import type { Curvature } from "../kernels.ts";
import {
  checkOrder,
  checkTriples,
  type TripleKernels,
  type TripleProblem,
  type TripleSession,
  tripleParameters,
} from "./triples.ts";

/** Kernels on triples, on one thread. */
export function referenceTriples(): TripleKernels {
  return { name: "reference", threads: 1, open, close: async () => {} };
}

function open(problem: TripleProblem): TripleSession {
  checkTriples(problem);
  const parameterCount = tripleParameters(problem);
  const point = new Float64Array(parameterCount);
  return {
    parameterCount,
    setPoint: (params) => point.set(params.subarray(0, parameterCount)),
    getPoint: (out) => out.set(point),
    evaluate: (gradient) => evaluate(problem, point, gradient),
    hessianProduct: (direction, out, curvature) => product(problem, point, direction, out, curvature),
    descend: (order, learningRate, l2) => descend(problem, point, order, learningRate, l2),
    close: () => {},
  };
}

/** Where the rows of a triple begin. */
function rowsOf({ userCount, factors, users, liked, others }: TripleProblem, t: number) {
  return { p: users[t] * factors, q: (userCount + liked[t]) * factors, r: (userCount + others[t]) * factors };
}

/** a_p·(b_q − b_r). */
function marginOf(a: Float64Array, b: Float64Array, p: number, q: number, r: number, factors: number): number {
  let sum = 0;
  for (let f = 0; f < factors; f++) sum += a[p + f] * (b[q + f] - b[r + f]);
  return sum;
}

/** sigmoid(−x): minus the slope of softplus(−x). */
function slopeOf(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x > 0 ? e : 1) / (1 + e);
}

/** softplus(−x). */
function lossOf(x: number): number {
  return Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Adds c·(the derivative of a margin) at `from` to `out`. */
function addRows(
  c: number,
  from: Float64Array,
  out: Float64Array,
  p: number,
  q: number,
  r: number,
  factors: number,
): void {
  for (let f = 0; f < factors; f++) {
    out[p + f] += c * (from[q + f] - from[r + f]);
    out[q + f] += c * from[p + f];
    out[r + f] -= c * from[p + f];
  }
}

function evaluate(problem: TripleProblem, point: Float64Array, gradient: Float64Array): number {
  const { factors, users } = problem;
  gradient.fill(0);
  let value = 0;
  for (let t = 0; t < users.length; t++) {
    const { p, q, r } = rowsOf(problem, t);
    const margin = marginOf(point, point, p, q, r, factors);
    value += lossOf(margin);
    addRows(-slopeOf(margin), point, gradient, p, q, r, factors);
  }
  return value;
}

function product(
  problem: TripleProblem,
  point: Float64Array,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
): void {
  const { factors, users } = problem;
  out.fill(0);
  for (let t = 0; t < users.length; t++) {
    const { p, q, r } = rowsOf(problem, t);
    const slope = slopeOf(marginOf(point, point, p, q, r, factors));
    const tangent = marginOf(point, direction, p, q, r, factors) + marginOf(direction, point, p, q, r, factors);
    addRows(slope * (1 - slope) * tangent, point, out, p, q, r, factors);
    if (curvature === "full") addRows(-slope, direction, out, p, q, r, factors);
  }
}

function descend(problem: TripleProblem, point: Float64Array, order: Uint32Array, rate: number, l2: number): number {
  const { factors, users } = problem;
  checkOrder(order, users.length);
  const keep = 1 - rate * l2;
  let value = 0;
  for (const t of order) {
    const { p, q, r } = rowsOf(problem, t);
    const margin = marginOf(point, point, p, q, r, factors);
    const step = rate * slopeOf(margin);
    value += lossOf(margin);
    for (let f = 0; f < factors; f++) {
      const [x, y, z] = [point[p + f], point[q + f], point[r + f]];
      point[p + f] = keep * x + step * (y - z);
      point[q + f] = keep * y + step * x;
      point[r + f] = keep * z - step * x;
    }
  }
  return order.length > 0 ? value / order.length : 0;
}
