/** The duality gap of matrix factorization: in (mean, biases, X = PQᵀ) the problem is convex, and its dual bounds how far J can fall. */

import { symmetricEigen } from "../numeric/dense.ts";
import { addScaled, dot, norm, scaleInPlace } from "../numeric/vector.ts";
import type { Factorization } from "../objective/factorization.ts";

/** A sparse matrix over the ratings: users in rows (grouped), items in columns, each side scaled. */
interface Sparse {
  readonly start: Uint32Array;
  readonly others: Uint32Array;
  readonly values: Float64Array;
  readonly users: number;
  readonly items: number;
}

/**
 * J − J* ≤ gap, by weak duality of nuclear-norm regularisation (Srebro, Rennie & Jaakkola 2005). `residuals` are rating − score,
 * user-major. Y = residuals (minus their mean when the mean is learned), scaled into the dual's feasible set σ₁(Y) ≤ λ
 * (rows and columns weighted by 1/√count under interaction L2). σ₁ comes from Lanczos, from below, to about 1e-12.
 */
export function dualityGap(
  objective: Factorization,
  residuals: Float64Array,
  value: number,
): { gap: number; sigmaRatio: number } {
  const { problem, settings } = objective;
  const n = residuals.length;
  if (n === 0) return { gap: value, sigmaRatio: 0 };
  const centre = problem.shape.learnedMean ? residuals.reduce((sum, e) => sum + e, 0) / n : 0;
  const y = residuals.map((e) => e - centre);
  const ratio = largestSingularValue(scaled(objective, y), settings.l2) / settings.l2;
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

function scaled(objective: Factorization, y: Float64Array): Sparse {
  const { problem } = objective;
  const { start, others } = problem.byUser;
  const values = new Float64Array(y.length);
  for (let u = 0; u + 1 < start.length; u++)
    for (let k = start[u]; k < start[u + 1]; k++)
      values[k] = y[k] / Math.sqrt(problem.userScale[u] * problem.itemScale[others[k]]);
  return { start, others, values, users: problem.shape.userCount, items: problem.shape.itemCount };
}

/**
 * σ₁ by Lanczos on YᵀY with full reorthogonalisation. Well above λ no proof will come of it, and three digits are enough.
 */
function largestSingularValue(matrix: Sparse, lambda: number): number {
  const steps = Math.min(60, matrix.items);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let vector = startVector(matrix.items);
  let sigma = 0;
  for (let j = 0; j < steps; j++) {
    const length = norm(vector);
    if (!(length > 1e-300)) break;
    if (j > 0) beside.push(length);
    scaleInPlace(vector, 1 / length);
    basis.push(vector);
    const next = gramProduct(matrix, vector);
    diagonal.push(dot(vector, next));
    for (let pass = 0; pass < 2; pass++) for (const v of basis) addScaled(next, -dot(v, next), v);
    const top = topRitz(diagonal, beside);
    const before = sigma;
    sigma = Math.sqrt(Math.max(0, top.value));
    // The Ritz residual is β·|last entry|; the value is then accurate to its square.
    const error = norm(next) * Math.abs(top.last);
    if (sigma > 1.1 * lambda && Math.abs(sigma - before) <= 1e-4 * sigma) break;
    if (error * error <= 1e-12 * top.value * top.value && Math.abs(sigma - before) <= 1e-13 * sigma) break;
    if (norm(next) <= 1e-12 * Math.max(top.value, 1e-300)) break;
    vector = next;
  }
  return sigma;
}

/** A fixed start without symmetry; the dominant direction is met with probability one. */
function startVector(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 + ((Math.imul(i + 1, 0x9e3779b1) >>> 8) & 0xffff) / 0x10000);
}

function gramProduct({ start, others, values, users }: Sparse, vector: Float64Array): Float64Array {
  const out = new Float64Array(vector.length);
  for (let u = 0; u < users; u++) {
    let sum = 0;
    for (let k = start[u]; k < start[u + 1]; k++) sum += values[k] * vector[others[k]];
    for (let k = start[u]; k < start[u + 1]; k++) out[others[k]] += values[k] * sum;
  }
  return out;
}

function topRitz(diagonal: readonly number[], beside: readonly number[]): { value: number; last: number } {
  const m = diagonal.length;
  const matrix = new Float64Array(m * m);
  for (let j = 0; j < m; j++) {
    matrix[j * m + j] = diagonal[j];
    if (j > 0) matrix[j * m + j - 1] = matrix[(j - 1) * m + j] = beside[j - 1];
  }
  const { values, vectors } = symmetricEigen(matrix, m);
  return { value: values[0], last: vectors[(m - 1) * m] };
}
