/** The duality gap of matrix factorization: in (mean, biases, X = PQᵀ) the problem is convex, and its dual bounds how far J can fall. */

import { dot } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { gapCannotClose, gramOf, type ResidualMatrix, residualMatrix, singularOf, times } from "./residual-matrix.ts";

/**
 * J − J* ≤ gap, by weak duality of nuclear-norm regularisation (Srebro, Rennie & Jaakkola 2005). `residuals` are rating − score,
 * user-major. Y = residuals (minus their mean when the mean is learned), scaled into the dual's feasible set σ₁(Y) ≤ λ
 * (rows and columns weighted by 1/√count under interaction L2). σ₁ comes from Lanczos, from below, to 1e-10 of itself or better.
 */
export async function dualityGap(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
  value: number,
  onStep?: YieldToEventLoop,
): Promise<{ gap: number; sigmaRatio: number }> {
  const { problem, settings } = objective;
  const n = residuals.length;
  if (objective.zeroWeight > 0) return implicitGap(objective, params, residuals, value, onStep);
  if (n === 0) return { gap: value, sigmaRatio: 0 };
  const centre = problem.shape.learnedMean ? residuals.reduce((sum, e) => sum + e, 0) / n : 0;
  const y = residuals.map((e) => e - centre);
  const ratio = (await largestSingularValue(residualMatrix(objective, params, y), settings.l2, onStep)) / settings.l2;
  let product = 0;
  for (let k = 0; k < n; k++) product += y[k] * (problem.ratings[k] - problem.fixedMean);
  const squares = dot(y, y) + (settings.biases ? biasSquares(objective, y) : 0);
  // The dual value t·⟨Y,R⟩ − ½t²·squares is largest at t*, where σ₁ allows it.
  const t = Math.min(
    ratio > 0 ? 1 / ratio : Number.POSITIVE_INFINITY,
    squares > 0 ? Math.max(0, product / squares) : 0,
  );
  return { gap: value - (t * product - (t * t * squares) / 2), sigmaRatio: ratio };
}

/**
 * The same for implicit feedback, where every pair counts: minus the gradient with respect to X is Y = (residuals on the interactions) − PQᵀ =
 * c·(liked − score), and the dual value of t·Y is t·Σ Y over liked pairs − ½t²·Σ Y²/c over all, c the confidence; Y²/c is Y·(liked − score),
 * also where c is 0. A row without a share of interaction L2 allows no Y: its entries are taken as 0, and their squares counted all the same.
 */
async function implicitGap(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
  value: number,
  onStep: YieldToEventLoop | undefined,
): Promise<{ gap: number; sigmaRatio: number }> {
  const { problem, settings } = objective;
  const { shape, byUser, ratings, userScale, itemScale } = problem;
  const { factors, userCount, itemCount } = shape;
  const matrix = residualMatrix(objective, params, residuals);
  const ratio = (await largestSingularValue(matrix, settings.l2, onStep)) / settings.l2;
  const itemsAt = userCount * factors;
  let squares = dot(gramOf(params, 0, userCount, factors), gramOf(params, itemsAt, itemCount, factors));
  let sum = 0;
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      if (userScale[u] === 0 || itemScale[byUser.others[k]] === 0) continue;
      let s = 0;
      for (let f = 0; f < factors; f++) s += params[u * factors + f] * params[itemsAt + byUser.others[k] * factors + f];
      const liked = ratings[k] > 0 ? 1 : 0;
      const y = residuals[k] - s;
      sum += liked * y;
      squares += y * (liked - s) - s * s;
    }
  const t = Math.min(ratio > 0 ? 1 / ratio : Number.POSITIVE_INFINITY, squares > 0 ? Math.max(0, sum / squares) : 0);
  return { gap: value - (t * sum - (t * t * squares) / 2), sigmaRatio: ratio };
}

/** Σ over rows of (row sum of Y)²/(λ_b·scale), both sides. */
function biasSquares(objective: Factorization, y: Float64Array): number {
  const { problem, settings } = objective;
  const { start, others } = problem.byUser;
  const users = new Float64Array(problem.shape.userCount);
  const items = new Float64Array(problem.shape.itemCount);
  for (let u = 0; u < users.length; u++)
    for (let k = start[u]; k < start[u + 1]; k++) {
      users[u] += y[k];
      items[others[k]] += y[k];
    }
  const side = (sums: Float64Array, scale: Float64Array) =>
    sums.reduce((total, sum, r) => total + (scale[r] > 0 ? (sum * sum) / (settings.l2Bias * scale[r]) : 0), 0);
  return side(users, problem.userScale) + side(items, problem.itemScale);
}

/** The turn of no search for factors: a value that they left out must not be left out here. */
const ofProof = -1;

/**
 * σ₁ by Lanczos on YᵀY. Well above λ no proof will come of it, and six digits are enough: there the upper end, so that the gap stays a bound. With
 * three, a value near the second largest passes for the largest.
 */
async function largestSingularValue(
  matrix: ResidualMatrix,
  lambda: number,
  onStep: YieldToEventLoop | undefined,
): Promise<number> {
  const { values, errors } = await singularOf(matrix, lambda, ofProof, onStep);
  if (values.length === 0) return 0;
  return Math.sqrt(Math.max(0, gapCannotClose(values[0], lambda) ? values[0] + errors[0] : values[0]));
}

/** The largest singular value of the residuals as the penalties scale them, and its vectors in the units of embeddings. */
export interface TopPair {
  readonly sigma: number;
  readonly users: Float64Array;
  readonly items: Float64Array;
}

/**
 * The direction in which one more factor lowers J fastest; it lowers it at all, at a stationary point, when sigma > λ. Who puts factors along such
 * directions, one after the other, asks in another turn each time.
 */
export async function topPair(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
  onStep?: YieldToEventLoop,
  turn = 0,
): Promise<TopPair> {
  const matrix = residualMatrix(objective, params, residuals);
  const singular = await singularOf(matrix, objective.settings.l2, turn, onStep);
  return pairOf(objective, matrix, singular.items(), Math.sqrt(Math.max(0, singular.values[0] ?? 0)));
}

/** A singular pair in the units of embeddings, from its right vector; takes that. */
export function pairOf(
  { problem }: Factorization,
  matrix: ResidualMatrix,
  items: Float64Array,
  sigma: number,
): TopPair {
  const users = new Float64Array(matrix.users);
  times(matrix, items, users);
  if (sigma > 0) unscale(users, problem.userScale, sigma);
  unscale(items, problem.itemScale, 1);
  return { sigma, users, items };
}

/** Divides by sigma and the roots of the scales; rows without a scale have no data, and what rounding left there must not grow. */
function unscale(vector: Float64Array, scale: Float64Array, sigma: number): void {
  for (let r = 0; r < vector.length; r++) vector[r] = scale[r] > 0 ? vector[r] / (sigma * Math.sqrt(scale[r])) : 0;
}
