/** Solving with the Hessian of any model's objective: conjugate gradients, on all parameters or on some. */

import type { Curvature } from "../kernel/kernels.ts";
import { conjugateGradient } from "../linear/conjugate-gradient.ts";
import type { LinearOperator, Solution } from "../linear/solver.ts";
import { sizeOf } from "../model/model.ts";
import { randomOf } from "../numeric/random.ts";
import type { ScoredObjective } from "../objective/scored.ts";

/** How a system is solved. */
export interface ScoredSolveOptions {
  /** Relative residual. Default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Default 1000. */
  readonly maxSteps?: number | undefined;
  /** Added to the diagonal; default 0: at a minimum the right-hand sides are orthogonal to what is singular. */
  readonly damping?: number | undefined;
  /** Default "full". Where that is not positive along the way, Gauss-Newton takes its place and the status says "negative-curvature". */
  readonly curvature?: Curvature | undefined;
  /** The parameters that may move; the others are held. Default all. */
  readonly support?: Uint32Array | undefined;
  /** Called after every step; may throw to abort. */
  readonly onStep?: ((step: number, residual: number) => void) | undefined;
}

/** Solves (H + damping)·x = rhs at `params`, preconditioned by rows. Cost: one product with H a step. */
export function solveScored(
  objective: ScoredObjective,
  params: Float64Array,
  rhs: Float64Array,
  options: ScoredSolveOptions = {},
): Solution {
  const { curvature = "full" } = options;
  const solution = solveWith(objective, params, rhs, options, curvature);
  if (curvature === "gauss-newton" || solution.status !== "negative-curvature") return solution;
  const positive = solveWith(objective, params, rhs, options, "gauss-newton");
  return positive.status === "converged" ? { ...positive, status: "negative-curvature" } : positive;
}

function solveWith(
  objective: ScoredObjective,
  params: Float64Array,
  rhs: Float64Array,
  { tolerance = 1e-8, maxSteps = 1000, damping = 0, support, onStep }: ScoredSolveOptions,
  curvature: Curvature,
): Solution {
  const held = support && heldBy(support, params.length);
  const hold = (vector: Float64Array) => {
    if (held) for (let k = 0; k < vector.length; k++) if (held[k] === 1) vector[k] = 0;
  };
  const operator: LinearOperator = {
    size: params.length,
    apply(input, output) {
      objective.hessianProduct(params, input, output, curvature);
      if (damping > 0) for (let k = 0; k < output.length; k++) output[k] += damping * input[k];
      hold(output);
    },
  };
  const preconditioner = rowPreconditioner(objective, params, damping);
  return conjugateGradient({ tolerance, maxSteps, preconditioner, project: hold, ...(onStep ? { onStep } : {}) })
    .prepare(operator)
    .solve(rhs);
}

function heldBy(support: Uint32Array, length: number): Uint8Array {
  const held = new Uint8Array(length).fill(1);
  for (const k of support) held[k] = 0;
  return held;
}

const probes = 4;

/**
 * One curvature a row of a table (and a tensor, where it is shared): the mean of the Gauss-Newton diagonal there, estimated by random signs
 * (Hutchinson 1990). Rows with many examples are steep, rows with few are flat; that is most of what a preconditioner can know.
 */
export function rowPreconditioner(objective: ScoredObjective, params: Float64Array, damping = 0): LinearOperator {
  const n = params.length;
  const estimate = new Float64Array(n);
  const random = randomOf(1, "signs");
  const signs = new Float64Array(n);
  const product = new Float64Array(n);
  for (let probe = 0; probe < probes; probe++) {
    for (let k = 0; k < n; k++) signs[k] = random.uniform() < 0.5 ? -1 : 1;
    objective.hessianProduct(params, signs, product, "gauss-newton");
    for (let k = 0; k < n; k++) estimate[k] += (signs[k] * product[k]) / probes;
  }
  const inverse = new Float64Array(n);
  for (const { shape, at, rowsOf } of objective.model.tensors) {
    const size = sizeOf(shape);
    const width = rowsOf === undefined ? size : size / shape[0];
    const mean = Math.max(average(estimate, at, at + size), 1e-12);
    for (let from = at; from < at + size; from += width) {
      const steepness = Math.max(average(estimate, from, from + width), 1e-2 * mean) + damping;
      inverse.fill(1 / steepness, from, from + width);
    }
  }
  return {
    size: n,
    apply(input, output) {
      for (let k = 0; k < n; k++) output[k] = inverse[k] * input[k];
    },
  };
}

function average(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k];
  return sum / Math.max(1, to - from);
}
