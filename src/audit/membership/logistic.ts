/** Logistic regression on a few features: the attacker that shadow models teach. */

import { cholesky } from "../../linear/cholesky.ts";
import { sigmoid, softplus } from "../../numeric/logistic.ts";
import { norm } from "../../numeric/vector.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { type Inputs, rowsOf } from "./network.ts";

/** Weights of the columns, the constant last; and whether the gradient vanished. */
export interface LogisticFit {
  readonly weights: Float64Array;
  readonly converged: boolean;
}

/** A small L2 on the weights: where the classes can be told apart without a mistake they would grow without end. */
const l2 = 1e-3;
const mostSteps = 50;

/** Minimises Σ softplus(z) − label·z + ½·l2·‖w‖² over z = w·x + constant, by Newton's method with halved steps. */
export async function fitLogistic(
  inputs: Inputs,
  labels: Uint8Array,
  yieldToEventLoop: YieldToEventLoop,
): Promise<LogisticFit> {
  const size = inputs.width + 1;
  const weights = new Float64Array(size);
  for (let step = 0; step < mostSteps; step++) {
    await yieldToEventLoop();
    const { value, gradient, hessian } = logisticDerivatives(inputs, labels, weights);
    if (norm(gradient) <= 1e-9 * labels.length) return { weights, converged: true };
    const solved = await cholesky().prepare({ order: size, values: hessian }).solve(gradient);
    if (solved.status !== "converged") return { weights, converged: false };
    let scale = 1;
    const moved = () => weights.map((w, k) => w - scale * solved.value[k]);
    while (scale > 1e-6 && logisticValue(inputs, labels, moved()) > value) scale /= 2;
    weights.set(moved());
  }
  return { weights, converged: false };
}

/** The logit of every row. */
export function logitsOf({ width, values }: Inputs, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: rowsOf({ width, values }) }, (_, k) => {
    let sum = weights[width];
    for (let c = 0; c < width; c++) sum += weights[c] * values[k * width + c];
    return sum;
  });
}

/** The objective. */
export function logisticValue(inputs: Inputs, labels: Uint8Array, weights: Float64Array): number {
  const loss = logitsOf(inputs, weights).reduce((sum, z, k) => sum + softplus(z) - labels[k] * z, 0);
  return loss + 0.5 * l2 * norm(weights) ** 2;
}

/** The objective, its gradient, and its Hessian, row-major. */
export function logisticDerivatives(inputs: Inputs, labels: Uint8Array, weights: Float64Array) {
  const { width, values } = inputs;
  const size = width + 1;
  const gradient = weights.map((w) => l2 * w);
  const hessian = new Float64Array(size * size);
  for (let k = 0; k < size; k++) hessian[k * (size + 1)] = l2;
  logitsOf(inputs, weights).forEach((z, k) => {
    const p = sigmoid(z);
    const entry = (c: number) => (c < width ? values[k * width + c] : 1);
    for (let a = 0; a < size; a++) {
      gradient[a] += (p - labels[k]) * entry(a);
      for (let b = 0; b < size; b++) hessian[a * size + b] += p * (1 - p) * entry(a) * entry(b);
    }
  });
  return { value: logisticValue(inputs, labels, weights), gradient, hessian };
}
