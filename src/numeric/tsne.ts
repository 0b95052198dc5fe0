/** Exact t-SNE: points in a plane whose neighbours are neighbours in many dimensions. */

import { finish, type Steps } from "../run.ts";
import { principalPlane } from "./principal.ts";

/** Settings of t-SNE. */
export interface TsneSettings {
  /** About how many neighbours a point has; at most a third of the other points. */
  readonly perplexity: number;
  readonly iterations: number;
}

const pointsBetweenTurns = 16;

/**
 * p_ij of points, symmetric, n × n: p_j|i ∝ exp(−β_i·d_ij²) with β_i found by bisection so that the entropy is that of the perplexity, then
 * (p_j|i + p_i|j) / 2n (van der Maaten & Hinton 2008, §2–3).
 */
export function affinities(table: Float64Array, width: number, perplexity: number): Float64Array {
  return finish(affinitySteps(table, width, perplexity));
}

/** The same, some points a step. */
function* affinitySteps(table: Float64Array, width: number, perplexity: number): Steps<Float64Array> {
  const n = table.length / width;
  const out = new Float64Array(n * n);
  const squares = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      squares[j] = 0;
      for (let f = 0; f < width; f++) squares[j] += (table[i * width + f] - table[j * width + f]) ** 2;
    }
    for (const [j, p] of conditional(squares, i, Math.log(perplexity)).entries()) {
      out[i * n + j] += p / (2 * n);
      out[j * n + i] += p / (2 * n);
    }
    if (i % pointsBetweenTurns === 0) yield;
  }
  return out;
}

/** Probabilities of the other points by their squared distances to point i, of this entropy. */
function conditional(squares: Float64Array, i: number, entropy: number): Float64Array {
  const n = squares.length;
  const p = new Float64Array(n);
  // Off the nearest, in units of the mean, so that no exponent overflows and the scale of the points does not matter.
  const others = squares.filter((_, j) => j !== i);
  const nearest = others.reduce((least, square) => Math.min(least, square), Number.POSITIVE_INFINITY);
  const scale = others.reduce((sum, square) => sum + square - nearest, 0) / others.length || 1;
  let [low, beta, high] = [0, 1, Number.POSITIVE_INFINITY];
  for (let step = 0; step < 100; step++) {
    let [sum, weighted] = [0, 0];
    for (let j = 0; j < n; j++) {
      const gap = (squares[j] - nearest) / scale;
      p[j] = j === i ? 0 : Math.exp(-beta * gap);
      sum += p[j];
      weighted += p[j] * gap;
    }
    for (let j = 0; j < n; j++) p[j] /= sum;
    const found = Math.log(sum) + (beta * weighted) / sum;
    if (Math.abs(found - entropy) < 1e-10) break;
    if (found > entropy) low = beta;
    else high = beta;
    beta = high === Number.POSITIVE_INFINITY ? 2 * beta : (low + high) / 2;
  }
  return p;
}

/** KL(P‖Q) of points in a plane, q_ij ∝ 1/(1 + d_ij²), and, where asked, its gradient with P times `exaggeration` (§3.4, Eq. 5). */
export function divergence(p: Float64Array, points: Float64Array, gradient?: Float64Array, exaggeration = 1): number {
  const n = points.length / 2;
  const near = new Float64Array(n * n);
  let total = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const square = (points[2 * i] - points[2 * j]) ** 2 + (points[2 * i + 1] - points[2 * j + 1]) ** 2;
      const value = 1 / (1 + square);
      near[i * n + j] = value;
      near[j * n + i] = value;
      total += 2 * value;
    }
  gradient?.fill(0);
  let sum = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const [own, value] = [p[i * n + j], near[i * n + j]];
      const q = value / total;
      if (own > 0) sum += own * Math.log(own / q);
      if (gradient === undefined) continue;
      const pull = 4 * (exaggeration * own - q) * value;
      gradient[2 * i] += pull * (points[2 * i] - points[2 * j]);
      gradient[2 * i + 1] += pull * (points[2 * i + 1] - points[2 * j + 1]);
    }
  return sum;
}

/** Iterations with P exaggerated, and by how much. */
const exaggeratedShare = 0.25;
const exaggeration = 4;

/**
 * Minimises KL(P‖Q) from the principal plane by gradient descent with momentum and gains (Jacobs 1988), P exaggerated at first; one iteration a
 * step, O(points²) each. Nothing is drawn: equal points give equal pictures.
 */
export function* tsneSteps(table: Float64Array, width: number, settings: TsneSettings): Steps<Float64Array> {
  const n = width > 0 ? table.length / width : 0;
  const { points: plane } = principalPlane(table, width);
  if (n < 4) return plane;
  const p = yield* affinitySteps(table, width, Math.max(1.1, Math.min(settings.perplexity, (n - 1) / 3)));
  const size = plane.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const points = plane.map((x) => (1e-2 * x) / (size || 1));
  const [gradient, velocity] = [new Float64Array(2 * n), new Float64Array(2 * n)];
  const gains = new Float64Array(2 * n).fill(1);
  const rate = Math.max(1, n / (4 * exaggeration));
  for (let step = 0; step < settings.iterations; step++) {
    const early = step < exaggeratedShare * settings.iterations;
    divergence(p, points, gradient, early ? exaggeration : 1);
    for (let k = 0; k < points.length; k++) {
      const against = Math.sign(gradient[k]) !== Math.sign(velocity[k]);
      gains[k] = Math.max(0.01, against ? gains[k] + 0.2 : 0.8 * gains[k]);
      velocity[k] = (early ? 0.5 : 0.8) * velocity[k] - rate * gains[k] * gradient[k];
      points[k] += velocity[k];
    }
    yield;
  }
  return points;
}
