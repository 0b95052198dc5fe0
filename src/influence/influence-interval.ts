/** Influence between two numbers: two Newton steps without the player, and how far from there the optimum can be. */

import type { SolveStatus } from "../linear/solver.ts";
import type { Estimate, Estimator, PreparedEstimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { halfSolutions, ratings } from "../method/needs.ts";
import { norm } from "../numeric/vector.ts";
import { targetGradient } from "../objective/derivatives.ts";
import type { Objective } from "../objective/objective.ts";
import type { Target } from "../objective/target.ts";
import { optimumBalls } from "../training/enclosures.ts";
import { usualTolerance } from "../training/tolerance.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byRemoval } from "./by-target.ts";

/**
 * target(θ) − target(θ₂), θ₂ two Newton steps from θ without the player's rows, and how far target(θ₂) is at most from that of the optimum near θ₂: the
 * optimum is within r = ‖∇J₋(θ₂)‖/κ of θ₂, κ a lower bound of the curvature in that ball (rotations left out), so that what the solves left is in the interval.
 * NaN, NaN where no such κ is known. Cost: once about 150 products with the Hessian, then two solves and some fifty products a player.
 */
export const influenceInterval = method({
  name: "influence-interval",
  summary: "two Newton steps without the player, and an interval that holds the exact influence",
  source: "Kantorovich (1948), for the optimum near a Newton step",
  needs: [halfSolutions, ratings],
  settings: {},
  cost: "a solve a player",
  properties: {
    ...{ family: "static gradient", kin: "influence functions" },
    ...{ full: "O(n) a player", further: "O(n) a player", space: "O(n + p)" },
    storage: "O(p)",
    traits: [
      "assumes differentiable",
      "assumes stationarity",
      "uses Hessian",
      "estimates leave-one-out",
      "group influence",
      "high instance cost",
    ],
  },
  make: (): Estimator => ({
    async prepare(model, run) {
      const smooth = model.smooth as Smooth;
      const tolerance = Math.max(usualTolerance, smooth.tolerance);
      const balls = await optimumBalls(smooth, run);
      const removed = byRemoval(
        model,
        run,
        async (rows) => {
          const { objective, params, gradientNorm, radius } = await balls.without(rows);
          return {
            scores: async (pairs) => objective.serving.at(params, pairs).scores,
            status: statusOf(gradientNorm, radius, tolerance),
            // What the steps left is in the interval.
            residual: Number.isNaN(radius) ? gradientNorm : 0,
            within: ({ target }) => (target ? farthest(objective, params, target, radius) : Number.NaN),
          };
        },
        () => balls.close(),
      );
      return noting(removed);
    },
  }),
});

/** With a ball the value is as good as its interval; without one it has to be at the optimum itself. */
function statusOf(gradientNorm: number, radius: number, tolerance: number): SolveStatus {
  if (!Number.isFinite(gradientNorm)) return "breakdown";
  return radius >= 0 || gradientNorm <= tolerance ? "converged" : "step-limit";
}

/**
 * How far a target can be within a distance of parameters: ‖∇f‖·r, ½r² for each product of two rows that moves a score, and the second order of f in
 * the scores. Rounding is added.
 */
function farthest(objective: Objective, params: Float64Array, target: Target, radius: number): number {
  const { scores } = objective.serving.at(params, target.pairs);
  const { gradient, slopes } = targetGradient(objective, params, target);
  const { curvature = Number.NaN } = target;
  const products = 0.5 * radius * radius;
  const first = norm(gradient) * radius + products * slopes.reduce((sum, x) => sum + Math.abs(x), 0);
  if (curvature === 0) return first + roundingOf(scores, slopes);
  const moves = Float64Array.from(
    scores,
    (_, k) => norm(scoreGradient(objective, params, target, k)) * radius + products,
  );
  return first + 0.5 * curvature * norm(moves) ** 2 + roundingOf(scores, slopes);
}

function scoreGradient(objective: Objective, params: Float64Array, { pairs }: Target, k: number): Float64Array {
  const point = objective.serving.at(params, {
    users: pairs.users.subarray(k, k + 1),
    items: pairs.items.subarray(k, k + 1),
  });
  const gradient = new Float64Array(params.length);
  point.addVjp(Float64Array.of(1), gradient);
  return gradient;
}

/** What sums of scores round, before and after. */
function roundingOf(scores: Float64Array, slopes: Float64Array): number {
  return scores.reduce((sum, x, k) => sum + Math.abs(x * slopes[k]), 0) * 2 ** -46;
}

/** Tells how many intervals are not determined. */
function noting(prepared: PreparedEstimator): PreparedEstimator {
  return {
    ...prepared,
    async estimate(measures, players) {
      const found = await prepared.estimate(measures, players);
      const missing = undetermined(found);
      if (missing === 0) return found;
      const what = `${missing} of ${found.values.length} intervals are not determined (the curvature may vanish, or the measure has no slopes): leave-one-out tells`;
      return { ...found, notes: [what] };
    },
  };
}

function undetermined({ intervals }: Estimate): number {
  let count = 0;
  for (let n = 0; n < (intervals?.length ?? 0); n += 2) if (Number.isNaN(intervals?.[n])) count++;
  return count;
}
