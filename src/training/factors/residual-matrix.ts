/** The matrix of residuals as the penalties scale it: sparse over the ratings, less a product of factors where every pair has a zero. */

import { lanczos, type RitzValues } from "../../linear/lanczos.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { addGram } from "../../model/gauge.ts";
import { dot, norm, scaleInPlace } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { YieldToEventLoop } from "../../run.ts";

/** A sparse matrix over the ratings less a product of factors: users in rows (grouped), items in columns, each side scaled. */
export interface ResidualMatrix {
  readonly start: Uint32Array;
  readonly others: Uint32Array;
  readonly values: Float64Array;
  readonly users: number;
  readonly items: number;
  /** P·Qᵀ to be subtracted: the pull of every pair's zero. */
  readonly product?:
    | { readonly left: Float64Array; readonly right: Float64Array; readonly factors: number }
    | undefined;
}

/**
 * Minus the gradient of J with respect to the scores, entry (u, i) divided by √(scale_u·scale_i): a factor lowers J, from parameters without one, when
 * its largest singular value is above λ. `residuals` are user-major.
 */
export function residualMatrix(
  objective: Factorization,
  params: Float64Array,
  residuals: Float64Array,
): ResidualMatrix {
  return withProduct(objective, params, scaled(objective, residuals));
}

/** The scaled residuals less the scaled scores of all pairs, where every pair has a zero. */
function withProduct(objective: Factorization, params: Float64Array, matrix: ResidualMatrix): ResidualMatrix {
  if (objective.zeroWeight === 0) return matrix;
  const { userScale, itemScale } = objective.problem;
  const { factors, userCount } = objective.shape;
  const table = (at: number, scale: Float64Array) => {
    const out = params.slice(at, at + scale.length * factors);
    for (let k = 0; k < out.length; k++) {
      const s = scale[Math.floor(k / factors)];
      out[k] = s > 0 ? out[k] / Math.sqrt(s) : 0;
    }
    return out;
  };
  const product = { left: table(0, userScale), right: table(userCount * factors, itemScale), factors };
  return { ...matrix, product };
}

function scaled(objective: Factorization, y: Float64Array): ResidualMatrix {
  const { problem } = objective;
  const { start, others } = problem.byUser;
  const values = new Float64Array(y.length);
  for (let u = 0; u + 1 < start.length; u++)
    for (let k = start[u]; k < start[u + 1]; k++) {
      const scale = problem.userScale[u] * problem.itemScale[others[k]];
      values[k] = scale > 0 ? y[k] / Math.sqrt(scale) : 0;
    }
  return { start, others, values, users: problem.shape.userCount, items: problem.shape.itemCount };
}

/** The sum of the squares of all entries. */
export function squaresOf({ start, others, values, users, items, product }: ResidualMatrix): number {
  let sum = dot(values, values);
  if (product === undefined) return sum;
  const { left, right, factors } = product;
  sum += dot(gramOf(left, 0, users, factors), gramOf(right, 0, items, factors));
  for (let u = 0; u < users; u++)
    for (let k = start[u]; k < start[u + 1]; k++)
      for (let f = 0; f < factors; f++) sum -= 2 * values[k] * left[u * factors + f] * right[others[k] * factors + f];
  return sum;
}

/** TᵀT of a table of embeddings that begins at a place. */
export function gramOf(values: Float64Array, at: number, rows: number, factors: number): Float64Array {
  const out = new Float64Array(factors * factors);
  addGram(values, at, values, at, rows, factors, factors, out);
  return out;
}

/** Whether σ₁² is so far above λ² that no proof will come of it. */
export const gapCannotClose = (largest: number, lambda: number) => largest > 1.21 * lambda * lambda;

/** Singular values, squared and descending, with the bounds on their errors; the right singular vector of the largest. */
export interface Singular extends RitzValues {
  items(): Float64Array;
}

/** The largest singular values, by Lanczos on YᵀY or YYᵀ, whichever is smaller, from the start of this turn: to ten digits near λ, to six well above it. */
export async function singularOf(
  matrix: ResidualMatrix,
  lambda: number,
  turn: number,
  onStep: YieldToEventLoop | undefined,
): Promise<Singular> {
  const { users, items } = matrix;
  const byUsers = users < items;
  const between = new Float64Array(byUsers ? items : users);
  const size = byUsers ? users : items;
  const gram: LinearOperator = {
    size,
    apply(vector, out) {
      if (byUsers) timesTransposed(matrix, vector, between);
      else times(matrix, vector, between);
      if (byUsers) times(matrix, between, out);
      else timesTransposed(matrix, between, out);
    },
  };
  const ritz = await lanczos(gram, startVector(size, turn), {
    steps: Math.min(120, size),
    onStep,
    // A Ritz value is accurate to the square of its residual.
    enough: ({ values: [largest], errors: [error] }) =>
      error <= (gapCannotClose(largest, lambda) ? 1e-6 : 1e-10) * largest,
  });
  return { ...ritz, items: () => (byUsers ? rightOf(matrix, ritz.vector(0)) : ritz.vector(0)) };
}

/** The right singular vector of a left one. */
function rightOf(matrix: ResidualMatrix, left: Float64Array): Float64Array {
  const out = new Float64Array(matrix.items);
  timesTransposed(matrix, left, out);
  const length = norm(out);
  if (length > 0) scaleInPlace(out, 1 / length);
  return out;
}

/**
 * A start without symmetry, another for every turn; the dominant direction is met with probability one. A factor that was found from a start takes all
 * that this start has of equal singular values: the others are met from another turn only.
 */
export function startVector(length: number, turn = 0): Float64Array {
  const by = 0x9e3779b1 + 2 * Math.imul(turn, 0x1b873593);
  return Float64Array.from({ length }, (_, i) => 0.5 + ((Math.imul(i + 1, by) >>> 8) & 0xffff) / 0x10000);
}

/** out = Y·vector. */
export function times(
  { start, others, values, users, product }: ResidualMatrix,
  vector: Float64Array,
  out: Float64Array,
): void {
  const along = product && alongProduct(product, vector);
  for (let u = 0; u < users; u++) {
    let sum = 0;
    for (let k = start[u]; k < start[u + 1]; k++) sum += values[k] * vector[others[k]];
    if (product && along)
      for (let f = 0; f < product.factors; f++) sum -= product.left[u * product.factors + f] * along[f];
    out[u] = sum;
  }
}

/** out = Yᵀ·vector. */
export function timesTransposed(
  { start, others, values, users, product }: ResidualMatrix,
  vector: Float64Array,
  out: Float64Array,
): void {
  out.fill(0);
  for (let u = 0; u < users; u++) for (let k = start[u]; k < start[u + 1]; k++) out[others[k]] += values[k] * vector[u];
  if (!product) return;
  const along = alongProduct({ ...product, right: product.left }, vector);
  for (let i = 0; i < out.length; i++)
    for (let f = 0; f < product.factors; f++) out[i] -= product.right[i * product.factors + f] * along[f];
}

/** Qᵀ·vector. */
function alongProduct({ right, factors }: NonNullable<ResidualMatrix["product"]>, vector: Float64Array): Float64Array {
  const along = new Float64Array(factors);
  for (let i = 0; i < vector.length; i++)
    for (let f = 0; f < factors; f++) along[f] += right[i * factors + f] * vector[i];
  return along;
}
