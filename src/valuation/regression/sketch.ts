/** A linear regression of ratings on who and what, its residuals, and its Hessian in a random subspace. */

import type { Interactions } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { conjugateGradient } from "../../linear/conjugate-gradient.ts";
import type { NameKeys } from "../../model/model.ts";
import { choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { randomOf } from "../../numeric/random.ts";
import { addScaled, dot, norm, scaleInPlace } from "../../numeric/vector.ts";

/** How the columns of X are projected. */
export interface SketchSettings {
  /** Columns of the projection; no more than there are users and items are taken. */
  readonly size: number;
  readonly projection: "orthogonal" | "gaussian";
  readonly l2: number;
  readonly seed: number;
}

/** Of X (rows × users and items, two ones a row): Ω as columns of length p. */
export type Projection = readonly Float64Array[];

/**
 * Ω (p × m) with normal entries keyed by outside ids, of variance 1/m; "orthogonal": with its columns at right angles and of length √(p/m), so that
 * m = p is a rotation. The expectation of ΩΩᵀ is I.
 */
export async function projectionOf(
  { userCount, itemCount }: Interactions,
  keys: NameKeys,
  { size, projection, seed }: SketchSettings,
  run: RunContext,
): Promise<Projection> {
  const p = userCount + itemCount;
  const m = projection === "orthogonal" ? Math.min(size, p) : size;
  const columns = Array.from({ length: m }, () => new Float64Array(p));
  for (let row = 0; row < p; row++) {
    const isUser = row < userCount;
    const key = isUser ? keys.users[row] : keys.items[row - userCount];
    const stream = randomOf(seed, isUser ? "sketched user" : "sketched item", key);
    for (const column of columns) column[row] = stream.normal() / Math.sqrt(m);
    if (row % 64 === 0) await run.yieldToEventLoop();
  }
  if (projection === "gaussian") return columns;
  for (const [c, column] of columns.entries()) {
    // Twice is enough (Kahan; Parlett 1998, §6.9).
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < c; other++)
        addScaled(column, -dot(column, columns[other]) / dot(columns[other], columns[other]), columns[other]);
    scaleInPlace(column, Math.sqrt(p / m) / norm(column));
    await run.yieldToEventLoop();
  }
  return columns;
}

/** Features of users and items in a subspace where the Hessian is I: the leverage of a row is the squared length of its two, summed. */
export interface Whitened {
  readonly size: number;
  /** (users, then items) × size. */
  readonly features: Float64Array;
}

/** ΩL⁻ᵀ with LLᵀ = (XΩ)ᵀXΩ + λI. Cost: O(n·m + p·m²). Undefined where rounding leaves that not positive definite. */
export async function whitened(
  interactions: Interactions,
  omega: Projection,
  l2: number,
  run: RunContext,
): Promise<Whitened | undefined> {
  const m = omega.length;
  const p = interactions.userCount + interactions.itemCount;
  const hessian = new Float64Array(m * m);
  const product = new Float64Array(p);
  for (const [c, column] of omega.entries()) {
    await run.yieldToEventLoop();
    normalProduct(interactions, column, product);
    for (let r = c; r < m; r++) hessian[r * m + c] = dot(omega[r], product);
    hessian[c * m + c] += l2;
  }
  if (!choleskyInPlace(hessian, m)) return undefined;
  const features = new Float64Array(p * m);
  for (let row = 0; row < p; row++) {
    if (row % 64 === 0) await run.yieldToEventLoop();
    for (let c = 0; c < m; c++) features[row * m + c] = omega[c][row];
    forwardSubstitute(hessian, m, features, row * m);
  }
  return { size: m, features };
}

/** output = XᵀX·input. */
function normalProduct(
  { users, items, size, userCount }: Interactions,
  input: Float64Array,
  output: Float64Array,
): void {
  output.fill(0);
  for (let k = 0; k < size; k++) {
    const item = userCount + items[k];
    const sum = input[users[k]] + input[item];
    output[users[k]] += sum;
    output[item] += sum;
  }
}

/** Residuals y − Xθ of ½‖y − Xθ‖² + ½λ‖θ‖², y the ratings less their mean, and how the solve ended. */
export async function residualsOf(interactions: Interactions, l2: number, run: RunContext) {
  const { users, items, ratings, size, userCount, itemCount } = interactions;
  const mean = ratings.reduce((sum, x) => sum + x, 0) / size;
  const rhs = new Float64Array(userCount + itemCount);
  for (let k = 0; k < size; k++) {
    rhs[users[k]] += ratings[k] - mean;
    rhs[userCount + items[k]] += ratings[k] - mean;
  }
  const apply = (input: Float64Array, output: Float64Array) => {
    normalProduct(interactions, input, output);
    addScaled(output, l2, input);
  };
  const solver = conjugateGradient({ tolerance: 1e-13, maxSteps: 1000, onStep: run.yieldToEventLoop });
  const { value, status, residual } = await solver.prepare({ size: rhs.length, apply }).solve(rhs);
  const residuals = ratings.map((y, k) => y - mean - value[users[k]] - value[userCount + items[k]]);
  return { residuals, status, residual };
}
