/** An independent twin for influence: weighted matrix factorization with dense matrices, sharing no code with the estimators. */

import type { FactorizationSettings } from "../../src/objective/factorization.ts";
import { eliminate } from "../support/dense.ts";
import type { Triple } from "../support/small.ts";

/** What is minimised: Σ w_k·ℓ_k + R, parameters [users | items | mean] with a bias at the end of each row. */
export interface WeightedProblem {
  readonly settings: FactorizationSettings;
  readonly triples: readonly Triple[];
  readonly users: number;
  readonly items: number;
}

/** Minimises from `start` by Newton's method with the dense Hessian, to the last digits; throws when it does not get there. */
export function minimise(problem: WeightedProblem, weights: readonly number[], start: ArrayLike<number>): number[] {
  const theta = Array.from(start);
  for (let step = 0; step < 60; step++) {
    const { gradient, hessian } = derivatives(problem, weights, theta);
    if (Math.hypot(...gradient) < 1e-12) return theta;
    // A little damping for the rotations, along which there is no gradient.
    hessian.forEach((row, k) => {
      row[k] += 1e-5;
    });
    const move = eliminate(hessian, gradient);
    for (let k = 0; k < theta.length; k++) theta[k] -= move[k];
  }
  throw new Error("the twin did not converge");
}

/** score(user, item). */
export function twinScore(problem: WeightedProblem, theta: ArrayLike<number>, user: number, item: number): number {
  const { settings } = problem;
  const [p, q] = placesIn(problem, user, item);
  let sum = settings.mean.kind === "fixed" ? settings.mean.value : theta[theta.length - 1];
  for (let f = 0; f < settings.factors; f++) sum += theta[p + f] * theta[q + f];
  if (settings.biases) sum += theta[p + settings.factors] + theta[q + settings.factors];
  return sum;
}

function placesIn({ settings, users }: WeightedProblem, user: number, item: number): readonly [number, number] {
  const stride = settings.factors + (settings.biases ? 1 : 0);
  return [user * stride, (users + item) * stride];
}

function derivatives(problem: WeightedProblem, weights: readonly number[], theta: readonly number[]) {
  const { settings, triples } = problem;
  const { factors, biases, l2, l2Bias } = settings;
  const n = theta.length;
  const gradient = new Array<number>(n).fill(0);
  const hessian = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const stride = factors + (biases ? 1 : 0);
  const penalise = (at: number, weight: number) => {
    for (let f = 0; f < stride; f++) {
      const amount = weight * (f < factors ? l2 : l2Bias);
      gradient[at + f] += amount * theta[at + f];
      hessian[at + f][at + f] += amount;
    }
  };
  triples.forEach(([user, item, rating], k) => {
    const w = weights[k];
    const [p, q] = placesIn(problem, user, item);
    const error = twinScore(problem, theta, user, item) - rating;
    const slope: [number, number][] = [];
    for (let f = 0; f < factors; f++) slope.push([p + f, theta[q + f]], [q + f, theta[p + f]]);
    if (biases) slope.push([p + factors, 1], [q + factors, 1]);
    if (settings.mean.kind === "learned") slope.push([n - 1, 1]);
    for (const [r, x] of slope) {
      gradient[r] += w * error * x;
      for (const [c, y] of slope) hessian[r][c] += w * x * y;
    }
    for (let f = 0; f < factors; f++) {
      hessian[p + f][q + f] += w * error;
      hessian[q + f][p + f] += w * error;
    }
    if (settings.regularizer === "interaction") for (const at of [p, q]) penalise(at, w);
  });
  if (settings.regularizer === "table") for (let at = 0; at + stride <= n; at += stride) penalise(at, 1);
  return { gradient, hessian };
}
