/** The last layer: a score is a bias plus a weighted sum of the features of all branches. */

import type { Linearised } from "../model.ts";
import { type Branch, scratch } from "./branch.ts";

/** A branch with where the weights of its features begin in a parameter vector. */
export interface WeightedBranch {
  readonly branch: Branch;
  readonly width: number;
  readonly weightsAt: number;
}

/** score n = bias + Σ_branches h·features n (He et al. 2017, Eq. 12 without its sigmoid), with all derivatives. A direction may change once its curvature is added, not between `jvp` and that. */
export function linearOutput(
  parts: readonly WeightedBranch[],
  biasAt: number,
  params: Float64Array,
  count: number,
): Linearised {
  const widest = Math.max(...parts.map(({ width }) => width));
  const slopes = scratch(count * widest);
  const slopeTangents = scratch(count * widest);
  const scores = new Float64Array(count).fill(params[biasAt]);
  for (const { branch, width, weightsAt } of parts) addSums(branch.features, params, weightsAt, width, scores);
  // A Hessian product asks for the tangent and then for the curvature along one direction: what the first computed serves the second, once.
  let held: { direction: Float64Array; tangents: readonly Float64Array[] } | undefined;
  const tangentsAlong = (direction: Float64Array) => parts.map(({ branch }) => branch.tangent(direction));
  return {
    scores,
    jvp(direction) {
      const tangents = tangentsAlong(direction);
      held = { direction, tangents };
      const out = new Float64Array(count).fill(direction[biasAt]);
      parts.forEach(({ branch, width, weightsAt }, b) => {
        addSums(branch.features, direction, weightsAt, width, out);
        addSums(tangents[b], params, weightsAt, width, out);
      });
      return out;
    },
    addVjp(weights, out) {
      for (const { branch, width, weightsAt } of parts) {
        const mine = slopes().subarray(0, count * width);
        addWeighted(weights, branch.features, out, weightsAt, width);
        spread(weights, params, weightsAt, width, mine);
        branch.addReverse(mine, out);
      }
      for (let n = 0; n < count; n++) out[biasAt] += weights[n];
    },
    addCurvature(weights, direction, out) {
      const tangents = held?.direction === direction ? held.tangents : tangentsAlong(direction);
      held = undefined;
      parts.forEach(({ branch, width, weightsAt }, b) => {
        const mine = slopes().subarray(0, count * width);
        const moving = slopeTangents().subarray(0, count * width);
        addWeighted(weights, tangents[b], out, weightsAt, width);
        spread(weights, params, weightsAt, width, mine);
        spread(weights, direction, weightsAt, width, moving);
        branch.addReverseTangent(mine, moving, direction, out);
      });
    },
  };
}

/** out[n] += Σ features[n]·h, h at `at` of `vector`. */
function addSums(features: Float64Array, vector: Float64Array, at: number, width: number, out: Float64Array): void {
  for (let n = 0; n < out.length; n++) {
    const from = n * width;
    let sum = 0;
    for (let f = 0; f < width; f++) sum += features[from + f] * vector[at + f];
    out[n] += sum;
  }
}

/** Adds Σ weights[n]·features[n] to `out` from `at` on. */
function addWeighted(weights: Float64Array, features: Float64Array, out: Float64Array, at: number, width: number) {
  for (let n = 0; n < weights.length; n++) {
    const from = n * width;
    const weight = weights[n];
    for (let f = 0; f < width; f++) out[at + f] += weight * features[from + f];
  }
}

/** Row n of `slopes` = weights[n]·h, h at `at` of `vector`. */
function spread(weights: Float64Array, vector: Float64Array, at: number, width: number, slopes: Float64Array): void {
  for (let n = 0; n < weights.length; n++) {
    const from = n * width;
    const weight = weights[n];
    for (let f = 0; f < width; f++) slopes[from + f] = weight * vector[at + f];
  }
}
