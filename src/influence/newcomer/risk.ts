/** How far predictions for somebody new are expected to miss, and by how much one more answer lowers that: add-one-in, in closed form. */

import type { RunContext } from "../../kernel/run-context.ts";
import { choleskyInPlace, invertFromCholesky } from "../../numeric/dense.ts";

/** What is known before a person's answers; matrices are order × order, row-major. */
export interface Prior {
  readonly order: number;
  /** What an item's rating is linear in, items × order. */
  readonly regressors: Float64Array;
  /** Second moment of people's own rows: Σ p pᵀ/people. */
  readonly people: Float64Array;
  /** Second moment of the regressors of what is to be predicted: Σ w·x xᵀ/Σ w. */
  readonly wanted: Float64Array;
  /** Variance of a rating about its score. */
  readonly noise: number;
  /** λ of each entry of a person's row, of one share of the L2. */
  readonly penalties: Float64Array;
  /** Shares of the L2 that so many answers bring. */
  shares(answers: number): number;
}

/** Rated items of a person as a design: A⁻¹, and the second moment K of what is left of their row times A. */
interface Design {
  readonly inverse: Float64Array;
  readonly left: Float64Array;
}

/**
 * The expected squared error of the scores that are wanted, from answers about these items: with A = X ᵀX + sΛ the row p̂ = A⁻¹Xᵀy misses p by
 * −A⁻¹sΛp + A⁻¹Xᵀε, so that it is tr(W·A⁻¹(s²ΛPΛ + σ²XᵀX)A⁻¹), P the second moment of people, W that of what is wanted. What they
 * answer plays no part. With P = σ²Λ⁻¹ it is the posterior variance σ²·tr(W·A⁻¹). Cost: O(answers·d² + d³).
 */
export function expectedError(prior: Prior, items: ArrayLike<number>): number {
  const { inverse, left } = designOf(prior, items, prior.shares(items.length));
  const { order, wanted } = prior;
  return traceOf(product(product(wanted, inverse, order), product(left, inverse, order), order), order);
}

const flopsATurn = 4_000_000;

/** The same with one more answer about each item there is, by item: rank-one changes of A and K. Cost: O(d²) an item. */
export async function errorsWithOneMore(
  prior: Prior,
  items: ArrayLike<number>,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<Float64Array> {
  const { order, regressors, wanted, noise } = prior;
  const { inverse, left } = designOf(prior, items, prior.shares(items.length + 1));
  const across = product(product(wanted, inverse, order), left, order);
  const whole = traceOf(product(across, inverse, order), order);
  const out = new Float64Array(regressors.length / order);
  const itemsATurn = Math.ceil(flopsATurn / (order * order));
  const g = new Float64Array(order);
  for (let i = 0; i < out.length; i++) {
    if (i % itemsATurn === itemsATurn - 1) await yieldToEventLoop();
    const x = regressors.subarray(i * order, (i + 1) * order);
    let h = 0;
    for (let f = 0; f < order; f++) {
      g[f] = along(inverse, f, x);
      h += g[f] * x[f];
    }
    const c = 1 / (1 + h);
    const spread = form(wanted, g);
    out[i] = whole - 2 * c * form(across, g) + c * c * spread * (form(left, g) + noise);
  }
  return out;
}

/** A person's row from their answers less what the model says without them: A⁻¹Xᵀy. */
export function rowFrom(prior: Prior, items: ArrayLike<number>, answers: ArrayLike<number>): Float64Array {
  const { order, regressors } = prior;
  const { inverse } = designOf(prior, items, prior.shares(items.length));
  const sum = new Float64Array(order);
  for (let k = 0; k < items.length; k++)
    for (let f = 0; f < order; f++) sum[f] += answers[k] * regressors[items[k] * order + f];
  return sum.map((_, f) => along(inverse, f, sum));
}

function designOf(prior: Prior, items: ArrayLike<number>, shares: number): Design {
  const { order, regressors, people, noise, penalties } = prior;
  const inverse = new Float64Array(order * order);
  for (let k = 0; k < items.length; k++) addProduct(inverse, regressors, items[k] * order, order);
  const left = inverse.map(
    (sum, at) => noise * sum + shares ** 2 * penalties[Math.floor(at / order)] * people[at] * penalties[at % order],
  );
  for (let f = 0; f < order; f++) inverse[f * order + f] += shares * penalties[f];
  choleskyInPlace(inverse, order);
  invertFromCholesky(inverse, order, new Float64Array(order * order));
  return { inverse, left };
}

/** Adds weight·x xᵀ, x the entries from `at`. */
export function addProduct(matrix: Float64Array, from: Float64Array, at: number, order: number, weight = 1): void {
  for (let f = 0; f < order; f++)
    for (let g = 0; g < order; g++) matrix[f * order + g] += weight * from[at + f] * from[at + g];
}

function product(a: Float64Array, b: Float64Array, order: number): Float64Array {
  const out = new Float64Array(order * order);
  for (let f = 0; f < order; f++)
    for (let k = 0; k < order; k++)
      for (let g = 0; g < order; g++) out[f * order + g] += a[f * order + k] * b[k * order + g];
  return out;
}

function traceOf(matrix: Float64Array, order: number): number {
  let sum = 0;
  for (let f = 0; f < order; f++) sum += matrix[f * order + f];
  return sum;
}

function along(matrix: Float64Array, row: number, x: Float64Array): number {
  let sum = 0;
  for (let g = 0; g < x.length; g++) sum += matrix[row * x.length + g] * x[g];
  return sum;
}

/** xᵀMx. */
function form(matrix: Float64Array, x: Float64Array): number {
  let sum = 0;
  for (let f = 0; f < x.length; f++) sum += x[f] * along(matrix, f, x);
  return sum;
}
