/** A model that is linear in the leaves of a booster, fitted to the booster's own examples under its own loss. */

import type { TreeEnsemble } from "../../boosting/ensemble.ts";
import { lossSlopes } from "../../boosting/loss-slopes.ts";
import { conjugateGradient } from "../../linear/conjugate-gradient.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { addScaled, dot, norm } from "../../numeric/vector.ts";
import type { LeafFeatures } from "./leaf-features.ts";

/** Weights of leaves; a score is the base score and what the leaves of the row weigh. */
export interface LeafSurrogate {
  readonly weights: Float64Array;
  /** Scores of the examples. */
  readonly scores: Float64Array;
  /** α_k = −ℓ′_k/λ: weights are Σ α_k·(features of k) where the fit is done. */
  readonly duals: Float64Array;
  readonly status: SolveStatus;
}

const mostSteps = 100;
const accuracy = 1e-10;

/** Minimises Σℓ(base + w·φ_k) + ½λ‖w‖² by Newton's method, each step by conjugate gradients. Converged where the gradient is 10⁻¹⁰ of that at 0. */
export async function leafSurrogate(
  { booster, examples: { labels } }: TreeEnsemble,
  features: LeafFeatures,
  l2: number,
): Promise<LeafSurrogate> {
  const { value, mean, second } = lossSlopes[booster.loss];
  const weights = new Float64Array(features.columns);
  const scoresAt = async (w: Float64Array) => (await features.times(w)).map((score) => score + booster.base);
  const costAt = (scores: Float64Array, w: Float64Array) =>
    scores.reduce((sum, score, k) => sum + value(score, labels[k]), 0.5 * l2 * dot(w, w));
  let scores: Float64Array = await scoresAt(weights);
  let [status, start]: [SolveStatus, number] = ["step-limit", 0];
  // One step is enough for squares; others are solved as far as a step of theirs is right.
  const tolerance = booster.loss === "squared" ? 0.1 * accuracy : 1e-3;
  for (let step = 0; step < mostSteps; step++) {
    const gradient = await features.transposed(scores.map((score, k) => mean(score) - labels[k]));
    addScaled(gradient, l2, weights);
    const size = norm(gradient);
    if (step === 0) start = size;
    if (size <= accuracy * start) {
      status = "converged";
      break;
    }
    const direction = await newtonDirection(
      features,
      scores.map((score) => second(mean(score))),
      l2,
      gradient,
      tolerance,
    );
    scores = await stepDown(weights, direction, scoresAt, costAt, scores);
  }
  return { weights, scores, duals: scores.map((score, k) => (labels[k] - mean(score)) / l2), status };
}

async function newtonDirection(
  features: LeafFeatures,
  curvature: Float64Array,
  l2: number,
  gradient: Float64Array,
  tolerance: number,
) {
  const operator = {
    size: features.columns,
    async apply(input: Float64Array, output: Float64Array) {
      const along = await features.times(input);
      output.set(await features.transposed(along.map((x, k) => x * curvature[k])));
      addScaled(output, l2, input);
    },
  };
  return (await conjugateGradient({ tolerance }).prepare(operator).solve(gradient)).value;
}

/** Moves the weights against the direction, half as far as long as that costs more, rounding apart; tells the scores there. */
async function stepDown(
  weights: Float64Array,
  direction: Float64Array,
  scoresAt: (w: Float64Array) => Promise<Float64Array>,
  costAt: (scores: Float64Array, w: Float64Array) => number,
  from: Float64Array,
): Promise<Float64Array> {
  const most = costAt(from, weights) * (1 + 1e-12);
  for (let length = 1; ; length /= 2) {
    const moved = weights.slice();
    addScaled(moved, -length, direction);
    const scores = await scoresAt(moved);
    if (costAt(scores, moved) > most && length > 1e-6) continue;
    weights.set(moved);
    return scores;
  }
}
